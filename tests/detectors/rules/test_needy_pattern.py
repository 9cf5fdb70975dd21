"""A customer who is in touch every week: near misses, who is something else, late events, both ends."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.rules.needy_pattern import NeedyPattern
from tests.detectors.lives import Run, at, core, life, run

WEEKLY = """
    day 0   10:00  call_made     phone    in  content
    day 7   10:00  mention_made  twitter  in  tone=.02
    day 21  10:00  call_made     phone    in
    day 28  10:00  chat_started  chat     in  content
"""


def needy(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("needy_pattern", **knobs), life(table), until=until)


def weekly(weeks: range, how: str) -> str:
    return "\n".join(f"day {7 * week}  10:00  call_made  phone  in  {how}" for week in weeks)


def test_a_contact_in_four_of_five_weeks_is_an_alert() -> None:
    (opened,) = needy(WEEKLY).versions
    assert (opened.status, opened.severity) == ("open", "info")
    assert (opened.started_at, opened.detected_at) == (at(-6), at(28, "10:00")), "its first week ends with day 0"
    assert (opened.value, opened.threshold, opened.baseline) == (4, 4, None)
    assert (opened.evidence, opened.evidence_total) == ((1, 3), 4)
    assert opened.shift == ("newcomer", "needy")
    assert opened.summary == "In touch 4 times, in 4 of the last 5 weeks, and not displeased."


@pytest.mark.parametrize(
    "change",
    [
        ("day 0 ", "day 5 "),  # twice in one week, and no fourth week
        ("day 28", "day 35"),  # the first is five weeks old then
        ("day 21  10:00  call_made     phone    in", "day 21  10:00  call_made     phone    out"),
        ("day 21  10:00  call_made  ", "day 21  10:00  mail_opened"),
        ("day 21  10:00  call_made  ", "day 21  10:00  survey_answered"),
        ("day 21  10:00  call_made  ", "day 21  10:00  idea_submitted"),
        ("  in", "  as=journalist  in"),
    ],
)
def test_three_weeks_ours_no_words_advice_or_no_customer_are_none(change: tuple[str, str]) -> None:
    assert change[0] in WEEKLY
    assert needy(WEEKLY.replace(*change)).versions == []


def test_many_contacts_in_one_week_are_none() -> None:
    assert needy("\n".join(f"day 0  {10 + n}:00  chat_started  chat  in  content" for n in range(10))).versions == []


def test_whoever_answers_a_survey_every_week_seeks_no_company() -> None:
    table = "\n".join(f"day {7 * week}  10:00  survey_answered  mail  in  content" for week in range(10))
    assert needy(table + "\nday 64  10:00  chat_started  chat  in  content").versions == []


def test_a_weekly_complainer_is_not_needy() -> None:
    assert needy(weekly(range(10), "complaint")).versions == []
    assert {each.rule for each in run(core(), life(weekly(range(10), "complaint"))).versions} == {"repeat_complaint"}


def test_four_complaints_among_many_contacts_say_that_it_is_something_else() -> None:
    complaints = "\n".join(f"day 2{day}  09:00  ticket_opened  mail  complaint" for day in range(4))
    content = "\n".join(f"day 2{day}  08:00  chat_started  chat  in  content" for day in range(6))
    assert needy(f"{content}\n{complaints}\n{WEEKLY}").versions == []
    fewer = "\n".join(complaints.splitlines()[1:])
    assert [each.status for each in needy(f"{content}\n{fewer}\n{WEEKLY}").versions] == ["open"]


def test_half_of_the_known_words_displeased_are_too_many() -> None:
    half = WEEKLY.replace(
        "day 7   10:00  mention_made  twitter  in  tone=.02", "day 7  10:00  call_made  phone  tone=-.6"
    )
    assert [each.status for each in needy(half).versions] == ["open"], "one of three"
    assert (
        needy(
            half.replace("day 0   10:00  call_made     phone    in  content", "day 0  10:00  call_made  phone")
        ).versions
        == []
    )


@pytest.mark.parametrize(
    ("how", "found"),
    [
        (["", "", "", "content"], 1),
        (["", "", "", "", "content"], 0),
        (["", "", "", ""], 0),
        (["content"] * 3 + [""], 0),
    ],
)
def test_it_is_told_at_a_contact_known_to_be_content_when_enough_are_known(how: list[str], found: int) -> None:
    table = "\n".join(f"day {7 * week}  10:00  call_made  phone  in  {each}" for week, each in enumerate(how))
    assert len(needy(table).versions) == found


def test_an_open_alert_about_complaints_says_that_it_is_something_else() -> None:
    table = f"""
        day 20  10:00  ticket_resolved  mail
        day 20  12:00  call_made        phone  complaint
        {WEEKLY}
    """
    assert {each.rule for each in run(core(), life(table)).versions} == {"resolved_but_back"}
    assert [each.status for each in needy(table).versions] == ["open"]


def test_a_fan_who_praises_us_every_week_is_a_fan() -> None:
    table = "\n".join(f"day {7 * week}  10:00  mention_made  twitter  in  tone=.6" for week in range(8))
    assert {each.rule for each in run(core(), life(table)).versions} == {"fan_emerging"}
    assert [each.status for each in needy(table).versions] == ["open"]


def test_a_contact_that_becomes_known_late_counts() -> None:
    lines = [line for line in WEEKLY.splitlines() if line.strip()]
    (opened,) = needy("\n".join([*lines[1:], lines[0]])).versions
    assert (opened.status, opened.value, opened.started_at) == ("open", 4, at(-6))


def test_it_resolves_when_the_pattern_was_not_there_for_five_weeks() -> None:
    made = needy(
        f"""{WEEKLY}
        day 35  10:00  call_made     phone    in  content   # four of five weeks
        day 56  10:00  call_made     phone    in  content   # three
        day 60  10:00  call_made     phone    in  content
        """,
        until=at(70, "10:00"),
    )
    assert [each.status for each in made.versions] == ["open"]
    made.pass_all(at(70, "10:01"))
    resolved = made.versions[-1]
    assert (resolved.status, resolved.detected_at) == ("resolved", at(70, "10:00"))
    assert (resolved.summary, resolved.evidence) == ("No longer in touch in 4 of 5 weeks.", (5, 6))
    assert resolved.shift == ("needy", "newcomer")


def test_a_late_contact_does_not_bring_its_end_forward() -> None:
    table = weekly(range(8), "content")
    late = "\nday 29  10:00  call_made  phone  in  content"
    assert needy(table + late, until=at(400)).versions[-1].detected_at == at(49 + 35, "10:00")


def test_it_ends_when_they_begin_to_complain() -> None:
    complaints = "\n".join(f"day {30 + day}  10:00  call_made  phone  in  complaint" for day in range(4))
    made = needy(f"{WEEKLY}\n{complaints}")
    _, ended = made.versions
    assert (ended.status, ended.detected_at) == ("resolved", at(32, "10:00")), "three of six known words"
    assert ended.summary == "Has begun to complain, which is another matter."
    assert ended.shift == ("needy", "newcomer")


def test_to_and_fro_around_the_threshold_is_one_alert_opened_again() -> None:
    pattern = (0, 1, 2, 3, 9, 10, 11, 12, 13)
    made = needy("\n".join(weekly(range(week, week + 1), "content") for week in pattern), until=at(400))
    assert [(each.status, each.version) for each in made.versions] == [
        ("open", 1),
        ("resolved", 2),
        ("open", 3),
        ("resolved", 4),
    ]
    assert len({each.started_at for each in made.versions}) == 1
    made.apply(life("day 90  10:00  call_made  phone  in  content", first_offset=9))
    assert len(made.versions) == 4, "what became known late does not bring it back"


def test_it_is_unclear_while_too_little_is_known_of_how_they_mean_it() -> None:
    made = needy(weekly(range(4), ""))
    partition = made.partition

    def unclear() -> dict[str, str]:
        return partition.core.unclear(partition.people[b"ann"], partition.normal)

    assert unclear() == {"needy_pattern": "nobody can tell how their words are meant"}
    made.apply(life("day 22  10:00  call_made  phone  in  content", first_offset=4))
    assert unclear() == {"needy_pattern": "nobody can tell how their words are meant"}, "one of five"
    made.apply(life("day 23  10:00  call_made  phone  in  content", first_offset=5))
    assert unclear() == {}


@pytest.mark.parametrize(
    ("knob", "value"), [("of_weeks", 13), ("weeks", 6), ("displeased", 0), ("complaints", 24), ("told", 1.1)]
)
def test_an_absurd_knob_is_refused(knob: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{knob} is {value}; allowed: "):
        NeedyPattern(**{knob: value})  # type: ignore[arg-type]
