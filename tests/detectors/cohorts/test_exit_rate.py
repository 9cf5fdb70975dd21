"""The rule exit_rate: the same test, of pages."""

from __future__ import annotations

from detectors.cohorts.exit_rate import ExitRate
from detectors.cohorts.funnel_drop import FunnelDrop
from detectors.windows import DAY_MS, HOUR_MS
from tests.detectors.tallies import a_trial, sort_of

START = 1_709_251_200_000


def test_a_page_on_which_sessions_begin_to_end_is_named() -> None:
    rule = ExitRate()
    series = rule.new_series("/pricing")
    found = []
    for number in range(70 * 24):
        at = START + number * HOUR_MS
        failed = number % 3 == 0 or (number >= 60 * 24 and number % 10 != 1)
        visit = a_trial("/pricing", "exit_rate", at, "", failed, {}, "s", 0, 0)
        found += rule.take(series, at, sort_of(rule, visit), 1)
    assert found[0].where == {"page": "/pricing"}
    assert (found[0].what, found[0].part, found[0].severity) == ("page", "", "critical")
    assert START + 60 * DAY_MS < found[0].detected_at < START + 62 * DAY_MS
    assert found[0].summary.startswith("Three times as many leave at /pricing as usual: ")
    assert " visits since " in found[0].summary


def test_pages_share_the_budget_and_a_whole_page_is_not_critical_by_itself() -> None:
    assert ExitRate().shared_by > FunnelDrop().shared_by
    assert not ExitRate().critical_everybody
