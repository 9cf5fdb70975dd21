"""An employee who takes part less than they used to, or whom nobody answers: lives, near misses, ends, late events."""

from __future__ import annotations

from typing import Any, Final

import pytest

from detectors.normal import Normal
from detectors.playbooks import PLAYBOOKS
from detectors.rules.talent_unused import IDEAS_WAITING, TalentUnused
from detectors.stakeholder import Stakeholder
from tests.detectors.lives import Run, at, core, event, life, run

KINDS: Final = ("content_shared", "colleague_contacted", "comment_written", "post_published", "survey_answered")


def parts(*days: float) -> str:
    """They take part on these days, by one kind and another."""
    return "\n".join(f"day {day}  10:00  {KINDS[n % 5]}  internal  as=employee" for n, day in enumerate(days))


STEADY: Final = parts(*range(0, 88, 3))
"""Ten times in 30 days, until day 87."""
IDEA: Final = 'day 0  10:00  idea_submitted  internal  as=employee  "sell the sails as coats"'


def talent(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("talent_unused", **knobs), life(table), until=until)


def statuses(made: Run) -> list[str]:
    return [each.status for each in made.versions]


def test_less_than_half_of_the_usual_is_an_alert_though_nothing_happens() -> None:
    made = talent(STEADY, until=at(109))
    assert made.versions == []
    made.pass_all(at(109) + 1)
    (opened,) = made.versions
    assert (opened.status, opened.severity, opened.shift) == ("open", "warning", ("new", "underutilised"))
    assert (opened.started_at, opened.detected_at) == (at(87, "10:00"), at(109))
    assert (opened.value, opened.baseline, opened.threshold) == (3, 7.7, 3.8)
    assert (opened.evidence, opened.evidence_total) == ((24, 25, 26, 27, 28, 29), 23)
    assert opened.summary == "Took part 3 times in 30 days, where 7.67 would be usual for them."
    assert PLAYBOOKS["underutilised"].audience == "private"
    made.pass_all(at(200))
    assert len(made.versions) == 1


def test_once_is_one_time() -> None:
    (opened,) = talent(parts(*range(0, 60, 5)), until=at(89)).versions
    assert opened.summary == "Took part 1 time in 30 days, where 4 would be usual for them."


def test_a_fortnights_holiday_is_none() -> None:
    working = [day for day in range(180) if day % 7 < 5 and not 84 <= day < 98]
    assert talent(parts(*working), until=at(180)).versions == []


def test_half_of_the_usual_is_the_near_miss() -> None:
    twice_a_month = parts(*range(0, 60, 3), *range(60, 180, 6))
    assert talent(twice_a_month, until=at(180)).versions == []


@pytest.mark.parametrize(
    "table",
    [
        parts(*range(0, 66, 6)),  # eleven times
        STEADY.replace("as=employee", "as=partner"),
        STEADY.replace("as=employee", "as=employee  out"),  # said to them
        STEADY.replace("internal", "internal  from=hr").replace("as=employee", "as=customer"),
    ],
)
def test_too_little_known_others_and_what_is_said_to_them_are_not_judged(table: str) -> None:
    assert talent(table, until=at(400)).versions == []


def test_who_is_new_is_judged_once_they_are_known_for_sixty_days() -> None:
    (opened,) = talent(parts(*range(20)), until=at(80)).versions
    assert opened.detected_at == at(61)
    assert (opened.value, opened.baseline) == (0, 6.7)


# How it ends


def test_three_quarters_of_the_usual_end_it() -> None:
    made = talent(STEADY, until=at(111))
    made.apply(life(parts(111, 111.1, 112), first_offset=50))
    assert statuses(made) == ["open"]
    made.apply(life(parts(112.1, 113), first_offset=60))
    ended = made.versions[-1]
    assert statuses(made) == ["open", "resolved"]
    assert (ended.summary, ended.shift) == (
        "Takes part as usual, and no idea waits for an answer.",
        ("underutilised", "new"),
    )
    assert ended.evidence[-1] == 61


def test_who_goes_to_and_fro_is_one_alert() -> None:
    busy = [day + n / 10 for day in range(120, 300, 40) for n in range(9)]
    made = talent(f"{STEADY}\n{parts(*busy)}", until=at(300))
    assert statuses(made)[:5] == ["open", "resolved", "open", "resolved", "open"]
    assert len({each.started_at for each in made.versions}) == 1


def test_after_120_days_without_a_sign_it_ends_and_a_mail_of_ours_does_not_begin_it_again() -> None:
    made = talent(STEADY, until=at(207, "10:00") + 1)
    ended = made.versions[-1]
    assert (ended.status, ended.detected_at) == ("resolved", at(207, "10:00"))
    assert (ended.summary, ended.evidence) == ("There was no further sign of them.", (24, 25, 26, 27, 28, 29))
    made.apply(life("day 210  10:00  mail_sent  mail  as=employee", first_offset=50))
    made.pass_all(at(300))
    assert len(made.versions) == 2


def test_participation_that_becomes_known_late_withdraws_it() -> None:
    made = talent(STEADY, until=at(115))
    made.apply(life(parts(95), first_offset=50))
    retracted = made.versions[-1]
    assert statuses(made) == ["open", "retracted"]
    assert retracted.summary == "Took part and was answered after all: it only became known later."
    made.pass_all(at(130))
    assert statuses(made) == ["open", "retracted", "open"]
    assert made.versions[-1].detected_at > at(109), "it is too little all the same, some days later"


# Ideas


def test_an_idea_without_a_word_for_a_fortnight_is_an_alert_with_a_measure_of_its_own() -> None:
    made = talent(IDEA, until=at(14, "10:00"))
    assert made.versions == []
    made.pass_all(at(14, "10:00") + 1)
    (opened,) = made.versions
    assert (opened.status, opened.severity, opened.shift) == ("open", "warning", ("new", "underutilised"))
    assert (opened.started_at, opened.value, opened.baseline, opened.threshold) == (at(0, "10:00"), 1, None, 1)
    assert (opened.summary, opened.evidence) == ("An idea of theirs has had no word from us for 14 days.", (0,))


@pytest.mark.parametrize(
    "answer",
    [
        "mail_sent        mail      as=employee",
        "mail_replied     mail      as=employee  out",
        "comment_written  internal  as=employee  out",
        "ticket_replied   internal  as=employee  out",
        "call_made        phone     as=employee  out",
        "chat_started     chat      as=employee  out",
    ],
)
def test_any_word_of_ours_answers_it(answer: str) -> None:
    assert talent(f"{IDEA}\nday 13  10:00  {answer}", until=at(60)).versions == []
    theirs = answer.replace("  out", "  in").replace("mail_sent  ", "idea_submitted")
    assert len(talent(f"{IDEA}\nday 13  10:00  {theirs}", until=at(20)).versions) == 1
    assert len(talent(f"day 0  09:59  {answer}\n{IDEA}", until=at(20)).versions) == 1


def test_several_ideas_are_told_together_and_a_word_ends_it() -> None:
    more = IDEA.replace("day 0", "day 0.5")
    made = talent(f"{IDEA}\n{more}", until=at(16), reply_days=15)
    made.apply(life("day 16  10:00  mail_sent  mail  as=employee", first_offset=5))
    opened, ended = made.versions
    assert (opened.value, opened.summary) == (
        1,
        "An idea of theirs has had no word from us for 15 days.",
    )
    assert (ended.status, ended.evidence, ended.shift) == ("resolved", (0, 1), ("underutilised", "new"))
    late = talent(more, until=at(30), reply_days=15)
    late.apply(life(IDEA, first_offset=5))
    assert statuses(late) == ["open"]
    together = IDEA.replace("10:00", "00:00")
    (opened,) = talent(f"{together}\n{together}", until=at(30)).versions
    assert (opened.value, opened.summary) == (
        2,
        "2 ideas of theirs have had no word from us, the first for 14 days.",
    )


def test_an_answer_that_becomes_known_late_withdraws_it() -> None:
    made = talent(IDEA, until=at(20))
    made.apply(life("day 14  10:00  mail_sent  mail  as=employee", first_offset=5))
    assert statuses(made) == ["open", "retracted"]


def test_every_version_says_what_was_measured() -> None:
    made = core("talent_unused")
    running = Run(made)
    running.partition.apply(life(IDEA))
    running.partition.pass_all(at(20))
    running.partition.apply(life("day 20  10:00  mail_sent  mail  as=employee", first_offset=5))
    assert [each.finding.measure for each in running.partition.raised] == [IDEAS_WAITING, IDEAS_WAITING]
    low = Run(made)
    low.partition.apply(life(STEADY))
    low.partition.pass_all(at(300))
    assert [each.finding.measure for each in low.partition.raised] == [None, None]


def test_while_an_idea_waits_participation_alone_does_not_end_it() -> None:
    made = talent(f"{STEADY}\n{IDEA.replace('day 0', 'day 87')}", until=at(102))
    assert statuses(made) == ["open"]
    made.apply(life(parts(102, 103, 104), first_offset=50))
    assert statuses(made) == ["open"]
    made.apply(life("day 105  10:00  mail_sent  mail  as=employee", first_offset=60))
    assert statuses(made) == ["open", "resolved"]


# What nobody can tell


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ((), "took part 0 times in 90 days: no usual yet"),
        ((1,), "took part 1 time in 90 days: no usual yet"),
        (tuple(range(20)), "known for less than 60 days: no usual yet"),
        (tuple(range(0, 88, 3)), None),
    ],
)
def test_without_a_usual_nothing_can_be_too_little(days: tuple[int, ...], why: str | None) -> None:
    made = talent(parts(*days) or IDEA.replace("idea_submitted", "call_made"))
    assert TalentUnused().unclear(made.partition.people[b"ann"], made.partition.normal) == why


def test_what_was_put_off_by_changed_settings_says_nothing() -> None:
    rules = core("talent_unused")
    normal = Normal(rules.catalogue, rules.knobs)
    rule = TalentUnused()
    assert rule.overdue(Stakeholder(0, 0), at(9), normal) is None
    assert rule.deadline(Stakeholder(0, 0), None, normal) is None  # type: ignore[arg-type]
    made = run(rules, [event(0, at(0), "idea_submitted", party="employee")])
    assert TalentUnused(reply_days=20).overdue(made.partition.people[b"ann"], at(14), normal) is None
