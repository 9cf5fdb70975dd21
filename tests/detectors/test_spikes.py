"""The detector of bursts: what it finds, what it leaves alone, and that only the counts decide."""

from __future__ import annotations

import json
import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.spike_knobs import SpikeKnobs
from detectors.spikes import ROW_MS, ROWS_A_DAY, Spike, Spikes

DAY_MS = ROW_MS * ROWS_A_DAY
LONGEST_GAP = 14 * ROWS_A_DAY


def daily(seed: int, days: int, level: float) -> list[int]:
    """Noisy counts with a daily swing of half their level."""
    draw = random.Random(seed)
    means = [level * (1 + 0.5 * math.sin(2 * math.pi * row / ROWS_A_DAY)) for row in range(days * ROWS_A_DAY)]
    return [max(0, round(draw.gauss(mean, math.sqrt(mean)))) for mean in means]


def run(spikes: Spikes, counts: list[int], first: int = 0) -> list[Spike]:
    """Push one row after the other and close the last."""
    answers = [spikes.push(first + row, count) for row, count in enumerate([*counts, 0])]
    return [spike for spike in answers if spike is not None]


def facts(spike: Spike | None) -> tuple[float, ...] | None:
    if spike is None:
        return None
    return (
        spike.row,
        spike.started_row,
        spike.count,
        spike.expected,
        spike.least,
        spike.score,
        spike.threshold,
    )


def warm(level: float = 20) -> Spikes:
    """A series that has learnt three days; its open row is 864."""
    spikes = Spikes()
    assert run(spikes, daily(1, 3, level)) == []
    return spikes


def copy(spikes: Spikes) -> Spikes:
    return Spikes.from_tuple(json.loads(json.dumps(spikes.to_tuple())), spikes.knobs)


def test_alerts_and_scores_are_those_of_the_formula_written_down_plainly() -> None:
    counts = daily(7, 6, 20)
    for start, factor in ((900, 6), (1000, 4), (1100, 40), (1500, 6)):
        for row in range(start, start + 4):
            counts[row] *= factor
    spikes = run(Spikes(), counts)
    assert [spike.row for spike in spikes] == [row for row, *_ in plain(counts)]
    assert len(spikes) == 3
    for spike, (_, score, expected) in zip(spikes, plain(counts), strict=True):
        assert spike.score == pytest.approx(score, rel=1e-12)
        assert spike.expected == pytest.approx(expected, rel=1e-12)


def plain(counts: list[int]) -> list[tuple[int, float, float]]:
    """The method as one loop over local names, to hold the class against."""
    a, d, quick = 1 - 2 ** (-1 / 2016), 2 ** (-1 / 2016), 1 - 2**-0.5
    slot, v, total, above, excess, last, peak, alerts = [0.0] * 24, 0.0, 0.0, 0.0, 0.0, -1000, 0.0, []
    m = smooth = (counts[0] + 3) ** 0.25
    for n, x in enumerate(counts):
        smooth += quick * ((x + 3) ** 0.25 - smooth)
        j, f = n % 288 // 12, n % 12 / 12
        k = (j + 1) % 24
        base = m + (1 - f) * slot[j] + f * slot[k]
        sc = max(1.2533 * v, 0.07)
        z, s = (smooth - base) / sc, 0.0
        if z > 2:
            beta = (excess + 20 * 0.7) / (above + 20)
            s = -math.log10((above + 20) / (total + 1000)) + (z - 2) / beta / math.log(10)
        if s >= 2.4 and n >= 288 and (n - last > 288 or s >= peak + 1):
            last, peak = n, s
            alerts.append((n, s, base**4 - 3))
        r = (x + 3) ** 0.25 - base
        w = a if n >= 288 else max(a, 1 / (n + 1))
        r = max(-4 * sc, min(4 * sc, r)) if n >= 288 else r
        slot[j] += 0.005 * (1 - f) * r
        slot[k] += 0.005 * f * r
        m += w * r
        v += w * (abs(r) - v)
        if n >= 144:
            total, above, excess = total * d + 1, above * d + (z > 2), excess * d + max(z - 2, 0)
    return alerts


@given(seed=st.integers(0, 10_000), level=st.integers(10, 300), at=st.integers(400, 1100))
@settings(max_examples=25, deadline=None)
def test_a_burst_of_eight_times_the_usual_is_found_within_half_an_hour(seed: int, level: int, at: int) -> None:
    counts = daily(seed, 4, level)
    for row in range(at, at + 6):
        counts[row] = 8 * level
    assert any(at <= spike.row < at + 6 for spike in run(Spikes(SpikeKnobs(cooldown_hours=0)), counts))


def test_an_alert_says_what_is_usual_and_what_was_needed() -> None:
    spikes = warm()
    spikes.push(864, 500)
    spike = spikes.push(865, 0)
    assert spike is not None
    assert (spike.row, spike.started_row, spike.count, spike.threshold) == (864, 864, 500, 2.4)
    assert spike.expected == pytest.approx(20, rel=0.2)
    assert spike.expected < spike.least < 500
    assert spike.score > 2.4


@pytest.mark.parametrize("level", [1, 20, 400])
def test_the_least_count_is_the_smallest_that_raises_the_alert(level: int) -> None:
    spikes = warm(level)
    least = run(copy(spikes), [level * 50], 864)[0].least
    assert run(copy(spikes), [math.ceil(least)], 864)
    assert not run(copy(spikes), [math.ceil(least) - 1], 864)


def test_the_least_count_is_one_mention_where_the_rise_before_would_have_sufficed() -> None:
    spikes = warm()
    spikes.knobs = SpikeKnobs(threshold=20)
    assert run(spikes, [500] * 3, 864) == []
    spikes.knobs = SpikeKnobs()
    assert [spike.least for spike in run(spikes, [300], 867)] == [1]


def test_a_threshold_below_the_rate_of_exceedances_asks_only_for_an_exceedance() -> None:
    spikes = Spikes(SpikeKnobs(threshold=0.5, tail_rate=0.5))
    counts = daily(3, 2, 20)
    found = run(spikes, [*counts[:-1], 150])
    assert all(1 <= spike.least <= spike.count for spike in found)
    assert found[-1].score >= 0.5


def test_nothing_is_raised_on_the_first_day() -> None:
    assert run(Spikes(), [5] * 280 + [5000] * 8) == []


def test_a_day_of_cooldown_swallows_a_second_burst_of_the_same_height() -> None:
    spikes = warm()
    burst = [20] * 5 + [500] + [20] * 50
    first = run(spikes, burst, 864)
    assert len(first) == 1
    assert run(spikes, burst, spikes.row) == []


def test_a_much_higher_burst_breaks_the_cooldown_and_keeps_the_start_of_the_episode() -> None:
    spikes = warm()
    found = run(spikes, [500, *[20] * 50, 9000], 864)
    assert [spike.row for spike in found] == [864, 915]
    assert [spike.started_row for spike in found] == [864, 864]
    assert found[1].threshold == found[0].score + 1
    assert found[1].score >= found[1].threshold


@given(seed=st.integers(0, 1000), bursts=st.lists(st.integers(300, 1400), max_size=12))
@settings(max_examples=40, deadline=None)
def test_two_alerts_within_a_day_differ_by_the_escalation(seed: int, bursts: list[int]) -> None:
    counts = daily(seed, 5, 15)
    for size, row in enumerate(bursts):
        counts[row] += 60 * (size + 1)
    for before, after in pairwise(run(Spikes(), counts)):
        assert after.row - before.row > ROWS_A_DAY or after.score >= before.score + 1
        assert (after.started_row == after.row) == (after.row - before.row > ROWS_A_DAY)


def test_the_cooldown_includes_its_last_row() -> None:
    assert len(run(warm(), [500, *daily(2, 1, 20)[1:], 900], 864)) == 1


def test_after_the_cooldown_a_new_episode_begins() -> None:
    spikes = warm()
    found = run(spikes, [500, *daily(2, 1, 20), 900], 864)
    assert [spike.started_row for spike in found] == [864, 864 + 289]


@given(history=st.lists(st.integers(0, 400), max_size=60), silence_days=st.integers(1, 40), stride=st.integers(1, 5000))
@settings(max_examples=30, deadline=None)
def test_zeros_never_raise_an_alert_whatever_came_before(history: list[int], silence_days: int, stride: int) -> None:
    spikes = warm(40)
    run(spikes, history, 864)
    end = spikes.row + silence_days * ROWS_A_DAY
    for row in range(spikes.row + 1, end, stride):
        assert spikes.push(row, 0) is None


def test_the_fading_of_a_burst_raises_nothing_on_rows_without_mentions() -> None:
    assert run(Spikes(), [5] * 286 + [5000, 5000] + [0] * 10) == []
    assert [spike.row for spike in run(Spikes(), [5] * 286 + [5000, 5000] + [0, 0, 1])] == [290]


def test_a_series_that_never_had_a_mention_stays_quiet() -> None:
    assert run(Spikes(), [0] * 30 * ROWS_A_DAY) == []


STEPS = st.lists(st.tuples(st.sampled_from([0, 0, 1, 1, 1, 2, 40, 300, 5000]), st.integers(0, 300)), max_size=60)


@given(steps=STEPS, cut=st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_a_restart_between_any_two_counts_changes_nothing(steps: list[tuple[int, int]], cut: int) -> None:
    kept = warm()
    restarted = warm()
    row = 864
    for number, (ahead, count) in enumerate(steps):
        if number == cut:
            restarted = copy(restarted)
        row += ahead
        assert facts(restarted.push(row, count)) == facts(kept.push(row, count))
    assert restarted.to_tuple() == kept.to_tuple()


@given(counts=st.lists(st.integers(0, 200), min_size=1, max_size=40), data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_split_of_a_row_into_mentions_and_clock_moves_gives_the_same(
    counts: list[int], data: st.DataObject
) -> None:
    whole, split = warm(), warm()
    expected = run(whole, counts, 864)
    found = []
    for row, count in enumerate(counts, 864):
        parts = data.draw(st.lists(st.integers(0, count), max_size=4).map(sorted))
        edges = [0, *parts, count]
        for low, high in pairwise(edges):
            at_ms = row * ROW_MS + data.draw(st.integers(0, ROW_MS - 1))
            found += [split.add(at_ms, high - low), split.advance(at_ms)]
    found.append(split.advance((864 + len(counts)) * ROW_MS))
    assert [facts(spike) for spike in found if spike] == [facts(spike) for spike in expected]
    assert split.to_tuple() == whole.to_tuple()


@given(steps=STEPS)
@settings(max_examples=30, deadline=None)
def test_the_state_never_grows(steps: list[tuple[int, int]]) -> None:
    spikes = warm()
    size = len(spikes.to_tuple())
    row = 864
    for ahead, count in steps:
        row += ahead
        spikes.push(row, count)
    assert len(spikes.to_tuple()) == size
    assert len(spikes.slots) == 24


def test_rows_left_out_count_as_zero() -> None:
    filled, skipped = warm(), warm()
    run(filled, [30] + [0] * (LONGEST_GAP - 1), 864)
    skipped.push(864, 30)
    skipped.push(864 + LONGEST_GAP, 0)
    assert skipped.to_tuple() == filled.to_tuple()


def test_a_gap_longer_than_two_weeks_starts_the_learning_afresh() -> None:
    spikes, new = warm(), Spikes()
    row = 864 + LONGEST_GAP + 1
    spikes.push(row, 9)
    new.push(row, 9)
    assert spikes.to_tuple() == new.to_tuple()


def test_the_row_before_a_long_gap_can_still_raise_its_alert() -> None:
    spikes = warm()
    spikes.push(864, 500)
    spike = spikes.push(864 + 100 * ROWS_A_DAY, 1)
    assert spike is not None
    assert spike.row == 864


def test_a_mention_counts_by_default_as_one_and_late_ones_are_ignored_once_the_row_is_closed() -> None:
    spikes = Spikes()
    spikes.add(DAY_MS + 10)
    spikes.add(DAY_MS)
    assert spikes.pending == 2
    spikes.advance(DAY_MS + ROW_MS - 1)
    assert spikes.pending == 2
    spikes.advance(DAY_MS + ROW_MS)
    before = spikes.to_tuple()
    assert spikes.add(DAY_MS + ROW_MS - 1) is None
    assert spikes.advance(DAY_MS) is None
    assert spikes.to_tuple() == before


@pytest.mark.parametrize("count", [-5, math.nan, -math.inf])
def test_a_count_that_is_none_counts_as_zero(count: float) -> None:
    spikes = Spikes()
    spikes.push(1, count)
    assert spikes.pending == 0


def test_an_infinite_count_is_cut_and_the_state_stays_finite() -> None:
    spikes = warm()
    run(spikes, [math.inf, 20, 20], 864)  # type: ignore[list-item]
    assert all(math.isfinite(number) for number in spikes.to_tuple())


def test_times_before_1970_fall_into_rows_too() -> None:
    spikes = Spikes()
    spikes.add(-1)
    spikes.add(0)
    assert (spikes.row, spikes.rows) == (0, 1)


def test_a_rise_counts_the_rows_that_stand_out_without_a_break() -> None:
    spikes = warm()
    run(spikes, [200, 200], 864)
    assert spikes.rise == 2
    run(spikes, [0] * 20, 866)
    assert spikes.rise == 0


def test_a_stored_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a stored series has 37 numbers, not 2"):
        Spikes.from_tuple((1, 2))


@pytest.mark.parametrize("name", SpikeKnobs.LIMITS)
def test_every_knob_has_a_range_and_names_it(name: str) -> None:
    low, high = SpikeKnobs.LIMITS[name]
    assert getattr(SpikeKnobs(**{name: low}), name) == low
    assert getattr(SpikeKnobs(**{name: high}), name) == high
    for bad in (low - 0.01, high * 2, math.nan, "much"):
        with pytest.raises(ValueError, match=f"{name} must be a number from {low:g} to {high:g}, not {bad!r}"):
            SpikeKnobs(**{name: bad})  # type: ignore[arg-type]


def test_every_knob_is_listed_with_its_range() -> None:
    assert set(SpikeKnobs.LIMITS) == set(SpikeKnobs.__dataclass_fields__) - {"LIMITS"}
