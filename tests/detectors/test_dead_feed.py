"""The rule of operations: what its knobs allow, and which it takes."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.dead_feed import DeadFeed
from detectors.windows import DAY_MS, HOUR_MS


@pytest.mark.parametrize(
    ("knobs", "gap", "allowed"),
    [
        ({"silence_factor": 3.0}, 5 * HOUR_MS, 15 * HOUR_MS),
        ({"least_hours": 6.0}, HOUR_MS, 6 * HOUR_MS),
        ({"most_hours": 48.0}, 30 * DAY_MS, 2 * DAY_MS),
        ({"unknown_hours": 72.0}, 0, 3 * DAY_MS),
    ],
)
def test_every_knob_moves_the_silence_that_is_allowed(knobs: dict[str, Any], gap: int, allowed: int) -> None:
    assert DeadFeed(**knobs).allowed_silence(gap) == allowed
    assert DeadFeed().allowed_silence(gap) != allowed


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({"silence_factor": 0.5}, "silence_factor is 0.5; allowed: 1 to 100"),
        ({"unknown_hours": 0.0}, "unknown_hours is 0.0; allowed: 0.01 to 8760"),
        ({"least_hours": 9000.0}, "least_hours is 9000.0; allowed: 0.01 to 8760"),
        ({"least_hours": 200.0}, "least_hours is 200.0; allowed: at most most_hours, which is 168.0"),
    ],
)
def test_absurd_knobs_are_refused_with_what_is_allowed(knobs: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        DeadFeed(**knobs)
