"""A customer who begins to help us: two ways to it, near misses, how it is meant, contacts, late events, the end."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.rules.helpful_emerging import HelpfulEmerging
from tests.detectors.lives import Run, at, core, life, run

SURVEYS = """
    day 0   09:00  survey_sent      mail  out
    day 1   10:00  survey_answered  mail  in  score=7/10
    day 20  09:00  survey_sent      mail  out
    day 40  09:00  survey_sent      mail  out
    day 41  10:00  survey_answered  mail  in  score=6/10
    day 60  09:00  survey_sent      mail  out
    day 61  10:00  survey_answered  mail  in  tone=.6
"""
IDEAS = """
    day 1   10:00  idea_submitted   site  in  content
    day 20  10:00  survey_answered  mail  in  score=7/10
    day 40  10:00  idea_submitted   site  in  content
    day 60  10:00  survey_answered  mail  in
    day 91  09:59  idea_submitted   site  in  tone=.3
"""


def helpful(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("helpful_emerging", **knobs), life(table), until=until)


def test_three_answers_to_four_surveys_are_an_alert() -> None:
    (opened,) = helpful(SURVEYS).versions
    assert (opened.status, opened.severity, opened.started_at) == ("open", "info", at(1, "10:00"))
    assert (opened.value, opened.threshold, opened.baseline, opened.evidence) == (3, 3, None, (1, 4, 6))
    assert opened.shift == ("newcomer", "helpful")
    assert opened.summary == "Answered 3 of 4 surveys within 90 days."


@pytest.mark.parametrize(
    "change",
    [
        ("day 20  09:00  survey_sent      mail  out\n", "\n"),  # three of three: too few were sent to tell by
        (
            "day 40  09:00",
            "day 40  09:00  survey_sent  mail  out\nday 40  09:01  survey_sent  mail  out\nday 40  09:02",
        ),
        ("survey_answered  mail  in  score=6/10", "mail_clicked     mail  in"),
    ],
)
def test_two_of_three_three_of_six_or_two_of_four_are_none(change: tuple[str, str]) -> None:
    assert change[0] in SURVEYS
    assert helpful(SURVEYS.replace(*change)).versions == []


def test_two_of_three_surveys_are_none() -> None:
    lines = [line for line in SURVEYS.splitlines() if line.strip()]
    assert helpful("\n".join(lines[:5])).versions == []


def test_exactly_sixty_per_cent_of_five_are_enough() -> None:
    (opened,) = helpful("day 0  08:00  survey_sent  mail  out" + SURVEYS).versions
    assert (opened.value, opened.threshold) == (3, 3)


def test_five_answers_and_ideas_within_90_days_are_an_alert() -> None:
    (opened,) = helpful(IDEAS).versions
    assert (opened.started_at, opened.value, opened.threshold) == (at(1, "10:00"), 5, 5)
    assert opened.evidence == (0, 1, 2, 3, 4)
    assert opened.summary == "Gave 5 answers and ideas within 90 days."


@pytest.mark.parametrize(
    "change",
    [
        ("day 91  09:59", "day 91  10:00"),  # the first is 90 days old then
        ("day 60  10:00  survey_answered  mail  in", "day 60  10:00  survey_answered  mail  out"),
        ("day 60  10:00  survey_answered  mail  in", "day 60  10:00  ticket_replied  mail  in"),
        ("site  in", "site  as=employee  in"),
    ],
)
def test_too_old_not_theirs_something_else_or_no_customer_is_none(change: tuple[str, str]) -> None:
    assert change[0] in IDEAS
    assert helpful(IDEAS.replace(*change)).versions == []


@pytest.mark.parametrize(
    ("how", "found"),
    [
        (["score=5/10"] * 5, 1),
        (["score=4/10"] * 2 + ["score=5/10"] * 3, 1),
        (["score=4/10"] * 3 + ["score=5/10"] * 2, 0),
        (["tone=-.6  score=9/10"] * 3 + ["score=5/10"] * 2, 0),
        (["complaint"] * 3 + ["content"] * 2, 0),
        (["content"] * 2 + ["complaint  score=1/10"] * 2 + [""], 1),  # one is counted once
        (["content"] * 2 + [""] * 3, 1),
        (["content"] + [""] * 4, 0),  # a fifth is known
        ([""] * 5, 0),
    ],
)
def test_on_the_whole_it_must_be_known_not_to_be_meant_ill(how: list[str], found: int) -> None:
    table = "\n".join(f"day {day}  10:00  survey_answered  mail  in  {each}" for day, each in enumerate(how))
    assert len(helpful(table).versions) == found


def test_complaints_elsewhere_tell_against_it() -> None:
    table = "\n".join(f"day {day}  12:00  call_made  phone  in  complaint" for day in range(70, 74))
    assert helpful(f"{table}\n{IDEAS}").versions == []
    fewer = "\n".join(table.splitlines()[:3])
    assert [each.status for each in helpful(f"{fewer}\n{IDEAS}").versions] == ["open"]


def test_more_than_two_contacts_a_week_are_too_many_and_answers_are_no_contacts() -> None:
    calls = [f"day {day}  12:00  call_made  phone  in  content" for day in range(64, 91, 3)]
    assert len(calls) == 9
    assert helpful("\n".join([*calls, IDEAS])).versions == []
    assert [each.status for each in helpful("\n".join([*calls[1:], IDEAS])).versions] == ["open"]
    earlier = [each.replace("day 64", "day 63") for each in calls]
    assert [each.status for each in helpful("\n".join([*earlier, IDEAS])).versions] == ["open"], "four weeks count"
    ours = [each.replace("  in  ", "  out  ") for each in calls]
    assert [each.status for each in helpful("\n".join([*ours, IDEAS])).versions] == ["open"]


def test_an_answer_that_becomes_known_late_counts() -> None:
    lines = [line for line in IDEAS.splitlines() if line.strip()]
    (opened,) = helpful("\n".join([*lines[:2], *lines[3:], lines[2]])).versions
    assert (opened.started_at, opened.evidence) == (at(1, "10:00"), (0, 1, 4, 2, 3))


def test_a_survey_sent_that_becomes_known_late_counts_at_the_next_answer() -> None:
    made = helpful(SURVEYS.replace("day 20  09:00  survey_sent      mail  out\n", "\n"))
    made.apply(life("day 20  09:00  survey_sent  mail  out", first_offset=6))
    assert made.versions == []
    made.apply(life("day 62  10:00  survey_answered  mail  in", first_offset=7))
    assert [each.summary for each in made.versions] == ["Answered 4 of 4 surveys within 90 days."]


def test_more_of_it_is_no_news_and_90_days_without_end_it() -> None:
    made = helpful(IDEAS + "day 100  10:00  survey_answered  mail  in", until=at(190, "10:00"))
    assert [each.status for each in made.versions] == ["open"]
    made.pass_all(at(190, "10:01"))
    ended = made.versions[-1]
    assert (ended.status, ended.detected_at, ended.evidence) == ("resolved", at(190, "10:00"), (0, 1, 2, 3, 4, 5))
    assert (ended.summary, ended.shift) == ("No answer and no idea for 90 days.", ("helpful", "newcomer"))
    made.apply(life("day 99  10:00  idea_submitted  site  in  content", first_offset=6))
    assert len(made.versions) == 2, "what became known late does not bring it back"


def test_to_and_fro_around_the_threshold_is_one_alert_opened_again() -> None:
    days = (*range(5), *range(120, 125))
    made = helpful("\n".join(f"day {day}  10:00  idea_submitted  site  in  content" for day in days), until=at(400))
    assert [(each.status, each.version) for each in made.versions] == [
        ("open", 1),
        ("resolved", 2),
        ("open", 3),
        ("resolved", 4),
    ]
    assert {each.started_at for each in made.versions} == {at(0, "10:00")}


def test_it_is_unclear_while_too_few_surveys_were_sent_or_nobody_can_tell_how_they_mean_it() -> None:
    made = helpful("day 0  10:00  survey_sent  mail  out")
    partition = made.partition

    def unclear() -> str | None:
        return partition.core.unclear(partition.people[b"ann"], partition.normal).get("helpful_emerging")

    assert unclear() == "1 survey sent to them in 90 days"
    made.apply(life("day 1  10:00  survey_answered  mail  in", first_offset=1))
    assert unclear() == "nobody can tell how their words are meant"
    made.apply(life("day 2  10:00  survey_answered  mail  in  score=7/10", first_offset=2))
    assert unclear() == "1 survey sent to them in 90 days"
    made.apply(life("\n".join(["day 3  10:00  survey_sent  mail  out"] * 3), first_offset=3))
    assert unclear() is None
    made.apply(life("day 200  10:00  idea_submitted  site  in  content", first_offset=6))
    assert unclear() == "no surveys sent to them in 90 days"
    made.apply(life("\n".join(["day 201  10:00  idea_submitted  site  in  content"] * 4), first_offset=7))
    assert unclear() is None


@pytest.mark.parametrize(("knob", "value"), [("share", 1.1), ("answers", 7), ("length_days", 91), ("told", 1.1)])
def test_an_absurd_knob_is_refused(knob: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{knob} is {value}; allowed: "):
        HelpfulEmerging(**{knob: value})  # type: ignore[arg-type]
