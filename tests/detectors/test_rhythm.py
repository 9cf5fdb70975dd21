"""The rhythm of purchases: its recurrence, lateness, merges, and what the population learns."""

import random
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.rhythm import (
    BINS,
    BINS_PER_DOUBLING,
    DAY_MS,
    EDGES,
    SCALE_UNIT,
    Population,
    Rhythm,
    RhythmKnobs,
)

R = 2.0 ** (-0.25)
START = 1_700_000_000_000
HALF_DAY = DAY_MS // 2
instants = st.integers(START, START + 400 * DAY_MS) | st.integers(START, START + 3 * DAY_MS)
histories = st.lists(instants, min_size=1, max_size=24)
EXACT = 1e-9


def days(*gaps: float) -> list[int]:
    """Turn gaps into purchase times, the first at START."""
    times = [START]
    for gap in gaps:
        times.append(times[-1] + round(gap * DAY_MS))
    return times


def fed(times: list[int], population: Population | None = None) -> Rhythm:
    population = Population() if population is None else population
    rhythm = Rhythm()
    for at_ms in times:
        population.observe(rhythm, at_ms)
    return rhythm


def distinct(times: list[int]) -> list[int]:
    starts: list[int] = []
    for at_ms in sorted(times):
        if not starts or at_ms - starts[-1] > HALF_DAY:
            starts.append(at_ms)
    return starts


def assert_same(rhythm: Rhythm, other: Rhythm) -> None:
    assert (rhythm.first, rhythm.last, rhythm.count) == (other.first, other.last, other.count)
    assert rhythm.n == pytest.approx(other.n, rel=EXACT, abs=1e-12)
    assert rhythm.a == pytest.approx(other.a, rel=EXACT, abs=1e-12)


def assert_bookkeeping(population: Population, rhythms: list[Rhythm]) -> None:
    settled = [rhythm for rhythm in rhythms if rhythm.n >= 1 + R - EXACT]
    assert population.people == len(settled)
    assert population.scale_sum == sum(int(rhythm.own_scale() * SCALE_UNIT) for rhythm in settled)


@given(histories)
def test_the_recurrence_is_the_decayed_sum_over_distinct_purchases(times: list[int]) -> None:
    rhythm = fed(sorted(times))
    starts = distinct(times)
    gaps = [(late - early) / DAY_MS for early, late in pairwise(starts)]
    weights = [R**age for age in range(len(gaps))]
    assert (rhythm.first, rhythm.last, rhythm.count) == (starts[0], starts[-1], len(starts))
    assert rhythm.n == pytest.approx(sum(weights), rel=EXACT)
    assert rhythm.a == pytest.approx(sum(w * g * g for w, g in zip(weights, reversed(gaps), strict=True)), rel=EXACT)


def test_a_purchase_within_half_a_day_moves_nothing() -> None:
    population = Population()
    rhythm = fed(days(10))
    before = rhythm.to_tuple()
    assert not population.observe(rhythm, rhythm.last + HALF_DAY)
    assert rhythm.to_tuple() == before
    assert population.observe(rhythm, rhythm.last + HALF_DAY + 1)


def test_half_days_are_measured_from_the_beginning_of_the_purchase() -> None:
    assert fed(days(0.4, 0.4)).count == 2


def test_the_scale_is_the_formula_worked_by_hand() -> None:
    population = Population()
    rhythm = fed(days(8), population)
    assert population.typical_days() == 30.0
    assert population.scale(rhythm) == pytest.approx(sqrt((64 + 2 * 2 * 900) / 3 / 2))
    population.observe(rhythm, rhythm.last + 8 * DAY_MS)
    own = 8 / sqrt(2)
    assert rhythm.own_scale() == pytest.approx(own)
    assert population.typical_days() == pytest.approx((150 + own) / 6, abs=1e-6)


def test_a_regulars_scale_is_at_most_twice_their_own() -> None:
    population = Population()
    rhythm = fed(days(2, 2, 2), population)
    assert population.scale(rhythm) == pytest.approx(2 * 2 / sqrt(2))


def test_there_is_no_deadline_before_three_gaps() -> None:
    population = Population()
    rhythm = Rhythm()
    assert population.scale(rhythm) == 30.0
    for at_ms in days(10, 10):
        population.observe(rhythm, at_ms)
        assert population.deadline(rhythm) is None
        assert not population.is_regular(rhythm)
    population.observe(rhythm, rhythm.last + 10 * DAY_MS)
    assert population.is_regular(rhythm)
    assert population.deadline(rhythm) == rhythm.last + int(4.0 * population.scale(rhythm) * DAY_MS)


def test_a_long_gap_that_ended_puts_the_next_deadline_off() -> None:
    population = Population(RhythmKnobs(fixed_multiplier=3.0))
    even, broken = fed(days(*[7] * 8), population), fed(days(*[7] * 6, 40, 7), population)
    assert population.scale(broken) > 1.5 * population.scale(even)


@given(histories, st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_rhythm_while_the_times_are_known(
    times: list[int], order: random.Random
) -> None:
    shuffled = list(times)
    order.shuffle(shuffled)
    population, rhythm, seen = Population(), Rhythm(), list[int]()
    for at_ms in shuffled:
        if rhythm.count and at_ms < rhythm.last:
            assert population.insert_late(rhythm, at_ms, seen)
        else:
            population.observe(rhythm, at_ms)
        seen = sorted([*seen, at_ms])
    assert_same(rhythm, fed(sorted(times)))
    assert_bookkeeping(population, [rhythm])


@given(st.lists(instants, min_size=3, max_size=24, unique=True), st.integers(1, 20), st.data())
def test_a_late_purchase_among_the_newest_known_ones_is_put_into_its_place(
    times: list[int], known: int, data: st.DataObject
) -> None:
    starts = distinct(times)
    recent = [at_ms for at_ms in sorted(times) if at_ms >= starts[-known:][0]]
    late = data.draw(st.integers(recent[0], recent[-1]))
    population = Population()
    rhythm = fed(sorted(times), population)
    assert population.insert_late(rhythm, late, recent)
    assert_same(rhythm, fed(sorted([*times, late])))
    assert_bookkeeping(population, [rhythm])


def test_the_list_of_known_times_is_left_as_it_is() -> None:
    recent = days(10, 10, 10)
    rhythm = fed(recent)
    Population().insert_late(rhythm, START + 5 * DAY_MS, recent)
    assert recent == days(10, 10, 10)


@pytest.mark.parametrize("recent", [[], days(10, 10, 10)[2:], days(10, 10, 9.7)])
def test_before_the_known_times_only_the_first_purchase_moves(recent: list[int]) -> None:
    population = Population()
    rhythm = fed(days(10, 10, 10), population)
    first, *rest = rhythm.to_tuple()
    for late in (START + DAY_MS, START - DAY_MS):
        assert not population.insert_late(rhythm, late, recent)
        assert rhythm.to_tuple() == (min(first, late), *rest)


def test_observing_a_late_purchase_moves_at_most_the_first() -> None:
    rhythm = fed([*days(10, 10), START - DAY_MS, START + DAY_MS])
    assert rhythm.to_tuple() == (START - DAY_MS, *fed(days(10, 10)).to_tuple()[1:])


def test_two_purchases_observed_in_the_wrong_order_are_put_right() -> None:
    assert_same(fed(days(10)[::-1]), fed(days(10)))


def test_a_persons_very_first_purchase_is_never_late() -> None:
    rhythm = Rhythm()
    assert Population().insert_late(rhythm, START, [])
    assert rhythm.to_tuple() == fed([START]).to_tuple()


def test_late_purchases_teach_the_multiplier_nothing() -> None:
    population = Population()
    recent = days(*[10] * 8)
    rhythm = fed(recent, population)
    before = population.to_tuple()[2:]
    population.insert_late(rhythm, START + 5 * DAY_MS, recent)
    assert population.to_tuple()[2:] == before


@given(histories, st.integers(HALF_DAY + 1, 100 * DAY_MS), histories)
def test_merging_disjoint_histories_equals_replaying_them(early: list[int], apart: int, late: list[int]) -> None:
    shift = max(early) + apart - min(late)
    # a repeat of the last early purchase may reach beyond its beginning: the gap is measured from the beginning
    early, late = distinct(early), [at_ms + shift for at_ms in late]
    population = Population()
    one, other = fed(early), fed(sorted(late))
    for merged in (population.merged(one, other), population.merged(other, one)):
        assert_same(merged, fed(sorted(early + late)))
    assert population.people == 0


def test_histories_that_meet_within_half_a_day_share_that_purchase() -> None:
    population = Population()
    early = fed(days(10, 10))
    single = Rhythm(early.last + HALF_DAY, early.last + HALF_DAY, 0.0, 0.0, 1)
    assert population.merged(early, single).to_tuple() == early.to_tuple()
    more = fed([at_ms + 20 * DAY_MS + HALF_DAY for at_ms in days(10)])
    merged = population.merged(early, more)
    assert (merged.last, merged.count) == (more.last, 4)
    assert merged.n == pytest.approx(fed(days(10, 10, 10)).n)


def test_merging_with_nobody_gives_a_copy() -> None:
    population, rhythm = Population(), fed(days(10, 10))
    for merged in (population.merged(rhythm, Rhythm()), population.merged(Rhythm(), rhythm)):
        assert merged.to_tuple() == rhythm.to_tuple()
        assert merged is not rhythm
    assert population.merged(Rhythm(), Rhythm()).count == 0


def test_interleaved_histories_add_their_rates() -> None:
    population = Population()
    one = fed(days(*[10] * 6))
    other = fed([at_ms + 5 * DAY_MS for at_ms in days(*[20] * 4)])
    merged = population.merged(one, other)
    assert 1 / merged.own_scale() == pytest.approx(1 / one.own_scale() + 1 / other.own_scale())
    assert (merged.first, merged.last, merged.count) == (one.first, other.last, 12)
    assert merged.n <= 1 / (1 - R)


def test_one_purchase_amid_another_history_leaves_its_scale() -> None:
    one = fed(days(*[10] * 6))
    merged = Population().merged(one, fed([START + 15 * DAY_MS]))
    assert merged.own_scale() == pytest.approx(one.own_scale())
    assert merged.count == one.count + 1


def test_interleaved_histories_without_a_known_gap_have_no_scale() -> None:
    one = Rhythm(START - 9 * DAY_MS, START, 0.0, 0.0, 1)
    assert Population().merged(one, fed([START - DAY_MS])).own_scale() == 0.0


@given(histories)
def test_replaying_needs_no_order_and_learns_nothing(times: list[int]) -> None:
    population = Population()
    assert_same(population.replayed(times), fed(sorted(times)))
    assert population.to_tuple() == Population().to_tuple()


def test_replaying_nothing_is_an_empty_rhythm() -> None:
    assert Population().replayed([]).to_tuple() == Rhythm().to_tuple()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40 * DAY_MS)), max_size=120))
def test_the_sum_of_scales_never_drifts(purchases: list[tuple[int, int]]) -> None:
    population, rhythms, now = Population(), [Rhythm() for _ in range(5)], START
    for person, wait in purchases:
        now += wait
        population.observe(rhythms[person], now)
    assert_bookkeeping(population, rhythms)
    for rhythm in rhythms:
        population.forget(rhythm)
    assert (population.people, population.scale_sum) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40 * DAY_MS)), max_size=200), st.integers(0, 200))
def test_a_restart_between_any_two_purchases_changes_nothing(purchases: list[tuple[int, int]], at: int) -> None:
    def run(stop: int | None) -> tuple[object, ...]:
        population, rhythms, now = Population(RhythmKnobs(relearn_gaps=4)), [Rhythm() for _ in range(3)], START
        for i, (person, wait) in enumerate(purchases):
            if i == stop:
                population = Population.from_tuple(population.to_tuple(), RhythmKnobs(relearn_gaps=4))
                rhythms = [Rhythm.from_tuple(rhythm.to_tuple()) for rhythm in rhythms]
            now += wait
            population.observe(rhythms[person], now)
        return population.to_tuple(), [(rhythm.to_tuple(), population.deadline(rhythm)) for rhythm in rhythms]

    assert run(at) == run(None)


def test_a_stored_histogram_of_another_size_is_refused() -> None:
    state = Population().to_tuple()
    with pytest.raises(ValueError, match="has 3 bins: allowed are 64"):
        Population.from_tuple((*state[:5], (0, 0, 0)))


def silences_over(bins: list[int], multiplier: float) -> float:
    """Count the relative gaps beyond a multiplier, evenly spread inside their bin."""
    total = 0.0
    for count, low, high in zip(bins, EDGES[:-1], EDGES[1:], strict=True):
        total += count * min(1.0, max(0.0, (high - multiplier) / (high - low)))
    return total


def learnt(gaps: list[float], knobs: RhythmKnobs) -> Population:
    """Show a population these relative gaps of months of 30 days, all of one regular person."""
    population = Population(knobs)
    for relative in gaps:
        population._learn(30.0 * relative, relative)
    return population


@given(st.lists(st.floats(0.01, 40.0), min_size=8, max_size=300), st.floats(0.005, 0.3))
def test_the_multiplier_is_the_smallest_that_keeps_to_the_rate(gaps: list[float], rate: float) -> None:
    population = learnt(gaps, RhythmKnobs(false_alarms=rate, relearn_gaps=1, prior_months=20))

    def over_budget(multiplier: float) -> float:
        alarms = silences_over(population.bins, multiplier) + rate * 20 * (4.0 / multiplier) ** 3
        return alarms - rate * (population.exposure + 20)

    c = population.multiplier
    assert 1.5 <= c <= 12.0
    assert c == 12.0 or over_budget(c) <= 1e-6
    assert c == 1.5 or over_budget(c * (1 - 1e-6)) > -1e-6


def test_an_unsettled_multiplier_is_the_prior_one() -> None:
    assert learnt([1.0] * 63, RhythmKnobs()).multiplier == 4.0
    assert learnt([1.0] * 64, RhythmKnobs()).multiplier < 4.0


def test_steady_buyers_bring_the_multiplier_down_to_the_least_and_erratic_ones_up_to_the_most() -> None:
    assert learnt([1.0] * 64_000, RhythmKnobs()).multiplier == 1.5
    assert learnt([15.9, 100.0] * 640, RhythmKnobs(false_alarms=0.001)).multiplier == 12.0
    assert learnt([0.001] * 64, RhythmKnobs(least_multiplier=1.0, prior_months=1e-6)).multiplier == 1.0


def test_relative_gaps_fall_into_their_eighth_of_a_doubling() -> None:
    population = learnt([1.0, 2.0 ** (1 / BINS_PER_DOUBLING) + 1e-9, 1e-9, 1e9], RhythmKnobs())
    assert [i for i, count in enumerate(population.bins) if count] == [0, 32, 33, BINS - 1]


def test_only_gaps_of_regular_buyers_are_learnt_from() -> None:
    population = Population()
    fed(days(10, 10, 10, 15, 30), population)
    assert (population.gaps, sum(population.bins)) == (2, 2)
    assert population.exposure == pytest.approx(1.5)


@pytest.mark.parametrize("shape", ["even", "exponential", "bursts"])
def test_false_alarms_stay_near_the_knob_in_a_simulated_shop(shape: str) -> None:
    draw = random.Random(7)
    population, people = Population(), []
    for _ in range(300):
        pace, now, times = draw.uniform(2.0, 30.0), START + draw.uniform(0, 60) * DAY_MS, []
        while now < START + 720 * DAY_MS:
            times.append(int(now))
            factor = {"even": draw.uniform(0.8, 1.2), "exponential": draw.expovariate(1.0)}.get(shape)
            now += pace * DAY_MS * (draw.choice((0.3, 0.3, 2.4)) if factor is None else factor)
        people.append((Rhythm(), times))
    false, months = 0, 0.0
    for at_ms, rhythm in sorted(((at, rhythm) for rhythm, times in people for at in times), key=lambda pair: pair[0]):
        deadline, last = population.deadline(rhythm), rhythm.last
        if population.observe(rhythm, at_ms) and deadline is not None:
            false += at_ms > deadline
            months += (at_ms - last) / DAY_MS / 30
    assert months > 4_000
    assert false / months < 0.06
    if shape == "exponential":
        assert false / months > 0.02


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40 * DAY_MS)), max_size=150))
def test_with_a_fixed_multiplier_no_person_depends_on_another(purchases: list[tuple[int, int]]) -> None:
    knobs = RhythmKnobs(fixed_multiplier=2.5, fixed_scale_days=12.0, relearn_gaps=1)
    together, rhythms, now = Population(knobs), [Rhythm() for _ in range(4)], START
    own: list[list[int]] = [[] for _ in range(4)]
    for person, wait in purchases:
        now += wait
        own[person].append(now)
        together.observe(rhythms[person], now)
    for rhythm, times in zip(rhythms, own, strict=True):
        alone = Population(knobs)
        assert fed(times, alone).to_tuple() == rhythm.to_tuple()
        assert alone.deadline(rhythm) == together.deadline(rhythm)
    assert together.to_tuple() == Population(knobs).to_tuple()


def test_a_fixed_multiplier_alone_keeps_the_prior_scale() -> None:
    population = Population(RhythmKnobs(fixed_multiplier=2.5, prior_days=9.0))
    fed(days(*[20] * 9), population)
    assert (population.typical_days(), population.multiplier) == (9.0, 2.5)


def test_a_fixed_multiplier_overrules_a_stored_one() -> None:
    state = learnt([1.0] * 6400, RhythmKnobs()).to_tuple()
    assert Population.from_tuple(state, RhythmKnobs(fixed_multiplier=7.0)).multiplier == 7.0
    assert Population.from_tuple(state).multiplier == state[4]


FLOAT_KNOBS = (
    "false_alarms", "half_life_gaps", "shrinkage", "prior_days", "prior_people", "prior_months",
    "same_purchase_days", "fixed_multiplier", "fixed_scale_days",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in FLOAT_KNOBS for value in (0.0, -1.0, float("nan"), float("inf"))]
    + [("relearn_gaps", 0), ("relearn_gaps", -1)],
)
def test_a_bad_knob_is_named_with_its_value(name: str, value: float) -> None:
    changed: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=rf"^{name} is {value!r}(\.0)?: allowed"):
        replace(RhythmKnobs(), **changed)


@pytest.mark.parametrize(("least", "prior", "most"), [(0.9, 4, 12), (5, 4, 12), (1.5, 13, 12), (1.5, 4, 16.1)])
def test_multipliers_must_ascend_within_the_histogram(least: float, prior: float, most: float) -> None:
    with pytest.raises(ValueError, match="allowed are ascending numbers from 1 to 16"):
        RhythmKnobs(least_multiplier=least, prior_multiplier=prior, most_multiplier=most)


def test_a_fixed_scale_without_a_fixed_multiplier_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^fixed_scale_days is 9.0: allowed only with a fixed_multiplier"):
        RhythmKnobs(fixed_scale_days=9.0)
