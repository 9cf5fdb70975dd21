"""A customer who begins to speak for us: three ways to it, near misses, what tells against it, late events, the end."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.rules.fan_emerging import FanEmerging
from tests.detectors.lives import Run, at, core, life, run

THRICE = """
    day 1   10:00  mention_made      twitter      in  tone=.7  "love them"
    day 40  10:00  review_written    review_site  in  tone=.6
    day 91  09:59  comment_written   facebook     in  tone=.8  content
"""
BROUGHT = "day 9  10:00  referral_converted  other"


def emerging(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("fan_emerging", **knobs), life(table), until=until)


def said(made: Run) -> list[tuple[str, int, int]]:
    return [(each.status, each.version, each.detected_at) for each in made.versions]


def test_the_third_praise_in_public_within_90_days_is_an_alert() -> None:
    (opened,) = emerging(THRICE).versions
    assert (opened.status, opened.severity, opened.started_at) == ("open", "info", at(1, "10:00"))
    assert (opened.value, opened.threshold, opened.baseline, opened.evidence) == (3, 3, None, (0, 1, 2))
    assert opened.shift == ("newcomer", "uber_fan")
    assert opened.summary == "Praised us in public 3 times within 90 days, unasked."


@pytest.mark.parametrize(
    "change",
    [
        ("day 91  09:59", "day 91  10:00"),  # the first is 90 days old then
        ("day 91  09:59", "day 96  10:00"),
        ("day 91  09:59  comment_written   facebook     in  tone=.8  content", ""),
        ("in  tone=.6", "in"),  # nobody can tell how it was meant
        ("tone=.6", "tone=.05"),
        ("tone=.6", "tone=.6  complaint"),
        ("in  tone=.6", "out  tone=.6"),
        ("comment_written   facebook", "chat_started  chat"),
        ("comment_written   facebook", "survey_answered  mail"),
    ],
)
def test_two_and_something_too_old_unknown_lukewarm_ours_or_not_in_public_are_none(change: tuple[str, str]) -> None:
    assert change[0] in THRICE
    assert emerging(THRICE.replace(*change), until=at(800)).versions == []


def test_a_referral_that_led_to_a_purchase_is_enough_and_one_that_did_not_is_none() -> None:
    (opened,) = emerging(BROUGHT).versions
    assert (opened.value, opened.threshold, opened.evidence) == (1, 1, (0,))
    assert opened.summary == "Brought us a customer by recommending us."
    assert emerging(BROUGHT.replace("converted", "made")).versions == []
    assert emerging(BROUGHT, referrals=2).versions == []


def test_a_big_spender_who_says_nothing_is_no_fan() -> None:
    table = "\n".join(f"day {day}  10:00  purchase_made  shop" for day in range(90))
    assert run(core(), life(table)).versions == []


TOP = """
    day 1   10:00  survey_answered  mail      in  score=9/10
    day 60  10:00  content_shared   facebook
"""


@pytest.mark.parametrize("first", [0, 1])
def test_a_top_score_with_advocacy_in_either_order_is_an_alert(first: int) -> None:
    one, other = (line for line in TOP.splitlines() if line.strip())
    (opened,) = run(core("fan_emerging"), life(f"{one}\n{other}", first_offset=first)).versions
    assert (opened.started_at, opened.detected_at, opened.value, opened.threshold) == (
        at(1, "10:00"),
        at(60, "10:00"),
        2,
        2,
    )
    assert opened.summary == "Gave us a top score in a survey, and spoke for us once within 90 days."
    turned = emerging(f"{other.replace('day 60', 'day 1')}\n{one.replace('day 1 ', 'day 60 ')}")
    assert [each.detected_at for each in turned.versions] == [at(60, "10:00")]


@pytest.mark.parametrize(
    "change",
    [
        ("score=9/10", "score=8/10"),
        ("score=9/10", "score=4/5"),
        ("score=9/10", "score=90/10"),  # not on its scale
        ("score=9/10", ""),
        ("score=9/10", "score=9/10  complaint"),
        ("score=9/10", "score=9/10  tone=-.7"),
        ("in  score", "out  score"),
        ("day 60  10:00", "day 91  10:00"),
        ("content_shared ", "purchase_made "),
    ],
)
def test_a_lesser_unknown_angry_or_old_score_or_no_advocacy_is_none(change: tuple[str, str]) -> None:
    assert change[0] in TOP
    assert emerging(TOP.replace(*change)).versions == []


@pytest.mark.parametrize(("score", "found"), [("5/5", 1), ("81/100", 1), ("80/100", 0)])
def test_the_top_fifth_is_that_of_the_scale(score: str, found: int) -> None:
    assert len(emerging(TOP.replace("9/10", score)).versions) == found


COMPLAINTS = """
    day 2   10:00  ticket_opened   mail     in  complaint
    day 3   10:00  mention_made    twitter  in  tone=-.7
    day 4   10:00  survey_answered mail     in  score=2/10
"""


def test_as_many_complaints_negative_words_and_low_scores_in_the_same_time_outweigh_it() -> None:
    assert emerging(COMPLAINTS + THRICE).versions == []
    less = "\n".join(COMPLAINTS.splitlines()[:-1])
    assert [each.status for each in emerging(f"{less}\n{THRICE}").versions] == ["open"]
    assert [each.status for each in emerging(COMPLAINTS + THRICE, against=0).versions] == ["open"]
    (opened,) = emerging(COMPLAINTS + THRICE + "day 91  09:59:30  content_shared  facebook").versions
    assert (opened.value, opened.detected_at) == (3, at(91, "09:59:30")), "four acts outweigh them"


def test_a_complaint_of_long_ago_tells_nothing() -> None:
    earlier = COMPLAINTS.replace("day 2 ", "day 0 ").replace("day 3 ", "day 0 ").replace("day 4 ", "day 0 ")
    assert [each.status for each in emerging(earlier + THRICE).versions] == ["open"]


def test_a_praise_that_becomes_known_late_counts() -> None:
    lines = [line for line in THRICE.splitlines() if line.strip()]
    (opened,) = emerging("\n".join([lines[0], lines[2], lines[1]])).versions
    assert (opened.started_at, opened.evidence) == (at(1, "10:00"), (0, 2, 1))


def test_complaints_that_become_known_late_retract_it_and_later_ones_do_not() -> None:
    complaints = "\n".join(f"day {day}  10:00  ticket_opened  mail  complaint" for day in (20, 21, 22))
    made = emerging(THRICE + complaints)
    opened, retracted = made.versions
    assert (retracted.status, retracted.version, retracted.started_at) == ("retracted", 2, opened.started_at)
    assert (retracted.shift, retracted.evidence) == (("uber_fan", "newcomer"), (0, 1, 2))
    assert retracted.summary == "Spoke against us as much as for us in the same time: that only became known later."
    made.apply(life("day 92  10:00  mention_made  twitter  in  tone=.6", first_offset=6))
    assert len(made.versions) == 2, "the first praise is too old then: three against three"
    made.apply(life("day 93  10:00  mention_made  twitter  in  tone=.6", first_offset=7))
    assert [each.status for each in made.versions] == ["open", "retracted", "open"]
    later = "\n".join(f"day {day}  10:00  ticket_opened  mail  complaint" for day in range(92, 100))
    assert [each.status for each in emerging(THRICE + later).versions] == ["open"]


def test_it_resolves_after_90_days_without_and_a_complaint_or_a_late_praise_does_not_bring_it_back() -> None:
    made = emerging(THRICE + "day 100  10:00  content_shared  facebook", until=at(190, "10:00"))
    assert said(made) == [("open", 1, at(91, "09:59"))]
    made.pass_all(at(190, "10:01"))
    resolved = made.versions[-1]
    assert (resolved.status, resolved.detected_at, resolved.evidence) == ("resolved", at(190, "10:00"), (0, 1, 2, 3))
    assert (resolved.summary, resolved.shift) == ("Has not spoken for us for 90 days.", ("uber_fan", "newcomer"))
    made.apply(
        life(
            """
            day 191  10:00  ticket_opened  mail      complaint
            day 99   10:00  mention_made   twitter   in  tone=.6
            """,
            first_offset=4,
        )
    )
    assert len(made.versions) == 2


def test_a_further_top_score_puts_the_end_off() -> None:
    made = emerging(TOP + "day 140  10:00  survey_answered  mail  in  score=10/10", until=at(400))
    assert [each.detected_at for each in made.versions] == [at(60, "10:00"), at(230, "10:00")]


def test_to_and_fro_around_the_threshold_is_one_alert_opened_again() -> None:
    table = "\n".join(f"day {day}  10:00  mention_made  twitter  in  tone=.6" for day in (0, 10, 20, 140, 142, 144))
    made = emerging(table, until=at(500))
    assert [(each.status, each.version) for each in made.versions] == [
        ("open", 1),
        ("resolved", 2),
        ("open", 3),
        ("resolved", 4),
    ]
    assert {each.started_at for each in made.versions} == {at(0, "10:00")}


def test_who_is_no_customer_is_not_judged_by_it() -> None:
    assert emerging(BROUGHT + "  as=partner").versions == []


def test_it_is_unclear_while_nobody_can_tell_what_is_praise() -> None:
    made = emerging("day 1  10:00  mention_made  twitter  in")
    partition = made.partition
    assert partition.core.unclear(partition.people[b"ann"], partition.normal) == {
        "fan_emerging": "nobody can tell how their words are meant"
    }
    made.apply(life("day 2  10:00  mention_made  twitter  in  content", first_offset=1))
    assert partition.core.unclear(partition.people[b"ann"], partition.normal) == {}


@pytest.mark.parametrize(("knob", "value"), [("mentions", 9), ("referrals", 7), ("length_days", 91), ("against", 11)])
def test_an_absurd_knob_is_refused(knob: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{knob} is {value}; allowed: "):
        FanEmerging(**{knob: value})  # type: ignore[arg-type]
