"""The sequential test of daily counts: what it finds, when it is silent, and that only counts decide."""

from __future__ import annotations

import json
import math
import random
import re
import statistics
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.cohorts.complaint_wave import ComplaintWave
from detectors.cohorts.lurking_traffic import LurkingTraffic
from detectors.wave_kinds import MOST_ORIGINS, ShareWaves, VolumeWaves
from detectors.wave_knobs import ShareKnobs, WaveKnobs
from detectors.windows import DAY_MS
from tests.benchmarks.waves import measured

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.waves import Wave, Waves

START = 19_670 * DAY_MS
KNOBS = ShareKnobs()


def facts(wave: Wave | None) -> tuple[object, ...] | None:
    return None if wave is None else tuple(getattr(wave, name) for name in wave.__slots__)


def drained(waves: Waves, at: int) -> list[Wave]:
    found = []
    while (wave := waves.advance(at)) is not None:
        found.append(wave)
    return found


def feed(waves: Waves, days: Iterable[tuple[int, int]], first: int = 0) -> list[Wave]:
    """Each day's contacts (of a volume: ignored) and counts, then let the last day pass."""
    found, at = [], START + first * DAY_MS
    for tried, count in days:
        found += drained(waves, at)
        waves.take(at + 7, tried=tried, found=count)
        at += DAY_MS
    return [*found, *drained(waves, at)]


def shares(days: int = 60) -> ShareWaves:
    waves = ShareWaves(KNOBS)
    assert feed(waves, [(40, 4), (20, 2)] * (days // 2)) == []
    return waves


def volume(days: int = 56) -> VolumeWaves:
    """Ten on working days, two at week-ends (days 5 and 6 of seven)."""
    waves = VolumeWaves(KNOBS)
    assert feed(waves, [(0, 10 if day % 7 < 5 else 2) for day in range(days)]) == []
    return waves


def test_a_larger_share_is_found_within_days_and_told_with_what_would_be_usual() -> None:
    found = feed(shares(), [(40, 16)] * 5, 60)
    [wave] = found
    assert (wave.status, wave.why) == ("open", "")
    assert wave.started_at == wave.since == START + 60 * DAY_MS
    assert START + 61 * DAY_MS <= wave.at <= START + 63 * DAY_MS
    days = (wave.at - wave.since) // DAY_MS
    assert (wave.found, wave.tried) == (16 * days, 40 * days)
    assert wave.expected == pytest.approx(4 * days, rel=0.1)
    assert 0.1 < wave.limit < 0.2


def test_a_topic_of_which_all_only_complain_has_no_wave() -> None:
    assert feed(ShareWaves(KNOBS), [(3, 3), (0, 0), (1, 1)] * 200) == []


def test_a_handful_of_complaints_after_next_to_nothing_is_no_wave() -> None:
    assert feed(ShareWaves(KNOBS), [(0, 0)] * 20 + [(1, 1), (0, 0)] * 14) == []


def test_after_a_long_silence_what_is_usual_is_learnt_anew_before_anything_is_raised() -> None:
    waves = shares()
    assert feed(waves, [(0, 0)] * 300, 60) == []
    assert not waves.is_known()
    assert feed(waves, [(2, 2)] * 14, 360) == []


def by_origin(waves: ShareWaves, days: Iterable[dict[str, tuple[int, int]]], first: int = 0) -> list[Wave]:
    found, at = [], START + first * DAY_MS
    for day in days:
        found += drained(waves, at)
        for origin, (tried, count) in day.items():
            waves.take_from(origin, at, tried=tried, found=count)
        at += DAY_MS
    return [*found, *drained(waves, at)]


BOTH = {"tickets": (5, 3), "tweets": (20, 1)}
ALONE = {"tickets": (5, 3)}


def two_origins() -> ShareWaves:
    waves = ShareWaves(KNOBS)
    assert by_origin(waves, [BOTH] * 60) == []
    return waves


def test_a_source_that_falls_silent_is_no_wave_of_the_others() -> None:
    waves = two_origins()
    assert by_origin(waves, [ALONE] * 24 + [BOTH] * 24, 60) == []


def test_a_wave_in_one_source_is_found_with_what_is_usual_there() -> None:
    [wave] = by_origin(two_origins(), [{**BOTH, "tweets": (20, 9)}] * 4, 60)
    days = (wave.at - wave.since) // DAY_MS
    assert (wave.found, wave.tried) == (12 * days, 25 * days)
    assert wave.expected == pytest.approx(4 * days, rel=0.1)


def test_what_goes_on_for_four_weeks_becomes_the_usual_of_its_source() -> None:
    waves = two_origins()
    more = {**BOTH, "tweets": (20, 9)}
    assert [wave.why for wave in by_origin(waves, [more] * 60, 60)] == ["", "new_normal"]
    found, tried, *_ = waves.origins["tweets"]
    assert found / tried == pytest.approx(9 / 20, abs=0.02)


def test_a_count_for_a_closed_day_changes_nothing() -> None:
    waves = two_origins()
    before = waves.to_tuple()
    waves.take_from("tweets", START, tried=9, found=9)
    assert waves.to_tuple() == before


def test_origins_are_told_apart_up_to_a_number_and_the_rest_is_one() -> None:
    waves = ShareWaves(KNOBS)
    by_origin(waves, [{f"source {number}": (2, 1) for number in range(MOST_ORIGINS + 5)}])
    assert len(waves.origins) == MOST_ORIGINS + 1
    assert sum(own[1] for own in waves.origins.values()) == 2 * (MOST_ORIGINS + 5)


def test_a_state_from_before_origins_were_told_apart_is_taken_over() -> None:
    waves = two_origins()
    older = ShareWaves(KNOBS)
    older.restore(json.loads(json.dumps(waves.to_tuple()[:-1])))
    assert (older.found, older.tried, older.origins) == (waves.found, waves.tried, {})
    assert older.usual(0).level == pytest.approx(0.16, abs=0.01)


@pytest.mark.parametrize("cut", range(55, 70))
def test_a_restart_with_origins_changes_nothing(cut: int) -> None:
    days = [BOTH] * 60 + [{**BOTH, "tweets": (20, 12)}] * 15
    whole = [facts(wave) for wave in by_origin(ShareWaves(KNOBS), days)]
    first = ShareWaves(KNOBS)
    found = by_origin(first, days[:cut])
    second = ShareWaves(KNOBS)
    second.restore(json.loads(json.dumps(first.to_tuple())))
    found += by_origin(second, days[cut:], cut)
    assert whole
    assert [facts(wave) for wave in found] == whole


def test_more_contacts_with_the_same_share_of_complaints_are_no_wave() -> None:
    assert feed(shares(), [(400, 40)] * 20, 60) == []


def test_a_larger_volume_is_found_and_a_working_day_is_no_wave_after_a_week_end() -> None:
    [wave] = feed(volume(), [(0, 40)] * 3, 56)
    assert (wave.status, wave.tried) == ("open", (wave.at - wave.since) // DAY_MS)
    assert wave.expected == pytest.approx(10 * wave.tried, rel=0.1)


def test_what_is_usual_on_a_working_day_is_a_wave_on_a_sunday() -> None:
    assert feed(volume(), [(0, 10)] * 5, 56) == []
    assert len(feed(volume(61), [(0, 16), (0, 16)], 61)) == 1
    assert feed(volume(56), [(0, 16), (0, 16)], 56) == []


def test_evidence_is_that_of_the_formula_written_down_plainly() -> None:
    """With a Poisson count x of mean mu at most usual: ln L = (x ln 3 - 2 mu) / phi."""
    draw = random.Random(8)
    waves = VolumeWaves(KNOBS)
    counts = [draw.choice([0, 5, 10, 18]) for _ in range(90)]
    found, tried, scatter, days, evidence, run, waiting = [0.0] * 7, [0.0] * 7, 0.0, 0.0, 0.0, 0.0, []
    for number, count in enumerate(counts):
        assert feed(waves, [(0, count)], number) == []
        kind, fade = (START // DAY_MS + number) % 7, 2 ** (-1 / 30)
        found, tried = [each * fade for each in found], [each * fade for each in tried]
        scatter, days = scatter * fade, days * fade
        mean = (found[kind] + 2 * (sum(found) + 1) / (sum(tried) + 1)) / (tried[kind] + 2)
        residual = (count - mean) ** 2 / max(mean, 0.3)
        waiting.append((kind, count, residual if number >= 7 else 0.0, number >= 7))
        if number >= 14:
            mu = 1.25 * (mean + math.sqrt(mean / (tried[kind] + 2)))
            ratio = (count * math.log(3) - 2 * mu) / max(1.0, (scatter + 5) / (days + 5))
            evidence = (evidence + 1 / 182) * math.exp(ratio)
            run = max(0.0, run + ratio)
        if run == 0.0:
            for each, value, off, is_known in waiting:
                found[each], tried[each], scatter, days = (
                    found[each] + value,
                    tried[each] + 1,
                    scatter + off,
                    days + is_known,
                )
            waiting = []
        assert (waves.evidence, waves.run) == (pytest.approx(evidence), pytest.approx(run, abs=1e-9))
        assert waves.found == pytest.approx(found)
        assert (waves.scatter, waves.scatter_days) == (pytest.approx(scatter), pytest.approx(days))


def test_a_share_is_weighed_by_its_odds_which_is_the_poisson_form_where_it_is_small() -> None:
    waves = ShareWaves(KNOBS)
    assert waves.log_ratio(0.5, 3, tried=10, found=10) == pytest.approx(10 * math.log(0.75 / 0.5))
    assert waves.log_ratio(1e-4, 3, tried=10_000, found=4) == pytest.approx(4 * math.log(3) - 2, rel=1e-3)


def test_nothing_is_raised_in_the_first_two_weeks() -> None:
    assert feed(ShareWaves(KNOBS), [(40, 1)] * 10 + [(40, 39)] * 4) == []


def test_days_that_scatter_widely_make_a_wave_take_more() -> None:
    def evidence(pattern: list[tuple[int, int]]) -> float:
        waves = ShareWaves(KNOBS)
        feed(waves, pattern * 15)
        feed(waves, [(40, 14)], 60)
        return waves.run

    assert evidence([(40, 1), (40, 7), (40, 0), (40, 8)]) < evidence([(40, 4)] * 4)


def test_while_an_alert_stands_nothing_new_is_said_and_nothing_learnt() -> None:
    waves = shares()
    feed(waves, [(40, 30)] * 4, 60)
    share = waves.found[0] / waves.tried[0]
    assert feed(waves, [(40, 30)] * 10, 64) == []
    assert waves.found[0] / waves.tried[0] == pytest.approx(share)


def test_the_alert_ends_when_the_share_is_as_before_but_not_within_two_days() -> None:
    waves = shares()
    [opened] = feed(waves, [(40, 30)], 60)
    [ended] = feed(waves, [(200, 10)] * 4, 61)
    assert (ended.status, ended.why, ended.started_at) == ("resolved", "recovered", opened.started_at)
    assert ended.at == opened.at + 2 * DAY_MS
    [again] = feed(waves, [(40, 30)], 65)
    assert (again.status, again.started_at > ended.at - DAY_MS) == ("open", True)


@pytest.mark.parametrize("waves", [shares(56), volume(56)], ids=["share", "volume"])
def test_what_goes_on_for_four_weeks_becomes_the_usual(waves: Waves) -> None:
    opened, ended = feed(waves, [(40, 30)] * 60, 56)
    assert (ended.why, ended.at - opened.at) == ("new_normal", 28 * DAY_MS)
    assert sum(waves.tried) > 0


def test_silence_for_weeks_is_no_wave_and_ends_none() -> None:
    waves = shares()
    assert drained(waves, START + 100 * DAY_MS) == []
    assert feed(waves, [(40, 4)] * 9, 100) == []
    feed(waves, [(40, 30)] * 3, 109)
    assert [wave.why for wave in drained(waves, START + 200 * DAY_MS)] == ["new_normal"]


def test_counts_of_closed_days_are_ignored() -> None:
    waves = shares()
    before = waves.to_tuple()
    waves.take(START + 59 * DAY_MS, tried=9, found=9)
    assert waves.to_tuple() == before


def test_before_the_first_count_no_day_passes() -> None:
    waves = VolumeWaves(KNOBS)
    assert waves.advance(START) is None
    assert waves.days == 0


DAYS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.floats(0, 1)), max_size=60)


@pytest.mark.parametrize("made", [ShareWaves, VolumeWaves])
@given(days=DAYS, cut=st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_a_restart_between_any_two_counts_changes_nothing(
    made: type[Waves], days: list[tuple[int, int, float]], cut: int
) -> None:
    knobs = ShareKnobs(learning_days=3, learning_contacts=1, budget=50)
    kept, restarted, at = made(knobs), made(knobs), START
    for number, (ahead, tried, share) in enumerate([*[(1, 20, 0.1)] * 5, *days]):
        if number == cut + 5:
            again = made(knobs)
            again.restore(json.loads(json.dumps(restarted.to_tuple())))
            restarted = again
        at += ahead * DAY_MS
        assert [facts(wave) for wave in drained(restarted, at)] == [facts(wave) for wave in drained(kept, at)]
        for waves in (kept, restarted):
            waves.take(at, tried=tried, found=round(tried * share))
    assert restarted.to_tuple() == kept.to_tuple()


def test_most_waves_of_complaints_are_found_in_two_days_and_few_by_mistake() -> None:
    result = measured(ComplaintWave(), 60, 4.0)
    assert statistics.median(result.days) <= 2
    assert result.found >= 0.95
    assert sum(result.false) <= 2


def test_most_waves_of_silent_visits_are_found_in_two_days_and_few_by_mistake() -> None:
    result = measured(LurkingTraffic(), 60, 4.0)
    assert statistics.median(result.days) <= 2
    assert result.found >= 0.95
    assert sum(result.false) <= 4


@pytest.mark.parametrize("name", WaveKnobs.LIMITS)
def test_every_knob_has_a_range_and_names_it(name: str) -> None:
    low, high = WaveKnobs.LIMITS[name]
    assert getattr(WaveKnobs(**{name: low}), name) == low  # type: ignore[arg-type]
    for bad in (low - 0.01, high * 2 + 1, math.nan, "much"):
        with pytest.raises(
            ValueError, match=re.escape(f"{name} must be a number from {low:g} to {high:g}, not {bad!r}")
        ):
            WaveKnobs(**{name: bad})  # type: ignore[arg-type]


def test_every_knob_is_listed_with_its_range() -> None:
    assert set(WaveKnobs.LIMITS) == set(WaveKnobs.__dataclass_fields__) - {"LIMITS"}
