"""The figures that ``funnel_drop`` is held to, in simulated shops; ``tests.benchmarks.shops`` prints them all.

Over 100 shops: .24 false alerts in half a year, a rise found in a median of 8.6 days at two attempts a day and of 3.7
at five. Fewer shops scatter more, so the bounds below are those that the product promises, not the figures.
"""

from __future__ import annotations

import statistics

import pytest

from detectors.cohorts.funnel_drop import FunnelDrop
from tests.benchmarks.shops import Change, false_alerts, rises

pytestmark = pytest.mark.no_cover  # many events, few paths: other tests measure them

MOBILE = {"device": "mobile"}
RULE = FunnelDrop()


def test_shops_that_grow_drift_and_swing_have_few_false_alerts() -> None:
    alerts = false_alerts(40, RULE)
    assert statistics.mean(alerts) <= 0.3
    assert max(alerts) <= 2


def test_a_rise_at_two_attempts_a_day_is_found_in_ten_days() -> None:
    found = rises(100, RULE, 2, 0.17, Change(0.64, MOBILE))
    assert statistics.mean(found.tries_a_day) < 2.1
    assert found.median <= 10
    assert found.found >= 90
    assert found.named >= 0.8 * found.found


def test_a_rise_at_five_attempts_a_day_is_found_in_four() -> None:
    found = rises(60, RULE, 5, 0.18, Change(0.64, MOBILE))
    assert statistics.mean(found.tries_a_day) < 5.2
    assert found.median <= 4
    assert found.found >= 57
    assert found.named >= 0.9 * found.found
