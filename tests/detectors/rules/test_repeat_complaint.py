"""A complainer who does not stop: a life, near misses, the edges, its updates and its end."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.rules.repeat_complaint import RepeatComplaint
from tests.detectors.lives import Run, at, core, life, run

FOUR = """
    day 1   10:00  ticket_opened   mail  complaint  "it broke"
    day 5   11:00  ticket_replied  mail  complaint
    day 9   09:00  ticket_replied  mail  content
    day 20  12:00  ticket_replied  mail  complaint
    day 31  09:59  ticket_replied  mail  complaint  "for the fourth time"
"""


def repeat(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("repeat_complaint", **knobs), life(table), until=until)


def test_the_fourth_complaint_within_30_days_is_an_alert() -> None:
    (opened,) = repeat(FOUR).versions
    assert (opened.status, opened.severity, opened.started_at) == ("open", "warning", at(1, "10:00"))
    assert (opened.value, opened.threshold, opened.baseline, opened.evidence) == (4, 4, None, (0, 1, 3, 4))
    assert opened.shift == ("newcomer", "mad_bro")
    assert opened.summary == "Complained 4 times within 30 days."


@pytest.mark.parametrize(
    "change",
    [
        ("day 31  09:59", "day 31  10:00"),  # the first is 30 days old then
        ("day 20  12:00  ticket_replied  mail  complaint", "day 20  12:00  ticket_replied  mail"),
        ("day 20  12:00  ticket_replied  mail  complaint", "day 20  12:00  ticket_replied  mail  content"),
        ("day 20  12:00  ticket_replied", "day 20  12:00  purchase_returned"),
    ],
)
def test_three_complaints_and_something_else_are_none(change: tuple[str, str]) -> None:
    assert change[0] in FOUR
    assert repeat(FOUR.replace(*change)).versions == []


def test_whoever_is_a_mad_bro_already_by_a_weightier_alert_is_not_alerted_again() -> None:
    table = """
        day 1  10:00  ticket_opened  mail     complaint
        day 2  10:00  call_made      phone    complaint
        day 3  10:00  chat_started   chat     complaint
        day 4  10:00  chat_started   chat     complaint
        day 5  10:00  chat_started   chat     complaint
    """
    made = run(core(), life(table))
    assert [each.rule for each in made.versions] == ["third_channel"]
    made.flush()
    made.partition.moved.clear()
    made.apply(life("day 6  10:00  chat_started  chat  complaint", first_offset=5))
    assert made.partition.people[b"ann"].scores == {"mad_bro": (4.0, at(6, "10:00"))}
    assert made.partition.moved == {b"ann"}, "what adds to the evidence changes the record of the relationship"


def test_it_is_updated_when_the_complaints_have_doubled() -> None:
    table = "\n".join(f"day {day}  10:00  ticket_replied  mail  complaint" for day in range(1, 18))
    assert [(each.status, each.value) for each in repeat(table).versions] == [
        ("open", 4),
        ("updated", 8),
        ("updated", 16),
    ]


def test_it_resolves_after_14_days_without_a_complaint() -> None:
    opened, resolved = repeat(FOUR, until=at(46)).versions
    assert (resolved.status, resolved.detected_at, resolved.started_at) == (
        "resolved",
        at(45, "09:59"),
        opened.started_at,
    )
    assert resolved.summary == "No further complaint for 14 days."
    assert resolved.shift == ("mad_bro", "newcomer")


def test_who_is_no_customer_is_not_judged_by_it() -> None:
    assert repeat("\n".join(f"{line}  as=employee" for line in FOUR.strip().splitlines() if line)).versions == []


@pytest.mark.parametrize(("knob", "value"), [("more_than", 0), ("more_than", 12), ("length_days", 91)])
def test_an_absurd_knob_is_refused(knob: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{knob} is {value}; allowed: "):
        RepeatComplaint(**{knob: value})  # type: ignore[arg-type]
