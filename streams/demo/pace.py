"""When an event of the company's months is due in real time."""

from __future__ import annotations

from streams.demo.event import DAY_MS


class Pace:
    """Lets ``days`` from ``start`` (epoch ms) pass in ``seconds``, evenly."""

    def __init__(self, start: int, days: int, seconds: float) -> None:
        if seconds <= 0:
            raise ValueError(f"seconds is {seconds}; allowed: more than 0")
        self._start = start
        self._ms_a_second = days * DAY_MS / seconds

    def due(self, at: int) -> float:
        """Seconds after the beginning at which an event of this time is due."""
        return (at - self._start) / self._ms_a_second

    def time(self, elapsed: float) -> int:
        """The company's time (epoch ms) so many seconds after the beginning."""
        return self._start + int(elapsed * self._ms_a_second)
