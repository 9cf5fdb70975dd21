"""Redelivered interactions: the same id counts once within the horizon, and little is kept for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_64_digest

from detectors.duplicates import ENTRY_BYTES, HASH_BYTES, MOST_ENTRIES, MOST_SOURCES, remember
from detectors.interaction import Interaction
from detectors.seen import Seen, of
from detectors.windows import DAY_MS

HORIZON = 7


def seen(name: str, day: int = 20_000, source: str = "s") -> Seen:
    return of(Interaction(kind=0, occurred_at=day * DAY_MS, id=name, source=source, channel=0), None)


def test_the_same_id_of_the_same_source_is_known() -> None:
    ids = remember(b"", seen("a"), HORIZON)
    assert ids is not None
    assert remember(ids, seen("a"), HORIZON) is None
    assert remember(ids, seen("a", source="t"), HORIZON) is not None
    assert remember(ids, seen("b"), HORIZON) is not None


def test_source_and_id_do_not_run_together() -> None:
    ids = remember(b"", seen("b", source="a-"), HORIZON)
    assert remember(ids or b"", seen("-b", source="a"), HORIZON) is not None


def test_bytes_that_only_look_like_an_entry_across_two_are_no_duplicate() -> None:
    digest = xxh3_64_digest(b"s\0a")[:HASH_BYTES]
    assert remember(b"x" + digest + b"y", seen("a"), HORIZON) is not None
    assert remember(b"x" + digest + b"y" + digest + b"zz", seen("a"), HORIZON) is None


def test_an_id_is_known_for_exactly_the_horizon() -> None:
    ids = remember(b"", seen("a", 20_000), HORIZON) or b""
    within = remember(ids, seen("b", 20_000 + HORIZON), HORIZON) or b""
    assert remember(within, seen("a", 20_000), HORIZON) is None
    beyond = remember(ids, seen("b", 20_000 + HORIZON + 1), HORIZON) or b""
    assert remember(beyond, seen("a", 20_000), HORIZON) is not None


def test_no_more_than_1024_are_kept() -> None:
    ids = b""
    for number in range(MOST_ENTRIES + 50):
        ids = remember(ids, seen(f"i{number}"), HORIZON) or b""
    assert len(ids) == MOST_ENTRIES * ENTRY_BYTES
    assert remember(ids, seen("i50"), HORIZON) is None
    assert remember(ids, seen("i49"), HORIZON) is not None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), max_size=60))
def test_in_time_deliveries_count_as_a_naive_list_says(drawn: list[tuple[int, int]]) -> None:
    ids, day = b"", 20_000
    model: dict[int, int] = {}
    for pause, number in drawn:
        day += pause
        after = remember(ids, seen(f"i{number}", day), HORIZON)
        assert (after is None) is (number in model)
        if after is not None:
            ids = after
            model = {known: known_day for known, known_day in model.items() if known_day >= day - HORIZON}
            model[number] = day


def test_of_more_sources_than_are_kept_at_hand_each_interaction_is_known_all_the_same() -> None:
    for number in range(MOST_SOURCES + 2):
        ids = remember(b"", seen("a", source=f"many{number}"), HORIZON)
        assert ids is not None
        assert remember(ids, seen("a", source=f"many{number}"), HORIZON) is None
