"""A new employee whose onboarding stalls: a life, near misses at the end of a working day, the end, and late events."""

from __future__ import annotations

from typing import Any, Final

import pytest

from detectors.normal import Normal
from detectors.rules.newcomer_stalled import STEPS, NewcomerStalled
from detectors.stakeholder import Stakeholder
from tests.detectors.lives import Run, at, core, life, run

STEP: Final = "onboarding_step_done  internal  as=employee  from=hr"
CONTACT: Final = "colleague_contacted   internal  as=employee  from=hr"
TRAINING: Final = "training_done         internal  as=employee  from=hr"
MONDAY: Final = f"""
    day 0  10:00  {STEP}
    day 0  11:00  {CONTACT}
"""
"""The first day of all lives is a Monday: the tenth working day after it is the Monday of day 14."""


def busy(last_day: int) -> str:
    """A contact every third day until then."""
    return "\n".join(f"day {day}  12:00  {CONTACT}" for day in range(2, last_day, 3))


def stalled(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("newcomer_stalled", **knobs), life(table), until=until)


def said(made: Run) -> list[tuple[str, int, int]]:
    return [(each.status, each.version, each.detected_at) for each in made.versions]


def test_ten_working_days_without_a_step_or_a_colleague_are_an_alert_when_the_last_has_ended() -> None:
    made = stalled(MONDAY, until=at(15))
    assert made.versions == []
    made.pass_all(at(15) + 1)
    (opened,) = made.versions
    assert (opened.status, opened.severity, opened.shift) == ("open", "warning", None)
    assert (opened.started_at, opened.detected_at) == (at(0, "10:00"), at(15))
    assert (opened.value, opened.baseline, opened.threshold) == (10, None, 10)
    assert (opened.evidence, opened.evidence_total) == ((0, 1), 2)
    assert opened.summary == (
        "New here for 14 days, with no onboarding step and no contact with a colleague for 10 working days."
    )
    made.pass_all(at(80))
    assert len(made.versions) == 1


@pytest.mark.parametrize(
    ("friday", "monday"),
    [
        (4, 18),  # two weeks off from Monday, back on the second Friday: nine working days
        (3, 17),
        (0, 14),
    ],
)
def test_nine_working_days_of_silence_are_a_holiday(friday: int, monday: int) -> None:
    made = stalled(
        f"""
        day {friday}  10:00  {STEP}
        day {friday}  11:00  {CONTACT}
        day {monday}  23:59  {STEP}
        day {monday}  23:59  {CONTACT}
        """,
        until=at(monday + 1),
    )
    assert made.versions == []


@pytest.mark.parametrize(("day", "due"), [(0, 15), (1, 16), (4, 19), (5, 19), (6, 19), (7, 22)])
def test_weekends_are_no_working_days(day: int, due: int) -> None:
    made = stalled(f"day {day}  10:00  {STEP}", until=at(60))
    assert made.versions[0].detected_at == at(due)


@pytest.mark.parametrize("contact", [CONTACT, TRAINING])
def test_without_colleagues_the_steps_alone_do_not_help(contact: str) -> None:
    steps = "\n".join(f"day {day}  10:00  {STEP}" for day in (0, 7, 14))
    (opened,) = stalled(f"{steps}\nday 14  11:00  {STEP}", until=at(20)).versions
    assert opened.summary == "New here for 14 days, with no contact with a colleague for 10 working days."
    assert opened.evidence == (0,)
    assert stalled(f"{steps}\nday 10  11:00  {contact}", until=at(20)).versions == []


def test_without_steps_colleagues_alone_do_not_help_until_there_were_enough_of_them() -> None:
    (opened,) = stalled(f"day 0  10:00  {STEP}\n{busy(20)}", until=at(20)).versions
    assert opened.summary == "New here for 14 days, with no onboarding step for 10 working days."
    steps = "\n".join(f"day {day}  10:00  {STEP}" for day in (0, 0.1, 1))
    assert stalled(f"{steps}\n{busy(90)}", until=at(90)).versions == []
    assert [each.status for each in stalled(f"{steps}\n{busy(90)}", until=at(90), steps=4).versions] == ["open"]


def test_it_ends_with_what_was_missing_and_with_nothing_else() -> None:
    made = stalled(MONDAY, until=at(16))
    made.apply(life(f"day 16  10:00  {STEP}", first_offset=5))
    assert [each.status for each in made.versions] == ["open"]
    made.apply(life(f"day 16  11:00  {CONTACT}", first_offset=6))
    ended = made.versions[-1]
    assert (ended.status, ended.summary, ended.evidence) == ("resolved", "The onboarding goes on.", (5, 6))


def test_who_stalls_again_within_weeks_is_told_by_the_same_alert() -> None:
    again = f"day 16  10:00  {STEP}\nday 16  11:00  {CONTACT}"
    made = stalled(f"{MONDAY}\n{again}", until=at(40))
    assert [(each.status, each.version, each.started_at) for each in made.versions] == [
        ("open", 1, at(0, "10:00")),
        ("resolved", 2, at(0, "10:00")),
        ("open", 3, at(0, "10:00")),
    ]


def test_on_the_ninetieth_day_it_ends_for_good() -> None:
    made = stalled(MONDAY, until=at(200))
    assert said(made) == [("open", 1, at(15)), ("resolved", 2, at(90, "10:00"))]
    assert made.versions[-1].summary == "Their first 90 days are over."
    for offset, day in enumerate((20, 80, 201)):  # two of them late
        made.apply(life(f"day {day}  10:00  {CONTACT}", first_offset=5 + offset))
    made.pass_all(at(300))
    assert len(made.versions) == 2


def test_silence_that_would_last_beyond_the_ninetieth_day_is_none() -> None:
    steps = "\n".join(f"day {day}  10:00  {STEP}" for day in (0, 1, 2))
    assert stalled(f"{steps}\n{busy(120)}", until=at(300)).versions == []
    assert stalled(f"{steps}\n{busy(78)}", until=at(300)).versions == []
    assert len(stalled(f"{steps}\n{busy(70)}", until=at(300)).versions) == 2


# What becomes known late


def test_what_had_come_in_time_withdraws_the_alert() -> None:
    made = stalled(MONDAY, until=at(17))
    made.apply(life(f"day 10  10:00  {STEP}\nday 14  10:00  {CONTACT}", first_offset=5))
    retracted = made.versions[-1]
    assert [each.status for each in made.versions] == ["open", "retracted"]
    assert retracted.summary == "Was not left alone after all: it only became known later."
    assert retracted.evidence == (5, 6)


def test_an_earlier_first_step_that_becomes_known_late_makes_them_less_new() -> None:
    made = stalled(f"day 60  10:00  {STEP}\nday 60  11:00  {CONTACT}")
    made.apply(life(f"day 0  10:00  {STEP}\nday 30  10:00  {STEP}", first_offset=5))
    made.apply(life(f"day 74  10:00  {CONTACT}\nday 77  10:00  {CONTACT}", first_offset=7))
    made.pass_all(at(300))
    assert made.versions == []


def test_of_somebody_with_very_many_steps_nobody_can_tell_since_when_they_are_here() -> None:
    steps = "\n".join(f"day {0.1 * number}  10:00  {STEP}" for number in range(STEPS.keep))
    assert stalled(steps, until=at(80)).versions == []
    assert len(stalled("\n".join(steps.splitlines()[1:]), until=at(80)).versions) == 1


# Whom it does not concern


def test_others_and_employees_without_a_first_step_are_not_judged() -> None:
    assert stalled(MONDAY.replace("as=employee", "as=partner"), until=at(80)).versions == []
    made = stalled(f"day 0  10:00  {CONTACT}", until=at(80))
    assert made.versions == []
    ann, normal = made.partition.people[b"ann"], made.partition.normal
    assert NewcomerStalled().unclear(ann, normal) == "no onboarding step is known"
    made.apply(life(f"day 81  10:00  {STEP}", first_offset=5))
    assert NewcomerStalled().unclear(ann, normal) is None


def test_what_was_put_off_by_changed_settings_says_nothing() -> None:
    rules = core("newcomer_stalled")
    normal = Normal(rules.catalogue, rules.knobs)
    assert NewcomerStalled().overdue(Stakeholder(0, 0), 0, normal) is None
    made = run(rules, life(MONDAY))
    assert NewcomerStalled(working_days=20).overdue(made.partition.people[b"ann"], at(15), normal) is None
