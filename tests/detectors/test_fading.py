"""Counts that fade by the scale that they are read at."""

from __future__ import annotations

import math

import pytest

from detectors.fading import Fading
from detectors.windows import DAY_MS

START = 1_700_000_000_000


def test_an_event_a_half_life_later_counts_twice() -> None:
    fading = Fading(30)
    assert fading.reach(START) is None
    assert fading.scale(START) == 1
    assert fading.scale(START + 30 * DAY_MS) == 2
    assert fading.scale(START - 30 * DAY_MS) == 0.5


def test_what_was_counted_fades_as_if_it_had_been_multiplied_every_day() -> None:
    fading, count, plain = Fading(10), 0.0, 0.0
    for day in range(100):
        at = START + day * DAY_MS
        fading.reach(at)
        count += fading.scale(at)
        plain = plain * 2 ** (-1 / 10) + 1
        assert count / fading.scale(at) == pytest.approx(plain)


@pytest.mark.parametrize("days", [7 * 257, 50_000])
def test_the_scale_stays_finite_and_counts_are_told_to_shrink(days: int) -> None:
    fading = Fading(7)
    fading.reach(0)
    at = days * DAY_MS
    shrink = fading.reach(at)
    assert shrink == 2.0 ** (-days / 7)
    assert fading.scale(at) == 1
    assert math.isfinite(fading.scale(at + 1000 * DAY_MS))


def test_nothing_shrinks_before_it_must() -> None:
    fading = Fading(7)
    fading.reach(0)
    assert fading.reach(7 * 256 * DAY_MS) is None
