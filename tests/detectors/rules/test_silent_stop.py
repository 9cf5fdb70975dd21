"""A buyer who just stops: a life, a near miss, the edge of the deadline, and purchases that become known late."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

import pytest

from detectors.alive import AliveParameters, alive, alive_at
from detectors.finding import Finding
from detectors.normal import Normal
from detectors.past import PURCHASE_RHYTHM
from detectors.rules.silent_stop import SilentStop
from detectors.stakeholder import Stakeholder
from detectors.windows import DAY_MS, TENTH_MS
from tests.detectors.lives import Record, Run, at, core, event, life, run

WEEKLY: Final = """
    day 0   10:00  purchase_made  shop  from=purchases
    day 7   10:00  purchase_made  shop  from=purchases
    day 14  10:00  purchase_made  shop  from=purchases
    day 21  10:00  purchase_made  shop  from=purchases
    day 28  10:00  purchase_made  shop  from=purchases
"""
LAST: Final = at(28, "10:00")
DUE: Final = LAST + int(4 * 2 * 7 / sqrt(2) * DAY_MS)
"""Four scales after the last purchase: a regular's is at most twice their own, 1/√2 of seven days."""


def stop(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("silent_stop", **{"calibration": 4.0, **knobs}), life(table), until=until)


def said(made: Run) -> list[tuple[str, int, int]]:
    return [(each.status, each.version, each.started_at) for each in made.versions]


def test_silence_past_the_deadline_opens_an_alert_and_the_next_purchase_resolves_it() -> None:
    made = stop(f"{WEEKLY}\nday 80  09:00  purchase_made  shop  from=purchases")
    opened, resolved = made.versions
    assert (opened.status, opened.version, opened.severity) == ("open", 1, "warning")
    assert (opened.started_at, opened.detected_at) == (LAST, DUE)
    assert (opened.value, opened.baseline, opened.threshold) == (39.6, 7.0, 39.6)
    assert (opened.evidence, opened.evidence_total) == ((0, 1, 2, 3, 4), 5)
    assert opened.shift == ("regular_joe", "at_risk")
    chance = alive(AliveParameters(), 4, 4.0, (DUE - at(0, "10:00")) / DAY_MS / 7)
    assert opened.summary == (
        "Bought 5 times, about every 7 days, but nothing for 39.6 days; by the purchases alone, the chance that they"
        f" are still a customer is {chance:.0%}."
    )
    assert (resolved.status, resolved.version, resolved.started_at) == ("resolved", 2, LAST)
    assert (resolved.severity, resolved.detected_at) == ("info", at(80, "09:00"))
    assert resolved.shift == ("at_risk", "regular_joe")
    assert (resolved.evidence, resolved.evidence_total) == ((0, 1, 2, 3, 4, 5), 6)
    assert resolved.summary == "Buys again, after 52 days."


def test_only_the_last_six_purchases_are_listed_and_all_are_counted() -> None:
    table = "\n".join(f"day {7 * week} 10:00 purchase_made shop from=purchases" for week in range(9))
    (opened,) = stop(table, until=at(100)).versions
    assert (opened.evidence, opened.evidence_total) == ((3, 4, 5, 6, 7, 8), 9)


def test_the_deadline_itself_is_in_time_and_a_millisecond_later_is_not() -> None:
    made = stop(WEEKLY, until=DUE, lost_below=0)
    assert made.versions == []
    made.pass_all(DUE + 1)
    assert said(made) == [("open", 1, LAST)]
    made.pass_all(DUE + 400 * DAY_MS)
    assert len(made.versions) == 1


def test_a_purchase_exactly_at_the_deadline_is_the_near_miss() -> None:
    made = stop(WEEKLY)
    ann = made.partition.people[b"ann"]
    assert ann.deadlines is not None
    assert ann.deadlines["silent_stop"].due == DUE
    day, rest = divmod(DUE - at(0), DAY_MS)
    line = f"day {day} 00:00:{rest / 1000:.3f} purchase_made shop from=purchases"
    made.apply(life(line, first_offset=5))
    assert made.versions == []


def test_somebody_elses_purchase_lets_the_time_pass() -> None:
    made = stop(f"{WEEKLY}\nday 90  09:00  purchase_made  shop  from=purchases  by=bob")
    assert [(each.person, each.status) for each in made.versions] == [("ann", "open")]


def test_another_source_does_not_let_the_time_pass() -> None:
    made = stop(f"{WEEKLY}\nday 90  09:00  ticket_opened  mail  from=tickets  by=bob")
    assert made.versions == []


def test_three_purchases_are_no_rhythm_yet() -> None:
    made = stop("\n".join(WEEKLY.splitlines()[:4]), until=at(300))
    assert made.versions == []
    assert made.partition.people[b"ann"].deadlines is None


def test_a_late_purchase_before_the_deadline_retracts_the_alert() -> None:
    made = stop(WEEKLY, until=at(70))
    made.apply(life("day 40 10:00 purchase_made shop from=purchases", first_offset=5))
    opened, retracted = made.versions
    assert (retracted.status, retracted.version, retracted.started_at) == ("retracted", 2, opened.started_at)
    assert retracted.shift == ("at_risk", "regular_joe")
    assert retracted.summary == "Bought in time after all: the purchase only became known later."
    assert (retracted.evidence, retracted.evidence_total) == ((0, 1, 2, 3, 4, 5), 6)


def test_a_retraction_does_not_lie_before_what_it_withdraws() -> None:
    made = stop(WEEKLY, until=at(70))
    made.apply(life("day 40 10:00 purchase_made shop from=purchases", first_offset=5))
    assert [each.detected_at for each in made.versions] == [DUE, DUE]
    late = stop(f"{BACK_ON_DAY_80}\nday 40 10:00 purchase_made shop from=purchases")
    assert [each.detected_at for each in late.versions] == [DUE, at(80, "09:00"), at(80, "09:00")]


def test_a_purchase_too_late_for_the_trail_is_named_where_it_retracts() -> None:
    since = "\n".join(f"day {80 + 7 * week} 09:00 purchase_made shop from=purchases" for week in range(7))
    made = stop(f"{WEEKLY}\n{since}\nday 40 10:00 purchase_made shop from=purchases id=late")
    retracted = made.versions[-1]
    assert retracted.status == "retracted"
    assert retracted.evidence == (12, 6, 7, 8, 9, 10, 11)


def test_all_that_is_listed_is_counted_though_parts_of_one_purchase_are_one() -> None:
    made = stop(f"{WEEKLY}\nday 28 11:00 purchase_made shop from=purchases", until=at(100))
    (opened,) = made.versions
    assert (opened.evidence, opened.evidence_total) == ((0, 1, 2, 3, 4, 5), 6)


def test_after_the_retraction_the_silence_since_the_late_purchase_is_watched() -> None:
    made = stop(WEEKLY, until=at(70))
    made.apply(life("day 40 10:00 purchase_made shop from=purchases", first_offset=5))
    made.pass_all(at(120))
    assert said(made)[2:] == [("open", 1, at(40, "10:00"))]


@pytest.mark.parametrize(("beyond_ms", "status"), [(0, "retracted"), (1, "resolved")])
def test_a_late_purchase_exactly_at_the_deadline_was_still_in_time(beyond_ms: int, status: str) -> None:
    made = stop(WEEKLY, until=at(70))
    day, rest = divmod(DUE + beyond_ms - at(0), DAY_MS)
    made.apply(life(f"day {day} 00:00:{rest / 1000:.3f} purchase_made shop from=purchases", first_offset=5))
    assert [each.status for each in made.versions] == ["open", status]


BACK_ON_DAY_80: Final = f"{WEEKLY}\nday 80  09:00  purchase_made  shop  from=purchases"


def test_a_late_purchase_retracts_even_a_resolved_alert_and_only_once() -> None:
    made = stop(f"""
        {BACK_ON_DAY_80}
        day 40  10:00  purchase_made  shop  from=purchases
        day 41  10:00  purchase_made  shop  from=purchases
    """)
    assert said(made) == [("open", 1, LAST), ("resolved", 2, LAST), ("retracted", 3, LAST)]


@pytest.mark.parametrize("clock", ["09:00", "08:59"])
def test_a_second_order_on_the_way_back_does_not_retract_what_was_true(clock: str) -> None:
    made = stop(f"{BACK_ON_DAY_80}\nday 80  {clock}  purchase_made  shop  from=purchases")
    assert said(made) == [("open", 1, LAST), ("resolved", 2, LAST)]


def test_a_late_purchase_after_the_deadline_does_not_retract_a_resolved_alert() -> None:
    made = stop(f"{BACK_ON_DAY_80}\nday 75  09:00  purchase_made  shop  from=purchases")
    assert said(made) == [("open", 1, LAST), ("resolved", 2, LAST)]


@pytest.mark.parametrize("clock", ["10:00", "21:59", "22:00"])
def test_a_late_part_of_the_last_purchase_retracts_nothing(clock: str) -> None:
    made = stop(WEEKLY, until=at(70))
    made.apply(life(f"day 28 {clock} purchase_made shop from=purchases", first_offset=5))
    assert [each.status for each in made.versions] == ["open"]


def test_what_is_half_a_day_and_a_minute_after_the_last_purchase_is_another() -> None:
    made = stop(WEEKLY, until=at(70))
    made.apply(life("day 28 22:01 purchase_made shop from=purchases", first_offset=5))
    assert [each.status for each in made.versions] == ["open", "retracted"]


def test_an_older_purchase_that_becomes_known_updates_the_standing_alert() -> None:
    made = stop(WEEKLY, until=at(70))
    made.apply(life("day 24 10:00 purchase_made shop from=purchases", first_offset=5))
    made.pass_all(at(80))
    opened, updated = made.versions
    assert (updated.status, updated.version, updated.started_at) == ("updated", 2, LAST)
    assert updated.evidence == (0, 1, 2, 3, 5, 4)
    assert updated.baseline == pytest.approx(28 / 5, abs=0.1)
    assert updated.value < opened.value


def test_the_standing_of_an_update_decides_what_is_in_time() -> None:
    made = stop(WEEKLY, until=at(70))
    made.apply(life("day 24 10:00 purchase_made shop from=purchases", first_offset=5))
    made.pass_all(at(80))
    opened, updated = made.versions
    assert updated.detected_at == opened.detected_at == DUE
    between = (LAST + round(updated.value * DAY_MS) + DUE) // 2
    day, rest = divmod(between - at(0), DAY_MS)
    made.apply(life(f"day {day} 00:00:{rest / 1000:.3f} purchase_made shop from=purchases", first_offset=6))
    assert made.versions[-1].status == "resolved"


def test_returns_and_other_kinds_do_not_put_off_the_deadline() -> None:
    made = stop(f"{WEEKLY}\nday 40  09:00  purchase_returned  shop  from=purchases", until=at(70))
    assert [each.detected_at for each in made.versions] == [DUE]


# Lost

LOST_AT: Final = LAST + round(102.8 * DAY_MS)
"""When P(alive) of who bought five times in four weeks has fallen below .1, to a tenth of a day."""


def bought(moment: int, offset: int) -> list[Record]:
    return [event(offset, moment, "purchase_made", channel="shop", source="purchases")]


def test_who_is_silent_until_their_chance_is_below_a_tenth_is_lost_by_an_update() -> None:
    made = stop(WEEKLY, until=LOST_AT)
    assert said(made) == [("open", 1, LAST)]
    made.pass_all(LOST_AT + 1)
    _, lost = made.versions
    assert (lost.status, lost.version, lost.severity, lost.detected_at) == ("updated", 2, "warning", LOST_AT)
    assert (lost.value, lost.baseline, lost.threshold) == (102.8, 7.0, 102.8)
    assert (lost.shift, lost.evidence, lost.evidence_total) == (("at_risk", "lost"), (0, 1, 2, 3, 4), 5)
    assert lost.summary == (
        "Bought 5 times, about every 7 days, but nothing for 103 days; by the purchases alone, the chance that they are"
        " still a customer has fallen to 10%."
    )
    first = at(0, "10:00")
    chances = [alive_at(AliveParameters(), first, LAST, 5, moment) for moment in (LOST_AT - TENTH_MS, LOST_AT)]
    assert chances[1] <= 0.1 < chances[0]
    ann = made.partition.people[b"ann"]
    assert (ann.type, (ann.scores or {}).keys(), ann.deadlines) == ("lost", {"lost"}, None)
    made.pass_all(at(300))
    assert len(made.versions) == 2


def test_a_purchase_before_that_is_the_near_miss() -> None:
    made = stop(WEEKLY)
    made.apply(bought(LOST_AT, 5))
    assert said(made) == [("open", 1, LAST), ("resolved", 2, LAST)]


def test_who_was_lost_and_buys_again_is_what_they_were() -> None:
    made = stop(f"{WEEKLY}\nday 150  10:00  purchase_made  shop  from=purchases")
    *_, resolved = made.versions
    assert said(made) == [("open", 1, LAST), ("updated", 2, LAST), ("resolved", 3, LAST)]
    assert (resolved.summary, resolved.shift) == ("Buys again, after 122 days.", ("lost", "regular_joe"))
    assert made.partition.people[b"ann"].scores is None


@pytest.mark.parametrize(("moment", "status"), [(DUE, "retracted"), (DUE + 1, "resolved"), (LOST_AT, "resolved")])
def test_of_somebody_lost_a_late_purchase_is_in_time_by_the_first_deadline(moment: int, status: str) -> None:
    made = stop(WEEKLY, until=at(200))
    made.apply(bought(moment, 5))
    assert [each.status for each in made.versions] == ["open", "updated", status]
    assert made.versions[-1].shift == ("lost", "regular_joe")
    back = stop(f"{WEEKLY}\nday 150  10:00  purchase_made  shop  from=purchases")
    back.apply(bought(moment, 6))
    assert [each.status for each in back.versions][2:] == ["resolved", "retracted"][: 1 + (status == "retracted")]


def test_an_older_purchase_of_somebody_lost_updates_the_figures_and_not_the_type() -> None:
    made = stop(WEEKLY, until=at(200))
    made.apply(bought(at(24, "10:00"), 5))
    made.pass_all(at(210))
    *_, updated = made.versions
    assert said(made)[2:] == [("updated", 3, LAST)]
    assert (updated.shift, updated.evidence) == (None, (0, 1, 2, 3, 5, 4))
    assert updated.value < 102.8, "six purchases in four weeks are doubted sooner"
    made.apply(bought(DUE, 6))
    assert made.versions[-1].status == "retracted", "what was in time is told by the first deadline all the same"


def test_a_slow_buyer_is_lost_as_slowly() -> None:
    table = "\n".join(f"day {40 * number} 10:00 purchase_made shop from=purchases" for number in range(5))
    opened, lost = stop(table, until=at(500)).versions
    assert (opened.value, lost.value, lost.shift) == (115.9, 293.0, ("at_risk", "lost"))


def test_whose_chance_is_that_low_at_the_deadline_is_lost_at_once() -> None:
    (opened,) = stop(WEEKLY, until=at(200), lost_below=0.5).versions
    assert (opened.status, opened.detected_at, opened.shift) == ("open", DUE, ("regular_joe", "lost"))


@pytest.mark.parametrize("knobs", [{"lost_below": 0}, {"a": 1e-9, "alpha": 1e6}])
def test_nobody_is_lost_where_that_is_switched_off_or_too_far_away(knobs: dict[str, float]) -> None:
    made = stop(WEEKLY, until=at(400), **knobs)
    assert [each.status for each in made.versions] == ["open"]


def test_with_other_trouble_on_top_the_alert_still_says_lost() -> None:
    angry = "\n".join(
        f"day 60  1{n}:00  ticket_opened  {way}  complaint" for n, way in enumerate(("mail", "phone", "sms"))
    )
    made = run(core("silent_stop", beside=["third_channel"], calibration=4.0), life(f"{WEEKLY}\n{angry}"), until=at(70))
    made.pass_all(at(132))
    stopped = [each for each in made.versions if each.rule == "silent_stop"]
    assert [each.status for each in stopped] == ["open", "updated"]
    assert made.partition.people[b"ann"].shown_at("lost") == LOST_AT


# Returns


@pytest.mark.parametrize(
    ("day", "when"), [(31, "3 days after"), (29, "1 day after"), (28.1, "on the day of"), (66, "38 days after")]
)
def test_a_return_after_the_last_purchase_is_a_silent_complaint(day: float, when: str) -> None:
    line = f"day {day}  10:00  purchase_returned  shop  from=purchases"
    made = stop(f"{WEEKLY}\n{line}\nday 150  10:00  purchase_made  shop  from=purchases")
    opened, lost, resolved = made.versions
    for version in (opened, lost):
        assert (version.evidence, version.evidence_total) == ((0, 1, 2, 3, 4, 5), 6)
        assert f" days (they returned something {when} the last purchase); by" in version.summary
    assert (resolved.evidence, resolved.evidence_total) == ((0, 1, 2, 3, 4, 5, 6), 7)


@pytest.mark.parametrize("day", [27, 70])
def test_a_return_before_the_last_purchase_or_after_the_deadline_says_nothing_of_the_silence(day: int) -> None:
    line = f"day {day}  10:00  purchase_returned  shop  from=tickets"
    (opened,) = stop(f"{WEEKLY}\n{line}", until=at(100)).versions
    assert opened.evidence_total == 5
    assert "returned" not in opened.summary


def test_a_return_that_becomes_known_late_stands_in_the_next_version() -> None:
    made = stop(WEEKLY, until=at(100))
    made.apply(life("day 30 10:00 purchase_returned shop from=purchases", first_offset=5))
    made.pass_all(at(200))
    opened, lost = made.versions
    assert (opened.evidence_total, lost.evidence_total) == (5, 6)
    assert "returned something 2 days after" in lost.summary


def test_without_a_rhythm_nothing_is_overdue_and_nothing_due() -> None:
    rules = core("silent_stop")
    normal = Normal(rules.catalogue, rules.knobs)
    rule = SilentStop()
    silent: Finding | None = rule.overdue(Stakeholder(0, 0), 0, normal)
    assert silent is None
    assert rule.deadline(Stakeholder(0, 0), None, normal) is None  # type: ignore[arg-type]
    assert rule.assess(Stakeholder(0, 0), None, normal) is None  # type: ignore[arg-type]


def test_its_knobs_reach_the_rhythm_of_purchases() -> None:
    knobs = SilentStop(false_alarms=0.02, half_life_gaps=3, shrinkage=1, prior_days=10, calibration=5)
    rhythm = knobs.rhythm_knobs()[PURCHASE_RHYTHM.name]
    assert (rhythm.false_alarms, rhythm.half_life_gaps, rhythm.shrinkage, rhythm.prior_days) == (0.02, 3, 1, 10)
    assert rhythm.fixed_multiplier == 5


@pytest.mark.parametrize("bad", [0.99, 16.1])
def test_the_calibration_has_bounds(bad: float) -> None:
    with pytest.raises(ValueError, match=rf"^calibration is {bad}; allowed: 1 to 16$"):
        SilentStop(calibration=bad)
