"""A partner whose texts or bids are very much like ours: lives, near misses, our own texts, lateness, the end."""

from __future__ import annotations

from typing import Any, Final

import pytest

from detectors.rules.copy_cat import KEPT_BIDS, CopyCat
from tests.detectors.lives import Record, Run, at, core, event, run

OURS: Final = " ".join(f"word{number}" for number in range(60))  # 58 runs of three words
TERMS: Final = "sail coat\nold sails\n\n  Harbour   Coat \nwarm coat\n"
TEXTS: Final = (("bid-terms.txt", TERMS), ("coats.txt", OURS), ("motto.txt", "warm coats since 1909"))


def changed(words: int) -> str:
    """Our text with so many words changed, each in three runs: 58 - 3n of 58 + 3n are in common."""
    return " ".join(f"other{n}" if n in range(10, 10 + 10 * words, 10) else word for n, word in enumerate(OURS.split()))


def published(*texts: tuple[float, str], **told: Any) -> list[Record]:
    told = {"party": "partner", "channel": "blog", **told}
    return [
        event(n, at(day), "content_published", name=f"text-{day}", text=text, **told)
        for n, (day, text) in enumerate(texts)
    ]


def bids(*seen: tuple[float, str], **told: Any) -> list[Record]:
    told = {"party": "partner", "channel": "other", **told}
    return [
        event(n, at(day), "bid_seen", name=f"bid-{day}", subject=term, **told) for n, (day, term) in enumerate(seen)
    ]


def renumbered(*records: Record) -> list[Record]:
    return [each._replace(offset=offset) for offset, each in enumerate(records)]


def copy(records: list[Record], *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("copy_cat", **{"texts": TEXTS, **knobs}), records, until=until)


def test_two_texts_like_ours_within_30_days_are_a_request_to_look() -> None:
    (opened,) = copy(published((1, changed(2)), (30.9, changed(1)))).versions
    assert (opened.status, opened.severity, opened.started_at) == ("open", "warning", at(1))
    assert (opened.value, opened.threshold, opened.evidence) == (2, 2, (0, 1))
    assert opened.shift == ("prospect", "copy_cat")
    assert opened.summary == (
        "Please look: 2 texts of theirs very much like ours (the last 90% like coats.txt) within 30 days."
    )


@pytest.mark.parametrize(
    "records",
    [
        published((1, OURS)),
        published((1, OURS), (31, OURS)),  # the stretch of 30 days is open at its start
        published((1, OURS), (2, changed(3))),
        published((1, OURS), (2, f"{OURS} {OURS.replace('word', 'more')}")),
        published((1, OURS), (2, "Warm coats since 1909!")),  # so short that anybody may say it
        published((1, OURS), (2, "")),
        published((1, OURS), (2, OURS), party="customer"),
        published((1, OURS), (2, OURS), party="investor"),
        published((1, OURS), (2, OURS), direction="outbound"),
    ],
)
def test_once_too_far_apart_too_different_or_by_no_partner_is_none(records: list[Record]) -> None:
    assert copy(records, until=at(400)).versions == []


def test_bids_on_half_of_all_terms_on_two_days_are_one_too() -> None:
    (opened,) = copy(bids((1, "old sails"), (1.5, "sail coat"), (2, " Warm  COAT"))).versions
    assert (opened.value, opened.started_at, opened.evidence) == (2, at(1), (0, 2))
    assert opened.summary == "Please look: 2 days of bids on our terms within 30 days."


@pytest.mark.parametrize(
    "records",
    [
        bids((1, "old sails"), (1.5, "sail coat"), (1.6, "warm coat")),  # on one day
        bids((1, "old sails"), (2, "old sails"), (3, "old sails")),  # one of four terms
        bids((1, "a"), (1.1, "b"), (2, "old sails"), (3, "sail coat")),  # two of six
        bids((1, "old sails"), (31, "sail coat")),
        bids((1, "old sails"), (2, "sail coat"), party="customer"),
        bids((1, ""), (2, "")),
    ],
)
def test_on_one_day_on_few_terms_or_by_no_partner_is_none(records: list[Record]) -> None:
    assert copy(records, until=at(400)).versions == []


def test_a_term_may_stand_in_the_text() -> None:
    records = [
        event(n, at(n), "bid_seen", party="partner", text=term) for n, term in enumerate(("OLD sails", "sail coat"))
    ]
    assert [each.value for each in copy(records).versions] == [2]


def test_a_text_and_a_day_of_bids_count_together() -> None:
    records = renumbered(*bids((1, "old sails"), (1.1, "sail coat")), *published((2, OURS)))
    (opened,) = copy(records).versions
    assert opened.summary == (
        "Please look: 1 text of theirs very much like ours (the last 100% like coats.txt) and 1 day of bids on our"
        " terms within 30 days."
    )
    assert opened.evidence == (0, 2)
    (opened,) = copy(renumbered(*published((1, OURS)), *bids((2, "old sails"), (2.1, "sail coat")))).versions
    assert opened.summary == (
        "Please look: 1 text of theirs very much like ours and 1 day of bids on our terms within 30 days."
    )


def test_a_late_text_counts() -> None:
    (opened,) = copy(published((20, OURS), (1, OURS))).versions
    assert (opened.started_at, opened.evidence) == (at(1), (1, 0))


def test_a_further_text_is_no_news_and_60_days_without_one_end_it() -> None:
    records = renumbered(*published((1, OURS), (2, OURS), (3, OURS)), *bids((50, "old sails")))
    opened, ended = copy(records, until=at(400)).versions
    assert (opened.version, ended.status, ended.detected_at) == (1, "resolved", at(63))
    assert (ended.summary, ended.shift) == ("Nothing further like ours for 60 days.", ("copy_cat", "prospect"))
    assert ended.evidence == (0, 1, 2, 3)


def test_what_became_known_after_its_end_does_not_begin_it_again_and_what_follows_does() -> None:
    other = event(9, at(70), "page_viewed", party="partner", person="bob")
    late = published((10, OURS), (12, OURS))
    new = published((80, OURS), (81, OURS))
    made = copy(renumbered(*published((1, OURS), (2, OURS)), other, *late, *new))
    assert [(each.status, each.version, each.started_at) for each in made.versions] == [
        ("open", 1, at(1)),
        ("resolved", 2, at(1)),
        ("open", 3, at(1)),
    ]


def test_an_alert_whose_bids_are_no_longer_known_still_ends() -> None:
    flood = [(2.5 + n / 100, f"term {n}") for n in range(KEPT_BIDS)]
    opened, ended = copy(bids((1, "old sails"), (2, "sail coat"), *flood), until=at(400)).versions
    assert (opened.status, ended.status, ended.detected_at) == ("open", "resolved", at(62))
    assert len(ended.evidence) == KEPT_BIDS


def test_copying_once_in_three_weeks_for_a_year_is_one_alert() -> None:
    versions = copy(published(*((day, OURS) for day in range(1, 365, 21))), until=at(900)).versions
    assert [each.status for each in versions] == ["open", "resolved"]


def test_without_texts_of_our_own_nothing_can_be_said_and_nothing_is_kept() -> None:
    records = renumbered(*published((1, OURS), (2, OURS)), *bids((3, "old sails"), (4, "sail coat")))
    for texts in ((), (("motto.txt", "warm coats since 1909"),)):
        made = copy(records, texts=texts)
        (who,) = made.partition.people.values()
        assert made.versions == []
        assert made.core.unclear(who, made.partition.normal) == {"copy_cat": "no references of our own"}
        assert not any(who.all_marks(window) for window in made.core.rules["copy_cat"].reads)  # type: ignore[arg-type]
    made = copy(records)
    assert made.core.unclear(made.partition.people[b"ann"], made.partition.normal) == {}


def test_the_folder_is_read_by_whoever_builds_the_rule() -> None:
    rule = CopyCat(references="ours", times=3).informed({"ours": {"a.txt": OURS}}.__getitem__)
    assert (rule.texts, rule.times) == ((("a.txt", OURS),), 3)
    assert CopyCat().informed(lambda folder: {"a.txt": folder}) == CopyCat()


def test_a_folder_that_can_not_be_read_is_told_with_its_knob() -> None:
    def unreadable(folder: str) -> dict[str, str]:
        raise ValueError(f"{folder} is no folder")

    with pytest.raises(ValueError, match=r"^references: ours is no folder$"):
        CopyCat(references="ours").informed(unreadable)


@pytest.mark.parametrize(
    ("knob", "bad"), [("similarity", 0.2), ("overlap", 1.1), ("times", 9), ("length_days", 91), ("min_words", 2)]
)
def test_knobs_have_bounds(knob: str, bad: float) -> None:
    with pytest.raises(ValueError, match=rf"^{knob} is {bad}; allowed: [\d.]+ to \d+$"):
        CopyCat(**{knob: bad})  # type: ignore[arg-type]
