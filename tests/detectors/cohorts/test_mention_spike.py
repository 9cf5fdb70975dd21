"""The rule mention_spike: from counts of mentions to a finding a support person understands."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.cohorts import CohortFinding
from detectors.cohorts.mention_spike import TONES, MentionSeries, MentionSpike
from detectors.spikes import ROW_MS, ROWS_A_DAY

START = 1_700_000_100_000 // ROW_MS  # a row somewhere in 2023
RULE = MentionSpike()


def warm(level: int = 12, days: int = 3) -> MentionSeries:
    """Days of ordinary mentions up to and without the row START."""
    draw = random.Random(5)
    series = RULE.new_series("Acme")
    for row in range(START - days * ROWS_A_DAY, START):
        count = max(0, round(draw.gauss(level, math.sqrt(level))))
        assert RULE.observe(series, row * ROW_MS, count, "neutral") is None
    return series


def feed(series: MentionSeries, rows: list[dict[str, int]], first: int = START) -> list[CohortFinding]:
    """Observe the tones of one row after the other, then close the last."""
    found = []
    for row, tones in enumerate(rows, first):
        found += [RULE.observe(series, row * ROW_MS + 7, count, tone) for tone, count in tones.items()]
    found.append(RULE.advance(series, (first + len(rows)) * ROW_MS))
    return [finding for finding in found if finding is not None]


def facts(finding: CohortFinding | None) -> tuple[object, ...] | None:
    if finding is None:
        return None
    measured = tuple(getattr(finding.measured, name) for name in finding.measured.__slots__)
    return (*(getattr(finding, name) for name in finding.__slots__ if name != "measured"), *measured)


def test_a_burst_becomes_one_finding_with_numbers_and_the_share_of_negative_tone() -> None:
    [finding] = feed(warm(), [{"negative": 60, "positive": 20, "unknown": 15}])
    assert (finding.rule, finding.key, finding.what, finding.where) == (
        "mention_spike",
        "Acme",
        "mentions",
        {"brand": "Acme"},
    )
    assert finding.started_at == START * ROW_MS
    assert finding.detected_at == (START + 1) * ROW_MS
    assert finding.size == 95
    assert finding.measured.value == 95
    assert 10 < finding.measured.baseline < 14
    assert finding.measured.baseline < finding.measured.threshold < 95
    assert finding.measured.unit == "mentions in 5 minutes"
    assert finding.summary == (
        "Acme is suddenly mentioned far more than usual: 95 mentions in 5 minutes instead of about 12; "
        "75 % of the 80 since the rise began whose tone is known are negative."
    )


def test_the_finding_is_the_same_whenever_the_row_is_closed() -> None:
    early, late = warm(), warm()
    for series in (early, late):
        RULE.observe(series, START * ROW_MS, 95, "negative")
    soon = RULE.advance(early, (START + 1) * ROW_MS)
    assert soon is not None
    assert facts(soon) == facts(RULE.observe(late, (START + 700) * ROW_MS, 3, "neutral"))


def test_a_moderate_burst_is_a_warning_and_a_far_rarer_one_critical() -> None:
    assert [finding.severity for finding in feed(warm(), [{"neutral": 120}])] == ["warning"]
    assert [finding.severity for finding in feed(warm(), [{"neutral": 900}])] == ["critical"]


def test_the_mentions_of_the_whole_rise_are_counted() -> None:
    [finding] = feed(warm(), [{"negative": 60}, {"negative": 5, "neutral": 35}])
    assert finding.started_at == (START + 1) * ROW_MS
    assert finding.measured.value == 40
    assert finding.size == 60 + 40
    assert "65 % of the 100" in finding.summary


def test_ordinary_mentions_before_the_rise_are_not_part_of_it() -> None:
    found = feed(warm(), [{"negative": 12}, {"negative": 12}, {"positive": 200}])
    assert [finding.size for finding in found] == [200]
    assert "0 % of the 200" in found[0].summary


def test_an_escalation_belongs_to_the_episode_that_runs() -> None:
    series = warm()
    first, second = feed(series, [{"unknown": 120}, *[{"neutral": 12}] * 30, {"unknown": 9000}])
    assert first.started_at == second.started_at
    assert second.detected_at > first.detected_at
    assert second.summary == (
        f"Acme is mentioned even more: 9,000 mentions in 5 minutes instead of about "
        f"{round(second.measured.baseline)}; the tone of the 9,000 since the rise began is not known."
    )


def test_a_quiet_topic_is_said_to_have_hardly_any_mentions() -> None:
    series = RULE.new_series("billing outage", of="topic")
    for row in range(START - 2 * ROWS_A_DAY, START):
        RULE.advance(series, row * ROW_MS)
    [finding] = feed(series, [{"neutral": 90}])
    assert finding.where == {"topic": "billing outage"}
    assert "90 mentions in 5 minutes instead of hardly any" in finding.summary


def test_one_mention_is_written_in_the_singular() -> None:
    series = warm()
    strict = MentionSpike(threshold=20, critical_score=20)
    series.spikes.knobs = strict
    assert feed(series, [{"neutral": 3000}] * 2) == []
    series.spikes.knobs = RULE
    [finding] = feed(series, [{"neutral": 1}], START + 2)
    assert ": 1 mention in 5 minutes" in finding.summary


def test_late_mentions_and_counts_below_one_are_ignored() -> None:
    series = warm()
    RULE.observe(series, START * ROW_MS, 4, "neutral")
    before = series.to_tuple()
    assert RULE.observe(series, START * ROW_MS - 1, 500, "negative") is None
    assert RULE.observe(series, START * ROW_MS, 0, "negative") is None
    assert RULE.observe(series, START * ROW_MS, -3, "negative") is None
    assert series.to_tuple() == before


def test_a_tone_outside_the_closed_set_counts_as_unknown() -> None:
    series = RULE.new_series("Acme")
    RULE.observe(series, START * ROW_MS, 2, "sarcastic")
    assert dict(zip(TONES, series.open_tones, strict=True)) == {
        "negative": 0,
        "neutral": 0,
        "positive": 0,
        "unknown": 2,
    }


COUNTS = st.lists(
    st.tuples(st.sampled_from([0, 0, 1, 1, 2, 30, 5000]), st.integers(1, 200), st.sampled_from(TONES)), max_size=40
)


@given(counts=COUNTS, cut=st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_a_restart_between_any_two_counts_changes_nothing(counts: list[tuple[int, int, str]], cut: int) -> None:
    kept, restarted = warm(days=2), warm(days=2)
    row = START
    for number, (ahead, count, tone) in enumerate(counts):
        if number == cut:
            restarted = RULE.load_series("Acme", json.loads(json.dumps(restarted.to_tuple())))
        row += ahead
        at_ms = row * ROW_MS
        assert facts(RULE.observe(restarted, at_ms, count, tone)) == facts(RULE.observe(kept, at_ms, count, tone))
    assert restarted.to_tuple() == kept.to_tuple()


@given(counts=COUNTS)
@settings(max_examples=40, deadline=None)
def test_counts_split_into_single_mentions_give_the_same(counts: list[tuple[int, int, str]]) -> None:
    whole, split = warm(days=2), warm(days=2)
    row = START
    for ahead, count, tone in counts:
        row += ahead
        expected = RULE.observe(whole, row * ROW_MS, count, tone)
        first, *others = [RULE.observe(split, row * ROW_MS, 1, tone) for _ in range(count)]
        assert facts(first) == facts(expected)
        assert others == [None] * (count - 1)
    assert split.to_tuple() == whole.to_tuple()


def test_after_a_gap_of_weeks_nothing_of_the_old_rise_is_left() -> None:
    series, new = warm(), RULE.new_series("Acme")
    at_ms = (START + 30 * ROWS_A_DAY) * ROW_MS
    RULE.observe(series, START * ROW_MS, 95, "negative")
    RULE.observe(series, at_ms, 2, "neutral")
    RULE.observe(new, at_ms, 2, "neutral")
    assert series.to_tuple() == new.to_tuple()


def test_a_stored_series_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a stored series has 37 numbers, not 1"):
        RULE.load_series("Acme", [0] * 9)


def test_the_detectors_knobs_are_the_rules_too_and_checked() -> None:
    assert MentionSpike(threshold=3).new_series("Acme").spikes.knobs.threshold == 3
    with pytest.raises(ValueError, match=r"floor must be a number from 0.001 to 1, not 7"):
        MentionSpike(floor=7)
    with pytest.raises(ValueError, match=r"critical_score must be a number from 0.5 to 50, not 99"):
        MentionSpike(critical_score=99)
    with pytest.raises(ValueError, match=r"critical_score must be at least threshold, 2.4, not 2"):
        MentionSpike(critical_score=2)
