"""Counts that fade with a half-life, without touching them as time passes.

Forward decay (Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay", 2009): a new event counts more instead of the old
ones less; to read a count, divide it by the scale of the time it is read at.
"""

from __future__ import annotations

from typing import Final

from detectors.windows import DAY_MS

_MOST_HALF_LIVES: Final = 256
_NOWHERE: Final = -1


class Fading:
    """The scale by which events count: 1 at ``origin`` (ms), doubled with every half-life."""

    __slots__ = ("half_life_ms", "origin")

    def __init__(self, half_life_days: float) -> None:
        self.half_life_ms = half_life_days * DAY_MS
        self.origin = _NOWHERE

    def reach(self, at: int) -> float | None:
        """Make sure that the scale of a time is finite; gives what all counts must be multiplied by, if anything."""
        if self.origin == _NOWHERE:
            self.origin = at
        half_lives = (at - self.origin) / self.half_life_ms
        if half_lives <= _MOST_HALF_LIVES:
            return None
        self.origin = at
        return float(2.0**-half_lives)

    def scale(self, at: int) -> float:
        """How much an event of this time counts."""
        return float(2.0 ** ((at - self.origin) / self.half_life_ms))
