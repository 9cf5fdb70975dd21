"""Which values of a segment are told apart."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from detectors.drop_knobs import DropKnobs
from detectors.drop_segments import OTHER, Segments
from detectors.windows import DAY_MS

START = 1_700_000_000_000


def places(segments: Segments, *, frozen: bool = False, at: int = START, **segment: str) -> dict[str, str]:
    return dict(segments.take(at, segment, frozen=frozen))


def test_dimensions_come_in_the_order_of_their_names() -> None:
    segments = Segments(DropKnobs())
    assert segments.take(START, {"os": "ios", "device": "mobile"}, frozen=False) == [
        ("device", "mobile"),
        ("os", "ios"),
    ]


def test_the_first_dimensions_seen_are_looked_at_and_no_others() -> None:
    segments = Segments(DropKnobs(dimensions=1))
    assert places(segments, device="mobile") == {"device": "mobile"}
    assert places(segments, country="DE", device="desktop") == {"device": "desktop"}


def test_an_empty_value_says_nothing() -> None:
    segments = Segments(DropKnobs())
    assert places(segments, device="", country="DE") == {"country": "DE"}
    assert list(segments.dimensions) == ["country"]


def test_beyond_the_most_values_there_is_only_another() -> None:
    segments = Segments(DropKnobs(values=2))
    told = [places(segments, country=country)["country"] for country in ("DE", "AT", "CH", "DE")]
    assert told == ["DE", "AT", OTHER, "DE"]
    assert segments.displaced == []


def test_a_busier_value_takes_the_place_of_the_least_busy() -> None:
    segments = Segments(DropKnobs(values=2))
    for country in ("DE", "DE", "AT", "CH"):
        places(segments, country=country)
    assert places(segments, country="CH") == {"country": "CH"}
    assert segments.displaced == [("country", "AT")]
    assert places(segments, country="AT") == {"country": OTHER}


def test_while_an_alert_stands_nobody_is_displaced_but_free_places_are_taken() -> None:
    segments = Segments(DropKnobs(values=2))
    places(segments, frozen=True, country="DE")
    assert places(segments, frozen=True, country="AT") == {"country": "AT"}
    for _ in range(9):
        assert places(segments, frozen=True, country="CH") == {"country": OTHER}
    assert places(segments, country="CH") == {"country": "CH"}


def test_what_was_busy_long_ago_gives_way_to_what_is_now() -> None:
    segments = Segments(DropKnobs(values=1, memory_days=7))
    for _ in range(40):
        places(segments, version="5.1")
    later = START + 60 * DAY_MS
    assert places(segments, at=later, version="5.2") == {"version": "5.2"}


def test_centuries_are_survived() -> None:
    segments = Segments(DropKnobs(values=1, memory_days=7))
    for _ in range(40):
        places(segments, at=0, version="5.1")
    assert places(segments, at=50_000 * DAY_MS, version="5.2") == {"version": "5.2"}


def test_names_from_outside_are_cut() -> None:
    segments = Segments(DropKnobs())
    assert segments.take(START, {"d" * 99: "v" * 99}, frozen=False) == [("d" * 64, "v" * 64)]


def test_fewer_values_than_before_keep_the_busiest() -> None:
    segments = Segments(DropKnobs(values=3))
    for country in ("DE", "AT", "AT", "CH", "CH", "CH"):
        places(segments, country=country)
    fewer = Segments.from_tuple(json.loads(json.dumps(segments.to_tuple())), DropKnobs(values=1))
    assert fewer.displaced == [("country", "AT"), ("country", "DE")]
    assert places(fewer, country="CH") == {"country": "CH"}
    assert places(fewer, country="AT") == {"country": OTHER}


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 60), st.booleans()), max_size=200), st.integers(0, 200)
)
def test_the_state_stays_small_and_a_restart_changes_nothing(counts: list[tuple[str, int, bool]], cut: int) -> None:
    knobs = DropKnobs(values=2, dimensions=2)
    kept, restarted = Segments(knobs), Segments(knobs)
    for number, (name, value, frozen) in enumerate(counts):
        if number == cut:
            restarted = Segments.from_tuple(json.loads(json.dumps(restarted.to_tuple())), knobs)
        at = START + number * DAY_MS
        segment = {name: str(value)}
        assert restarted.take(at, segment, frozen=frozen) == kept.take(at, segment, frozen=frozen)
    assert restarted.to_tuple() == kept.to_tuple()
    assert len(kept.dimensions) <= 2
    assert all(len(each.traffic) <= 8 and len(each.told_apart) <= 2 for each in kept.dimensions.values())
