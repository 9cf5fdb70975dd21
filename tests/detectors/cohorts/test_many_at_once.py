"""Many people who shift for the same reason, in words and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from detectors.cohorts.many_at_once import ManyAtOnce
from detectors.windows import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from detectors.cohorts import CohortFinding

START = 19_670 * DAY_MS


def told(key: str, number: int, *, days: int = 10, rule: ManyAtOnce | None = None) -> list[CohortFinding]:
    """What is said of so many people at once after half a year of nobody, and then of one every five days."""
    rule = rule or ManyAtOnce()
    series = rule.new_series(key)
    rule.begin(series, START, START - 182 * DAY_MS)
    found = []
    for place in range(number):
        finding = rule.observe(series, START + place, f"c-{place}", START - place, is_critical=place == 0)
        found += [] if finding is None else [finding]
    while (finding := rule.advance(series, START + days * DAY_MS)) is not None:
        found.append(finding)
    return found


def test_how_many_of_whom_why_within_what_time_and_what_is_usual() -> None:
    opened, grown, ended = told("exit_spike:customer:step:payment", 30)
    assert opened.where == {"rule": "exit_spike", "party": "customer", "step": "payment"}
    assert (opened.what, opened.size, opened.severity) == ("people", 8, "warning")
    assert opened.summary == (
        "8 customers shifted for the same reason (exit spike, step payment) within 24 hours; usual is hardly any."
    )
    measured = opened.measured
    assert (measured.value, measured.baseline, measured.threshold, measured.unit) == (8, 0, 8, "in 24 hours")
    assert [each.is_folded for each in opened.people] == [False, *[True] * 7]
    assert (grown.size, len(grown.people), grown.started_at) == (30, 30, opened.started_at)
    assert ended.summary == (
        "About as few customers as usual shift for this reason (exit spike, step payment) again; 30 had."
    )
    assert (ended.severity, ended.detected_at) == ("info", START + 25 + 48 * HOUR_MS)


def test_who_is_of_no_known_party_is_one_of_the_people() -> None:
    [opened, *_] = told("third_channel:unknown", 8)
    assert opened.summary.startswith("8 people shifted for the same reason (third channel) within 24 hours")


def test_a_large_crowd_is_critical() -> None:
    versions = told("silent_stop:customer", 40)
    assert [each.severity for each in versions] == ["warning", "critical", "critical", "info"]


def test_one_that_goes_on_tells_how_many_so_far_and_then_counts_as_usual() -> None:
    rule = ManyAtOnce(new_normal_days=7)
    series = rule.new_series("silent_stop:customer")
    rule.begin(series, START, START - 182 * DAY_MS)
    found: list[CohortFinding] = []
    for hour in range(10 * 24):
        at = START + hour * HOUR_MS
        while (finding := rule.advance(series, at)) is not None:
            found.append(finding)
        came = rule.observe(series, at, f"c-{hour}", at)
        found += [] if came is None else [came]
    assert "24 customers shifted for the same reason (silent stop) within 24 hours; 30 so far; usual is" in next(
        each.summary for each in found if " so far" in each.summary
    )
    [ended] = [each for each in found if each.status == "resolved"]
    assert ended.summary == (
        "So many customers have shifted for this reason (silent stop) for 7 days that this counts as usual from now on:"
        " 175 in all."
    )


def test_people_without_a_name_count() -> None:
    rule = ManyAtOnce()
    series = rule.new_series("silent_stop:customer")
    rule.begin(series, START, START - 182 * DAY_MS)
    [[sort, number]] = rule.sorts("", (), 9, 0)
    [finding] = rule.take(series, START, sort, number)
    assert (finding.size, list(finding.people)) == (8, [])


@pytest.mark.parametrize("key", ["silent_stop:customer", "silent_stop:customer:step:a"])
def test_a_restart_keeps_everything(key: str) -> None:
    rule = ManyAtOnce()
    series = rule.new_series(key)
    rule.observe(series, START, "c-1", START)
    assert rule.load_series(key, series.to_tuple()).to_tuple() == series.to_tuple()
