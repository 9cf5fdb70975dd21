"""A silent customer who leaves the till again and again: a life, near misses, edges, ends, and the tail behind it."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.chances import at_least
from detectors.normal import Normal
from detectors.rules.exit_spike import ExitSpike
from detectors.stakeholder import Episode, Stakeholder
from detectors.wire import decode
from tests.detectors.lives import Run, at, core, event, life, run

THREE_EXITS: Final = """
    day 100  10:00  funnel_exited  site  from=page-views
    day 100  15:00  funnel_exited  site  from=page-views
    day 101  09:00  funnel_exited  site  from=page-views
"""


def leave(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("exit_spike", **{"calibration": 0.1, **knobs}), life(table), until=until)


def statuses(made: Run) -> list[str]:
    return [each.status for each in made.versions]


def test_three_exits_in_24_hours_of_a_silent_customer_are_a_spike() -> None:
    (opened,) = leave(THREE_EXITS).versions
    assert (opened.status, opened.version, opened.severity) == ("open", 1, "warning")
    assert (opened.started_at, opened.detected_at) == (at(100, "10:00"), at(101, "09:00"))
    assert (opened.value, opened.threshold) == (3, 3)
    assert opened.baseline == pytest.approx(0.3)
    assert opened.evidence == (0, 1, 2)
    assert opened.shift is None
    chance = _tail(3, 3, Fraction(8, 10), Fraction(72, 10))
    assert opened.summary == (
        "Left the purchase 3 times in 24 hours, in 3 attempts, where 0.3 would be usual for this silent customer"
        f" (chance 1 in {round(1 / chance)})."
    )


@pytest.mark.parametrize(("clock", "spikes"), [("09:59:59.999", True), ("10:00", False)])
def test_exits_exactly_24_hours_apart_do_not_count_together(clock: str, spikes: bool) -> None:
    made = leave(f"""
        day 100  10:00    funnel_exited  site
        day 100  15:00    funnel_exited  site
        day 101  {clock}  funnel_exited  site
    """)
    assert bool(made.versions) is spikes


@pytest.mark.parametrize(
    "near_miss",
    [
        "day 50   10:00  ticket_opened     mail",  # a word within 90 days: not silent
        "day 12   00:00  ticket_opened     mail",  # and so is one on the 90th day
        "day 100  09:59  funnel_completed  site\nday 100  11:00  funnel_completed  site",  # three of five
    ],
)
def test_a_near_miss_is_no_spike(near_miss: str) -> None:
    lines = [*near_miss.splitlines(), *THREE_EXITS.strip().splitlines()]
    in_time = sorted(lines, key=lambda line: (int(line.split()[1]), line.split()[2]))
    assert leave("\n".join(in_time)).versions == []


def test_a_word_91_days_ago_is_forgotten() -> None:
    assert statuses(leave(f"day 11 23:59 ticket_opened mail\n{THREE_EXITS}")) == ["open"]
    assert statuses(leave(f"day 12 00:00 ticket_opened mail\n{THREE_EXITS}")) == []


def test_talkers_are_alerted_as_well_where_the_knob_says_so() -> None:
    assert statuses(leave(f"day 99 10:00 ticket_opened mail\n{THREE_EXITS}", silent_days=0)) == ["open"]


def test_two_exits_are_never_enough() -> None:
    assert leave("\n".join(THREE_EXITS.strip().splitlines()[:2]), calibration=0.001).versions == []


def test_who_always_leaves_is_no_spike() -> None:
    habit = "\n".join(f"day {75 + 2 * n} 10:00 funnel_exited site" for n in range(10))
    assert leave(f"{habit}\n{THREE_EXITS}").versions == []


def test_the_own_past_ends_28_whole_days_before_and_leaves_out_the_day_between() -> None:
    old = "\n".join(f"day {60 + n} 10:00 funnel_exited site" for n in range(10))
    assert statuses(leave(f"{old}\n{THREE_EXITS}", min_events=3)) == ["open"]
    assert leave(f"{old}\n{THREE_EXITS}", min_events=3, baseline_days=40).versions == []


def test_what_everybody_does_is_learnt_when_it_is_not_given() -> None:
    buyers = "\n".join(f"day {90 + n // 10} 10:00 funnel_completed site by=b{n}" for n in range(100))
    leavers = "\n".join(f"day {90 + n // 10} 10:00 funnel_exited site by=b{n}" for n in range(100))
    assert statuses(leave(f"{buyers}\n{THREE_EXITS}", calibration=None)) == ["open"]
    assert leave(f"{leavers}\n{THREE_EXITS}", calibration=None).versions == []


def test_each_further_exit_within_the_24_hours_updates() -> None:
    made = leave(f"""
        {THREE_EXITS}
        day 101  09:30  funnel_exited  site
        day 101  14:00  funnel_exited  site
        day 101  20:00  funnel_exited  site
    """)
    assert [(each.status, each.value) for each in made.versions] == [("open", 3), ("updated", 4)]
    assert {each.started_at for each in made.versions} == {at(100, "10:00")}
    assert made.versions[1].evidence == (0, 1, 2, 3)


def test_the_threshold_says_how_many_exits_these_attempts_would_have_taken() -> None:
    (opened,) = leave("""
        day 100  10:00  funnel_completed  site
        day 100  10:01  funnel_completed  site
        day 100  10:03  funnel_exited     site
        day 100  10:04  funnel_exited     site
        day 100  10:05  funnel_exited     site
        day 100  10:06  funnel_exited     site
    """).versions
    assert _tail(3, 5, Fraction(8, 10), Fraction(72, 10)) > Fraction(18, 1000)
    assert (opened.value, opened.threshold) == (4, 4)


@pytest.mark.parametrize("kind", ["funnel_completed", "purchase_made"])
def test_a_purchase_after_all_ends_it(kind: str) -> None:
    resolved = leave(f"{THREE_EXITS}\nday 101 12:00 {kind} site").versions[-1]
    assert (resolved.status, resolved.version, resolved.severity) == ("resolved", 2, "info")
    assert (resolved.summary, resolved.evidence, resolved.evidence_total) == (
        "Completed a purchase after all.",
        (0, 1, 2),
        3,
    )
    assert resolved.detected_at == at(101, "12:00")


def test_a_purchase_at_the_very_moment_of_the_last_exit_ends_it() -> None:
    assert statuses(leave(f"{THREE_EXITS}\nday 101 09:00 purchase_made site")) == ["open", "resolved"]


@pytest.mark.parametrize("kind", ["funnel_completed", "purchase_made"])
@pytest.mark.parametrize("when", ["day 99 10:00", "day 101 08:59"])
def test_a_late_purchase_from_before_the_last_exit_does_not_end_it(kind: str, when: str) -> None:
    assert statuses(leave(f"{THREE_EXITS}\n{when} {kind} site")) == ["open"]


def test_it_ends_seven_days_after_the_last_exit_and_not_earlier() -> None:
    made = leave(THREE_EXITS, until=at(108, "09:00"))
    assert statuses(made) == ["open"]
    made.pass_all(at(108, "09:00") + 1)
    assert statuses(made) == ["open", "resolved"]
    assert made.versions[-1].summary == "No further exit for 7 days."
    assert made.versions[-1].detected_at == at(108, "09:00")


def test_a_further_exit_puts_the_end_off_even_without_an_update() -> None:
    made = leave(f"{THREE_EXITS}\nday 105 09:00 funnel_exited site", until=at(130))
    assert [(each.status, each.detected_at) for each in made.versions[1:]] == [("resolved", at(112, "09:00"))]


def test_the_end_names_the_exits_from_the_start_of_the_spike_on_and_no_older_ones() -> None:
    made = leave(f"""
        day 90   10:00  funnel_exited     site
        day 90   10:05  funnel_completed  site
        {THREE_EXITS}
        day 105  09:00  funnel_exited     site
        day 105  10:00  funnel_completed  site
    """)
    assert [(each.status, each.evidence) for each in made.versions] == [
        ("open", (2, 3, 4)),
        ("resolved", (2, 3, 4, 5)),
    ]


def test_an_end_counts_the_exits_that_the_trail_has_lost() -> None:
    attempts = "\n".join(f"day 101 {9 + n // 60:02d}:{n % 60:02d} funnel_completed site id=c{n}" for n in range(1, 33))
    made = leave(f"{THREE_EXITS}\n{attempts}", silent_days=0)
    assert statuses(made) == ["open", "resolved"]
    rules = core("exit_spike")
    who = Stakeholder(0, 0)
    who.episodes = {"exit_spike": Episode((at(1), 1, "open", "warning", at(3), at(3), 3.0, None, 3))}
    ended = ExitSpike().overdue(who, at(10), Normal(rules.catalogue, rules.knobs))
    assert ended is not None
    assert (ended.evidence, ended.evidence_total) == ([], 3)


def test_a_late_exit_counts_in_the_24_hours_of_the_newest() -> None:
    made = leave("""
        day 100  15:00  funnel_exited  site
        day 101  09:00  funnel_exited  site
        day 100  10:00  funnel_exited  site
    """)
    assert [(each.status, each.evidence) for each in made.versions] == [("open", (2, 0, 1))]


def test_a_late_exit_from_before_a_completed_funnel_does_not_begin_anything() -> None:
    made = leave("""
        day 100  10:00  funnel_exited     site
        day 100  15:00  funnel_exited     site
        day 101  10:00  funnel_completed  site
        day 101  09:00  funnel_exited     site
    """)
    assert made.versions == []


def test_a_late_exit_from_before_its_end_does_not_begin_it_again() -> None:
    made = leave(f"{THREE_EXITS}\nday 101 12:00 purchase_made shop\nday 101 11:00 funnel_exited site")
    assert statuses(made) == ["open", "resolved"]


def test_exits_after_the_purchase_take_the_alert_up_again() -> None:
    made = leave(f"{THREE_EXITS}\nday 101 09:10 purchase_made shop\nday 101 09:20 funnel_exited site")
    assert [(each.status, each.version, each.started_at) for each in made.versions] == [
        ("open", 1, at(100, "10:00")),
        ("resolved", 2, at(100, "10:00")),
        ("open", 3, at(100, "10:00")),
    ]


def test_a_spike_after_the_end_is_a_new_alert() -> None:
    made = leave(f"""
        {THREE_EXITS}
        day 101  12:00  purchase_made  shop
        day 150  10:00  funnel_exited  site
        day 150  10:10  funnel_exited  site
        day 150  10:20  funnel_exited  site
    """)
    assert [(each.status, each.version, each.started_at) for each in made.versions[2:]] == [
        ("open", 1, at(150, "10:00"))
    ]


def test_an_open_alert_whose_exits_are_no_longer_known_still_ends() -> None:
    rules = core("exit_spike")
    normal = Normal(rules.catalogue, rules.knobs)
    who = Stakeholder(0, 0)
    who.episodes = {"exit_spike": Episode((at(1), 1, "open", "warning", at(3), at(3), 3, None, 3))}
    seen = decode(event(0, at(9), "page_viewed").value or b"")
    assert ExitSpike().deadline(who, seen, normal) == at(10)  # type: ignore[arg-type]
    late = decode(event(0, at(2), "purchase_made").value or b"")
    assert ExitSpike().assess(who, late, normal) is None  # type: ignore[arg-type]


def test_overdue_without_an_alert_says_nothing() -> None:
    rules = core("exit_spike")
    assert ExitSpike().overdue(Stakeholder(0, 0), 0, Normal(rules.catalogue, rules.knobs)) is None


@pytest.mark.parametrize(
    ("knob", "bad", "allowed"),
    [
        ("min_events", 1, "2 to 12"),
        ("cutoff", 0.6, "1e-09 to 0.5"),
        ("baseline_days", 89, "1 to 88"),
        ("prior_sessions", 0, "0.1 to 1000"),
        ("silent_days", 91, "0 to 90"),
        ("calm_days", 0, "1 to 90"),
        ("calibration", 0, "between 0 and 1"),
        ("calibration", 1, "between 0 and 1"),
    ],
)
def test_knobs_have_bounds(knob: str, bad: float, allowed: str) -> None:
    with pytest.raises(ValueError, match=f"^{knob} is {bad}; allowed: {allowed}$"):
        ExitSpike(**{knob: bad})  # type: ignore[arg-type]


def _rising(base: Fraction, steps: int) -> Fraction:
    product = Fraction(1)
    for step in range(steps):
        product *= base + step
    return product


def _tail(successes: int, trials: int, a: Fraction, b: Fraction) -> Fraction:
    """P(X >= successes) exactly: C(n, k) a^(k) b^(n-k) / (a+b)^(n) with rising factorials."""
    ways = (comb(trials, k) * _rising(a, k) * _rising(b, trials - k) for k in range(successes, trials + 1))
    return sum(ways, Fraction(0)) / _rising(a + b, trials)


weights = st.fractions(Fraction(1, 50), Fraction(400), max_denominator=50)


@given(trials=st.integers(0, 32), data=st.data(), a=weights, b=weights)
def test_the_tail_is_the_exact_fraction_to_nine_digits(
    trials: int, data: st.DataObject, a: Fraction, b: Fraction
) -> None:
    successes = data.draw(st.integers(0, trials))
    assert at_least(successes, trials, float(a), float(b)) == pytest.approx(
        float(_tail(successes, trials, a, b)), rel=1e-9
    )


@given(trials=st.integers(1, 32), a=weights, b=weights)
def test_the_tail_falls_with_every_success_and_begins_at_one(trials: int, a: Fraction, b: Fraction) -> None:
    chances = [at_least(successes, trials, float(a), float(b)) for successes in range(trials + 1)]
    assert chances[0] == pytest.approx(1.0)
    assert chances == sorted(chances, reverse=True)
    assert all(0.0 <= chance <= 1.0 for chance in chances)
