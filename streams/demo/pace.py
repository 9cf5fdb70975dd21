"""When an event of the company's months is due in real time."""

from __future__ import annotations

from typing import Final

from streams.demo.casting import OUTAGE
from streams.demo.event import DAY_MS

OUTAGE_SECONDS: Final = 4.0
"""The outage takes at least so long: time enough to be noticed, however fast the months pass."""


class Pace:
    """Lets ``days`` from ``start`` (epoch ms) pass in ``seconds``, evenly but for the outage, which may take longer.

    ``seconds`` are then those that it all takes.
    """

    def __init__(self, start: int, days: int, seconds: float) -> None:
        if seconds <= 0:
            raise ValueError(f"seconds is {seconds}; allowed: more than 0")
        self._start = start
        self._ms_a_second = days * DAY_MS / seconds
        self._fails, self._returns = (start + day * DAY_MS for day in OUTAGE)
        self._longer = max(0.0, OUTAGE_SECONDS - (self._returns - self._fails) / self._ms_a_second)
        self.seconds = seconds + self._longer

    def due(self, at: int) -> float:
        """Seconds after the beginning at which an event of this time is due."""
        passed = min(max(at, self._fails), self._returns) - self._fails
        return (at - self._start) / self._ms_a_second + self._longer * passed / (self._returns - self._fails)
