"""A fan who has gone quiet: two of their own periods, near misses, what is no sign of life, late events, the return."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.finding import Finding
from detectors.normal import Normal
from detectors.rules.fan_quiet import FanQuiet
from detectors.stakeholder import Stakeholder
from tests.detectors.lives import Run, Version, at, core, life, run

MONTHLY = "\n".join(f"day {30 * month}  10:00  mention_made  twitter  in  tone=.6" for month in range(6))
LAST, DUE = at(150, "10:00"), at(210, "10:00")


def quiet(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("fan_quiet", **knobs), life(table), until=until)


def of_all(table: str, *, until: int) -> list[Version]:
    """What the rule says where every rule is asked, so that somebody can be of the type."""
    return [each for each in run(core(), life(table), until=until).versions if each.rule == "fan_quiet"]


def test_two_of_their_own_periods_without_advocacy_are_an_alert() -> None:
    assert quiet(MONTHLY, until=DUE).versions == []
    (opened,) = quiet(MONTHLY, until=DUE + 1).versions
    assert (opened.status, opened.severity, opened.shift) == ("open", "warning", None)
    assert (opened.started_at, opened.detected_at) == (LAST, DUE)
    assert (opened.value, opened.baseline, opened.threshold, opened.evidence) == (60, 30, 60, (0, 1, 2, 3, 4, 5))
    assert opened.summary == "A fan who spoke for us about every 30 days has not done so for 60 days."


@pytest.mark.parametrize(
    "change",
    [
        ("day 30  10:00  mention_made", "day 30  10:00  chat_started"),  # five times are no history
        ("twitter  in  tone=.6", "twitter  in"),
        ("twitter  in  tone=.6", "twitter  out  tone=.6"),
        ("tone=.6", "tone=.6  as=employee"),
    ],
)
def test_who_spoke_less_often_or_nobody_knows_how_or_is_no_customer_is_not_missed(change: tuple[str, str]) -> None:
    assert change[0] in MONTHLY
    assert quiet(MONTHLY.replace(*change), until=at(900)).versions == []


def test_who_spoke_against_us_as_often_is_no_fan() -> None:
    against = "\n".join(f"day {day}  10:00  ticket_opened  mail  complaint" for day in range(100, 106))
    assert quiet(f"{MONTHLY}\n{against}", until=at(900)).versions == []
    fewer = "\n".join(against.splitlines()[:-1])
    assert [each.status for each in quiet(f"{MONTHLY}\n{fewer}", until=at(900)).versions] == ["open"]


@pytest.mark.parametrize("kind", ["mail_opened  mail", "purchase_made  shop", "login_made  site", "chat_started  chat"])
def test_nothing_else_is_a_sign_of_life(kind: str) -> None:
    table = "\n".join([MONTHLY, *(f"day {day}  10:00  {kind}" for day in range(160, 210, 10))])
    (opened,) = quiet(table, until=DUE + 1).versions
    assert opened.detected_at == DUE


@pytest.mark.parametrize("kind", ["content_shared", "referral_made", "referral_converted"])
def test_any_advocacy_puts_it_off(kind: str) -> None:
    assert quiet(f"{MONTHLY}\nday 210  10:00  {kind}  mail", until=DUE + 1).versions == []


WEEKLY = "\n".join(f"day {7 * week}  10:00  mention_made  twitter  in  tone=.6" for week in range(3))


def test_who_is_taken_for_a_fan_is_missed_from_three_days_with_advocacy_on_and_not_before_six_weeks() -> None:
    assert of_all(WEEKLY, until=at(56, "10:00")) == []
    (opened,) = of_all(WEEKLY, until=at(56, "10:01"))
    assert (opened.detected_at, opened.value, opened.baseline) == (at(56, "10:00"), 42, 7)
    assert opened.shift is None


def test_whoever_was_a_fan_until_this_very_silence_is_missed() -> None:
    table = """
        day 0    10:00  content_shared      facebook
        day 50   10:00  content_shared      facebook
        day 100  10:00  referral_converted  other
    """
    (opened,) = of_all(table, until=at(500))
    assert opened.detected_at == at(200, "10:00"), "ten days after they were last taken for a fan"
    assert quiet(table, until=at(500)).versions == []


@pytest.mark.parametrize(
    "table",
    [
        "day 0 10:00 referral_converted other\nday 20 10:00 mention_made twitter in tone=.6",
        "\n".join(f"day 0  1{hour}:00  mention_made  twitter  in  tone=.6" for hour in range(8)),
    ],
)
def test_two_days_or_one_busy_day_are_no_rhythm(table: str) -> None:
    assert of_all(table, until=at(900)) == []


def test_a_longer_pause_of_their_own_is_remembered() -> None:
    table = WEEKLY + "\nday 70  10:00  mention_made  twitter  in  tone=.6"
    first, _, second = of_all(table, until=at(900))
    assert (first.detected_at, second.baseline) == (at(56, "10:00"), 23.3)
    assert second.detected_at - at(70, "10:00") > at(42) - at(0)


def test_the_next_advocacy_ends_it() -> None:
    opened, ended = quiet(f"{MONTHLY}\nday 230  10:00  content_shared  facebook").versions
    assert (opened.status, ended.status, ended.detected_at) == ("open", "resolved", at(230, "10:00"))
    assert (ended.summary, ended.evidence) == ("Speaks for us again, after 80 days.", (1, 2, 3, 4, 5, 6))


def test_advocacy_in_time_that_becomes_known_late_retracts_it_even_after_its_end() -> None:
    made = quiet(MONTHLY, until=at(220))
    made.apply(life("day 210  10:00  content_shared  facebook", first_offset=6))
    opened, retracted = made.versions
    assert (retracted.status, retracted.started_at) == ("retracted", opened.started_at)
    assert retracted.summary == "Spoke for us in time after all: it only became known later."
    back = quiet(
        f"""{MONTHLY}
        day 230  10:00  content_shared  facebook
        day 205  10:00  content_shared  facebook
        day 206  10:00  content_shared  facebook
        """
    )
    assert [each.status for each in back.versions] == ["open", "resolved", "retracted"]


@pytest.mark.parametrize("clock", ["09:00", "23:59"])
def test_more_of_the_last_day_that_becomes_known_late_changes_nothing(clock: str) -> None:
    made = quiet(MONTHLY, until=at(220))
    made.apply(life(f"day 150  {clock}  content_shared  facebook", first_offset=6))
    made.pass_all(at(900))
    assert [each.status for each in made.versions] == ["open"]


def test_to_and_fro_for_90_days_is_at_most_two_alerts() -> None:
    table = [f"day {day}  10:00  mention_made  twitter  in  tone=.6" for day in (*range(0, 36, 7), 78, 121)]
    opened = [each for each in quiet("\n".join(table), until=at(125)).versions if each.status == "open"]
    assert 1 <= len(opened) <= 2


def test_it_is_unclear_until_there_are_three_days_with_advocacy() -> None:
    made = quiet("day 1  10:00  purchase_made  shop")
    partition = made.partition

    def unclear() -> dict[str, str]:
        return partition.core.unclear(partition.people[b"ann"], partition.normal)

    assert unclear() == {"fan_quiet": "nothing is known that they said or did for us"}
    made.apply(life("day 2  10:00  content_shared  facebook\nday 2  11:00  content_shared  facebook", first_offset=1))
    assert unclear() == {"fan_quiet": "spoke for us on 1 day so far: no rhythm yet"}
    made.apply(life("day 4  10:00  content_shared  facebook", first_offset=3))
    assert unclear() == {"fan_quiet": "spoke for us on 2 days so far: no rhythm yet"}
    made.apply(life("day 6  10:00  content_shared  facebook", first_offset=4))
    assert unclear() == {}


def test_without_advocacy_nothing_is_overdue() -> None:
    rules = core("fan_quiet")
    silent: Finding | None = FanQuiet().overdue(Stakeholder(0, 0), 0, Normal(rules.catalogue, rules.knobs))
    assert silent is None


@pytest.mark.parametrize(("knob", "value"), [("periods", 0.9), ("active_days", 1), ("active_days", 7), ("times", 7)])
def test_an_absurd_knob_is_refused(knob: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{knob} is {value}; allowed: "):
        FanQuiet(**{knob: value})  # type: ignore[arg-type]
