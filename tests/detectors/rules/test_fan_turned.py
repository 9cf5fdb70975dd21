"""The first negative public post of a fan: who is one, near misses, late events, and both ends."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.rules.fan_turned import FanTurned
from tests.detectors.lives import Run, Version, at, core, life, run

PRAISES = "\n".join(f"day {7 * week}  10:00  mention_made  twitter  in  tone=.6" for week in range(6))
TURNED = "day 50  10:00  post_published  facebook  in  tone=-.6"
FAN = "day 1  10:00  referral_converted  other\n"


def turned(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("fan_turned", **knobs), life(table), until=until)


def of_all(table: str, *, until: int | None = None) -> list[Version]:
    """What the rule says where every rule is asked, so that somebody can be of the type."""
    return [each for each in run(core(), life(table), until=until).versions if each.rule == "fan_turned"]


@pytest.mark.parametrize("how", ["tone=-.6", "complaint", "complaint  tone=.6"])
def test_a_negative_word_or_complaint_in_public_by_somebody_who_praised_us_often_is_an_alert(how: str) -> None:
    (opened,) = turned(f"{PRAISES}\n{TURNED.replace('tone=-.6', how)}").versions
    assert (opened.status, opened.severity, opened.started_at) == ("open", "warning", at(50, "10:00"))
    assert (opened.value, opened.threshold, opened.baseline, opened.evidence) == (1, 1, None, (6,))
    assert opened.summary == "A fan until now, and speaks against us in public on Facebook."


@pytest.mark.parametrize(
    "change",
    [
        ("tone=-.6", "tone=-.05"),
        ("tone=-.6", ""),  # nobody can tell
        ("in  tone=-.6", "out  tone=-.6"),
        ("post_published  facebook", "ticket_opened  mail"),
        ("tone=-.6", "tone=-.6  as=partner"),
        ("day 50  10:00", "day 35  09:59"),  # praised us after it
    ],
)
def test_lukewarm_unknown_ours_not_in_public_or_made_up_for_is_none(change: tuple[str, str]) -> None:
    assert change[0] in TURNED
    assert turned(f"{PRAISES}\n{TURNED.replace(*change)}").versions == []


def test_five_times_of_praise_or_as_much_against_us_make_no_fan() -> None:
    fewer = "\n".join(PRAISES.splitlines()[1:])
    assert turned(f"{fewer}\n{TURNED}").versions == []
    against = "\n".join(f"day 4{day}  10:00  ticket_opened  mail  complaint" for day in range(5))
    assert turned(f"{PRAISES}\n{against}\n{TURNED}").versions == []


def test_who_is_taken_for_a_fan_is_one_by_a_single_referral() -> None:
    (opened,) = of_all(FAN + TURNED)
    assert opened.shift == ("uber_fan", "mad_bro"), "the evidence for a fan is seven weeks old"
    assert of_all(FAN.replace("converted", "made") + TURNED) == []


def test_a_fan_of_late_stays_one_and_the_word_is_evidence() -> None:
    made = run(core(), life(FAN + TURNED.replace("day 50", "day 8")))
    opened = made.versions[-1]
    assert (opened.rule, opened.shift) == ("fan_turned", None)
    ann = made.partition.people[b"ann"]
    assert ann.type == "uber_fan"
    assert (ann.scores or {})["mad_bro"] == (1, at(8, "10:00"))


def test_the_next_praise_ends_it_at_once_and_the_type_goes_back() -> None:
    _, ended = of_all(f"{FAN}{TURNED}\nday 51  10:00  mention_made  twitter  in  tone=.6")
    assert (ended.status, ended.detected_at, ended.evidence) == ("resolved", at(51, "10:00"), (1, 2))
    assert ended.summary == "Praises us again."
    assert ended.shift is not None
    assert ended.shift[0] == "mad_bro"


def test_a_praise_from_before_that_becomes_known_late_does_not_end_it_and_one_from_after_does() -> None:
    made = turned(f"{PRAISES}\n{TURNED}\nday 49  10:00  mention_made  twitter  in  tone=.6")
    assert [each.status for each in made.versions] == ["open"]
    made.apply(
        life(
            """
            day 53  10:00  mention_made  twitter  in  content
            day 52  10:00  mention_made  twitter  in  tone=.6
            """,
            first_offset=8,
        )
    )
    assert [(each.status, each.detected_at) for each in made.versions[1:]] == [("resolved", at(52, "10:00"))]


def test_it_resolves_after_30_days_without_a_complaint_or_negative_word() -> None:
    further = "\nday 60  10:00  ticket_opened  mail  complaint\nday 55  10:00  mention_made  twitter  in  tone=-.6"
    made = turned(PRAISES + "\n" + TURNED + further, until=at(90, "10:00"))
    assert [each.status for each in made.versions] == ["open"], "a further word is no news"
    made.pass_all(at(90, "10:01"))
    resolved = made.versions[-1]
    assert (resolved.status, resolved.detected_at, resolved.evidence) == ("resolved", at(90, "10:00"), (6, 8))
    assert resolved.summary == "No further negative word for 30 days."


def test_praise_and_blame_in_turn_for_90_days_are_one_alert() -> None:
    lines = [f"day {50 + 5 * n}  10:00  mention_made  twitter  in  tone={'-' * (n % 2 == 0)}.6" for n in range(18)]
    made = turned("\n".join([PRAISES, *lines]))
    assert {each.started_at for each in made.versions} == {at(50, "10:00")}
    assert len(made.versions) > 2


def test_it_is_unclear_while_nobody_can_tell_what_is_negative() -> None:
    made = turned("day 1  10:00  mention_made  twitter  in")
    partition = made.partition
    assert partition.core.unclear(partition.people[b"ann"], partition.normal) == {
        "fan_turned": "nobody can tell how their words are meant"
    }


@pytest.mark.parametrize(("knob", "value"), [("times", 7), ("calm_days", 366)])
def test_an_absurd_knob_is_refused(knob: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{knob} is {value}; allowed: "):
        FanTurned(**{knob: value})  # type: ignore[arg-type]
