"""The sequential test of exits: what it finds, how it names it, when it is silent, and that only attempts decide."""

from __future__ import annotations

import json
import math
import random
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.drop_cells import Cell, Judged, odds, of_both, of_everybody, of_some
from detectors.drop_knobs import DropKnobs
from detectors.drops import MOST_STEPS, Drop, Drops
from detectors.windows import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

START = 1_700_006_400_000
KNOBS = DropKnobs()
MOBILE, DESKTOP = {"device": "mobile"}, {"device": "desktop"}


def facts(drop: Drop | None) -> tuple[object, ...] | None:
    return None if drop is None else tuple(getattr(drop, name) for name in drop.__slots__)


def feed(drops: Drops, trials: Iterable[tuple[int, str, bool, dict[str, str]]]) -> list[Drop]:
    found: list[Drop] = []
    for at, step, failed, segment in trials:
        while (drop := drops.advance(at)) is not None:
            found.append(drop)
        told = drops.take(at, step, segment, failed=failed)
        found += [] if told is None else [told]
    return found


def steady(days: range, *, every: int = 5, step: str = "payment") -> list[tuple[int, str, bool, dict[str, str]]]:
    """Eight attempts a day, half of them mobile, one in ``every`` of both left."""
    made = []
    for day in days:
        for number in range(8):
            count = day * 8 + number
            segment = MOBILE if number % 2 else DESKTOP
            made.append((START + day * DAY_MS + number * 3 * HOUR_MS, step, count // 2 % every == 0, segment))
    return made


def broken(days: range, *, of: dict[str, str] | None = MOBILE) -> list[tuple[int, str, bool, dict[str, str]]]:
    """The same, but all of a segment (None: everybody) leave."""
    return [(at, step, failed or of in (None, segment), segment) for at, step, failed, segment in steady(days)]


def warm(days: int = 60) -> Drops:
    drops = Drops(KNOBS)
    assert feed(drops, steady(range(days))) == []
    return drops


def copy(drops: Drops) -> Drops:
    return Drops.from_tuple(json.loads(json.dumps(drops.to_tuple())), drops.knobs)


def test_what_is_usual_is_a_shrunk_share_of_what_came() -> None:
    cell = Cell()
    cell.trials, cell.failures = 40.0, 8.0
    everybody = of_everybody(cell, scale=2.0)
    assert (everybody.share, everybody.weight) == (5 / 22, 22)
    child = of_some(("device", "mobile"), cell, scale=1.0, wider=0.5, shrinkage=20)
    assert (child.share, child.weight, child.depth) == ((8 + 10) / 60, 60, 1)
    same = [of_some(("device", "mobile"), cell, scale=1.0, wider=share, shrinkage=10) for share in (0.2, 0.35, 0.8)]
    assert [each.weight for each in same] == pytest.approx([50, 50, 50])
    few = of_some(("device", "mobile"), cell, scale=1.0, wider=0.02, shrinkage=10)
    assert few.weight == pytest.approx(40 + 10 * 0.16 / (0.02 * 0.98))
    two = (Judged(("a", "x"), cell, share, 9) for share in (0.5, 0.25))
    assert of_both(*two, Judged((), cell, 0.2, 9)) == pytest.approx(4 / 7)


def test_the_likelihoods_are_those_of_the_most_usual_odds_and_so_many_times_them() -> None:
    judged = Judged((), Cell(), 0.2, 99.0)
    usual = 1.25 * odds(0.2 + math.sqrt(0.2 * 0.8 / 100))
    before, after = usual / (1 + usual), 4 * usual / (1 + 4 * usual)
    assert judged.log_ratio(KNOBS, failed=True) == pytest.approx(math.log(after / before))
    assert judged.log_ratio(KNOBS, failed=False) == pytest.approx(math.log((1 - after) / (1 - before)))
    worse = 2.5 * 0.25 / (1 + 2.5 * 0.25)
    assert judged.log_recovery(KNOBS, failed=True) == pytest.approx(math.log(0.2 / worse))
    assert judged.log_recovery(KNOBS, failed=False) == pytest.approx(math.log(0.8 / (1 - worse)))


def test_almost_certain_exits_leave_the_odds_finite() -> None:
    assert Judged((), Cell(), 0.999, 5.0).usual_odds(1.0) == pytest.approx(odds(0.98))


@pytest.mark.parametrize("share", [0.97, 0.999, 1.0])
def test_where_nearly_all_leave_every_attempt_speaks_against_a_rise(share: float) -> None:
    judged = Judged((), Cell(), min(share, 1 - 1e-9), 30.0)
    assert judged.log_ratio(KNOBS, failed=True) == judged.log_ratio(KNOBS, failed=False) < 0


def test_a_page_that_everybody_leaves_is_no_alert_however_long_it_goes_on() -> None:
    assert feed(Drops(KNOBS), broken(range(200), of=None)) == []


def test_evidence_and_runs_are_those_of_the_formula_written_down_plainly() -> None:
    draw = random.Random(5)
    drops = Drops(KNOBS)
    at, n, k, m, c, waiting, slow, fast = START, 0.0, 0.0, 0.0, 0.0, [0, 0], 0.0, 0.0
    first = last = START
    for number in range(400):
        at += int(draw.expovariate(4) * DAY_MS)
        failed = draw.random() < (0.2 if number < 390 else 0.5)
        assert drops.take(at, "payment", {}, failed=failed) is None
        days = (at - last) / DAY_MS
        fade = 2 ** (-days / 30)
        n, k = n * fade, k * fade
        if number:
            slow += max(0.01, 1 / number) * (min(days, 3) - slow)
            fast += max(0.1, 1 / number) * (min(days, 3) - fast)
        first = at if not number else first
        last = at
        waiting = [waiting[0] + 1, waiting[1] + failed]
        if number >= 30 and at - first >= 7 * DAY_MS:
            p = (k + 1) / (n + 2)
            upper = p + math.sqrt(p * (1 - p) / (n + 3))
            null = 1.25 * upper / (1 - upper)
            ratio = math.log((4 if failed else 1) * (1 + null) / (1 + 4 * null))
            ratio *= min(1.0, 2 * fast / slow, 40 * slow)
            m = (m + 0.5 / 182 * slow) * math.exp(ratio)
            c = max(0.0, c + ratio)
        if c == 0:
            n, k, waiting = n + waiting[0], k + waiting[1], [0, 0]
        cell = drops.steps["payment"].cells[()]
        assert cell.evidence == pytest.approx(m)
        assert cell.run == pytest.approx(c, abs=1e-9)
        assert [cell.run_trials, cell.run_failures] == waiting
        assert cell.trials / drops.steps["payment"].fading.scale(at) == pytest.approx(n)
        assert cell.failures / drops.steps["payment"].fading.scale(at) == pytest.approx(k)


def test_nothing_is_raised_in_the_first_week_nor_before_thirty_attempts() -> None:
    assert feed(Drops(KNOBS), broken(range(7), of=None)) == []
    daily = [(START + day * DAY_MS, "payment", day >= 20, MOBILE) for day in range(30)]
    assert feed(Drops(KNOBS), daily) == []


def test_a_rise_in_one_segment_is_named_after_it_and_the_other_is_called_unchanged() -> None:
    drops = warm()
    first, *others = feed(drops, broken(range(60, 70)))
    assert (first.status, first.step, first.where) == ("open", "payment", MOBILE)
    assert first.unchanged == ["desktop"]
    assert START + 60 * DAY_MS <= first.since == first.started_at < first.at < START + 63 * DAY_MS
    assert first.failures == first.trials
    assert first.usual == pytest.approx(0.2, abs=0.02)
    assert first.usual < first.limit < 0.3
    assert others == []


def test_a_rise_for_everybody_is_named_after_nobody() -> None:
    [drop] = feed(warm(), broken(range(60, 66), of=None))
    assert (drop.where, drop.unchanged) == ({}, [])


def test_a_rise_where_two_segments_overlap_is_named_after_both() -> None:
    drops, draw = Drops(KNOBS), random.Random(1)
    both = {"device": "mobile", "browser": "safari"}
    trials = []
    for number in range(1200):
        segment = {"device": draw.choice(["mobile", "desktop"]), "browser": draw.choice(["safari", "chrome"])}
        failed = draw.random() < (0.95 if number >= 1000 and segment == both else 0.2)
        trials.append((START + number * 2 * HOUR_MS, "payment", failed, segment))
    found = feed(drops, trials)
    assert found[-1].where == both
    assert set(found[-1].unchanged) <= {"chrome", "desktop"}


def test_values_that_are_not_told_apart_are_in_no_pair() -> None:
    drops = Drops(DropKnobs(values=1))
    for number, device in enumerate(["mobile", "desktop", "mobile"]):
        drops.take(START + number, "payment", {"device": device, "os": "ios"}, failed=False)
    assert set(drops.steps["payment"].cells) == {
        (),
        ("device", "mobile"),
        ("os", "ios"),
        ("device", "other"),
        ("device", "mobile", "os", "ios"),
    }


def test_a_displaced_value_loses_its_cells() -> None:
    drops = Drops(DropKnobs(values=1))
    for number, device in enumerate(["mobile", "desktop", "desktop"]):
        drops.take(START + number, "payment", {"device": device, "os": "ios"}, failed=False)
    assert not [key for key in drops.steps["payment"].cells if "mobile" in key]


def test_while_an_alert_stands_its_step_says_nothing_new_and_learns_nothing() -> None:
    drops = warm()
    assert len(feed(drops, broken(range(60, 64)))) == 1
    usual = {key: (cell.trials, cell.failures) for key, cell in drops.steps["payment"].cells.items()}
    assert feed(drops, broken(range(64, 80))) == []
    assert {key: (cell.trials, cell.failures) for key, cell in drops.steps["payment"].cells.items()} == usual


def test_another_step_is_watched_all_the_same() -> None:
    drops = warm()
    assert feed(drops, steady(range(60), step="shipping")) == []
    feed(drops, broken(range(60, 64)))
    shipping = [(at, "shipping", failed, segment) for at, _, failed, segment in broken(range(64, 70))]
    assert [drop.step for drop in feed(drops, shipping)] == ["shipping"]


def test_a_better_name_is_an_update_of_the_alert() -> None:
    drops = warm()
    feed(drops, broken(range(60, 64)))
    episode = drops.steps["payment"].episode
    assert episode is not None
    episode.key = ()
    started_at = episode.started_at
    [drop] = feed(drops, broken(range(64, 67)))[:1]
    assert (drop.status, drop.where, drop.started_at) == ("updated", MOBILE, started_at)
    assert (episode.key, episode.trials, episode.recovery) != ((), 0, 0)


def test_two_weeks_after_the_alert_its_name_stays() -> None:
    drops = warm()
    feed(drops, broken(range(60, 63)))
    episode = drops.steps["payment"].episode
    assert episode is not None
    episode.raised_at -= 14 * DAY_MS
    episode.key = ("device", "desktop")
    assert feed(drops, broken(range(63, 64))) == []


def test_a_name_beyond_doubt_stays() -> None:
    drops = warm()
    feed(drops, broken(range(60, 63)))
    drops.steps["payment"].cells[()].evidence = 1e100
    episode = drops.steps["payment"].episode
    assert episode is not None
    episode.key = ()
    drops.steps["payment"].cells[("device", "mobile")].evidence = 1e150
    assert feed(drops, broken(range(63, 64))) == []


def test_the_alert_ends_when_as_few_leave_as_before_and_nothing_of_it_was_learnt() -> None:
    drops = warm()
    feed(drops, broken(range(60, 64)))
    [drop] = feed(drops, steady(range(64, 100), every=50))
    assert (drop.status, drop.why, drop.where) == ("resolved", "recovered", MOBILE)
    assert drop.at > START + 66 * DAY_MS
    cell = drops.steps["payment"].cells[("device", "mobile")]
    assert cell.failures / cell.trials < 0.25
    assert drops.steps["payment"].episode is None


def test_no_alert_ends_within_two_days() -> None:
    drops = warm()
    opened = next(told for trial in broken(range(60, 64)) for told in feed(drops, [trial]))
    stay = [(opened.at + number * HOUR_MS, "payment", False, MOBILE) for number in range(1, 48)]
    assert feed(drops, stay) == []
    assert [drop.why for drop in feed(drops, [(opened.at + 2 * DAY_MS, "payment", False, MOBILE)])] == ["recovered"]


def test_what_goes_on_for_four_weeks_becomes_the_usual() -> None:
    drops = warm()
    worse = [
        (at, step, failed or number % 4 == 1, segment)
        for number, (at, step, failed, segment) in enumerate(steady(range(60, 150)))
    ]
    opened, *updates, ended = feed(drops, worse)
    assert (opened.status, {update.status for update in updates} - {"updated"}) == ("open", set())
    assert (ended.why, ended.started_at, ended.where) == ("new_normal", opened.started_at, MOBILE)
    assert 28 * DAY_MS <= ended.at - opened.at < 29 * DAY_MS
    cell = drops.steps["payment"].cells[("device", "mobile")]
    assert 0.5 < cell.failures / cell.trials < 0.7


def test_four_weeks_are_not_enough_without_twenty_attempts() -> None:
    drops = warm()
    feed(drops, broken(range(60, 64)))
    weekly = [(START + (64 + 7 * week) * DAY_MS, "payment", True, MOBILE) for week in range(9)]
    assert feed(drops, weekly) == []


def test_the_usual_is_taken_from_forty_attempts_at_most() -> None:
    cell = Cell()
    cell.trials, cell.failures = 500.0, 100.0
    for number in range(80):
        cell.wait(START, failed=number % 2 == 0)
    cell.rebase(2.0)
    assert (cell.trials / 2, cell.failures / 2, cell.run_trials) == (40, 20, 0)
    cell.rebase(2.0)
    assert cell.trials == 0


def test_an_alert_about_nobody_ends_though_others_still_come() -> None:
    drops = warm()
    [opened] = feed(drops, broken(range(60, 64)))
    last = START + 63 * DAY_MS + 21 * HOUR_MS
    desktop = [trial for trial in steady(range(64, 100)) if trial[3] is DESKTOP]
    [drop] = feed(drops, desktop)
    assert (drop.why, drop.at, drop.started_at) == ("quiet", last + 28 * DAY_MS, opened.started_at)


def test_time_alone_ends_what_nobody_tries_any_more_once() -> None:
    drops = warm()
    feed(drops, broken(range(60, 64)))
    end = START + 63 * DAY_MS + 21 * HOUR_MS + 28 * DAY_MS
    assert drops.advance(end - 1) is None
    drop = drops.advance(end + 9 * DAY_MS)
    assert drop is not None
    assert (drop.why, drop.at) == ("quiet", end)
    assert drops.advance(end + 9 * DAY_MS) is None


def test_after_its_end_a_rise_is_a_new_alert() -> None:
    drops = warm()
    [first] = feed(drops, broken(range(60, 64)))
    feed(drops, steady(range(64, 100), every=50))
    [second] = feed(drops, broken(range(100, 104)))
    assert second.status == "open"
    assert second.started_at > first.at


def test_an_unknown_segment_is_judged_by_those_around_it() -> None:
    drops = warm()
    watch = [(START + 60 * DAY_MS + number * 7 * HOUR_MS, "payment", True, {"device": "watch"}) for number in range(20)]
    found = feed(drops, sorted([*watch, *steady(range(60, 65))], key=lambda trial: trial[0]))
    assert found[-1].where == {"device": "watch"}
    assert sorted(found[-1].unchanged) == ["desktop", "mobile"]


def test_who_is_seldom_seen_or_was_unlucky_as_well_is_not_called_unchanged() -> None:
    drops = warm()
    feed(drops, [(START + 60 * DAY_MS, "payment", False, {"device": "watch"})])
    desktop = drops.steps["payment"].cells[("device", "desktop")]
    desktop.run = 9.0
    found = feed(drops, broken(range(60, 64)))
    assert desktop.run > 1.5
    assert (found[0].where, found[0].unchanged) == (MOBILE, [])


def test_an_attempt_from_before_the_newest_counts_as_of_then() -> None:
    drops, late = warm(), warm()
    newest = drops.steps["payment"].last
    drops.take(newest, "payment", MOBILE, failed=True)
    late.take(newest - 5 * HOUR_MS, "payment", MOBILE, failed=True)
    assert late.steps["payment"].to_tuple() == drops.steps["payment"].to_tuple()


def test_ever_more_attempts_of_one_moment_are_no_evidence() -> None:
    drops = warm()
    step = drops.steps["payment"]
    step.slow = step.fast = 0.0  # as after 75,000 of them
    assert feed(drops, [(step.last, "payment", True, MOBILE)] * 300) == []


def test_a_burst_counts_less_and_so_does_a_flood() -> None:
    def evidence(knobs: DropKnobs, every_minutes: int) -> float:
        drops = Drops(knobs)
        feed(drops, steady(range(60)))
        minute = 60_000
        start = START + 60 * DAY_MS
        feed(drops, [(start + number * every_minutes * minute, "payment", True, MOBILE) for number in range(12)])
        return drops.steps["payment"].cells[("device", "mobile")].run

    assert evidence(KNOBS, 1) < evidence(KNOBS, 180)
    assert evidence(DropKnobs(full_weight=4), 180) < evidence(KNOBS, 180)


def test_a_lasting_growth_is_no_rise() -> None:
    drops = warm()
    draw = random.Random(2)
    at = float(START + 60 * DAY_MS)
    trials = []
    for number in range(3000):
        at += draw.expovariate(8 * 3 ** (number / 3000)) * DAY_MS
        trials.append((int(at), "payment", draw.random() < 0.2, draw.choice([MOBILE, DESKTOP])))
    assert feed(drops, trials) == []


def test_further_steps_are_not_watched() -> None:
    drops = Drops(KNOBS)
    for number in range(MOST_STEPS + 3):
        drops.take(START + number, f"step {number}", {}, failed=True)
    assert len(drops.steps) == MOST_STEPS


def test_centuries_are_survived() -> None:
    drops = Drops(DropKnobs(memory_days=7))
    feed(drops, [(at - START, step, failed, segment) for at, step, failed, segment in steady(range(20))])
    later = steady(range(20_000, 20_030))
    assert feed(drops, later) == []
    assert all(math.isfinite(number) for cell in drops.steps["payment"].cells.values() for number in cell.to_tuple())


TRIALS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, HOUR_MS, 5 * HOUR_MS, 3 * DAY_MS, 40 * DAY_MS]),
        st.sampled_from(["payment", "shipping"]),
        st.sampled_from([True, True, False]),
        st.fixed_dictionaries({}, optional={"device": st.sampled_from("mdtwxyz"), "os": st.sampled_from("ai")}),
    ),
    max_size=60,
)


@given(trials=TRIALS, cut=st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_a_restart_between_any_two_attempts_changes_nothing(
    trials: list[tuple[int, str, bool, dict[str, str]]], cut: int
) -> None:
    knobs = DropKnobs(learning_days=1, learning_trials=5, values=2, budget=100)
    kept, restarted = Drops(knobs), Drops(knobs)
    at = START
    for number, (ahead, step, failed, segment) in enumerate([*[(8 * HOUR_MS, "payment", False, {})] * 12, *trials]):
        if number == cut + 12:
            restarted = copy(restarted)
        at += ahead
        assert facts(restarted.advance(at)) == facts(kept.advance(at))
        assert facts(restarted.take(at, step, segment, failed=failed)) == facts(
            kept.take(at, step, segment, failed=failed)
        )
    assert restarted.to_tuple() == kept.to_tuple()


def test_the_state_is_bounded_however_many_segments_come() -> None:
    drops, draw = Drops(DropKnobs(values=3, dimensions=3)), random.Random(4)
    for number in range(3000):
        segment = {f"d{draw.randrange(9)}": f"v{draw.randrange(999)}" for _ in range(4)}
        drops.take(START + number * HOUR_MS, "payment", segment, failed=draw.random() < 0.3)
    assert len(drops.steps["payment"].cells) <= 1 + 3 * 4 + 3 * 9
    assert len(json.dumps(drops.to_tuple())) < 20_000


@pytest.mark.parametrize("name", DropKnobs.LIMITS)
def test_every_knob_has_a_range_and_names_it(name: str) -> None:
    low, high = DropKnobs.LIMITS[name]
    assert getattr(DropKnobs(**{name: low}), name) == low  # type: ignore[arg-type]
    for bad in (low - 0.01, high * 2, math.nan, "much"):
        with pytest.raises(
            ValueError, match=re.escape(f"{name} must be a number from {low:g} to {high:g}, not {bad!r}")
        ):
            DropKnobs(**{name: bad})  # type: ignore[arg-type]


def test_every_knob_is_listed_with_its_range() -> None:
    assert set(DropKnobs.LIMITS) == set(DropKnobs.__dataclass_fields__) - {"LIMITS"}
