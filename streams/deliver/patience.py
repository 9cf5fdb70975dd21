"""How often and how long apart a delivery is tried again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """``attempts`` None: never given up. Pauses double from ``first_seconds`` to ``longest_seconds``."""

    attempts: int | None
    first_seconds: float = 1.0
    longest_seconds: float = 60.0

    def ends_after(self, attempt: int) -> bool:
        """Whether this attempt, counted from 1, was the last one."""
        return self.attempts is not None and attempt >= self.attempts

    def pause(self, attempt: int, draw: float, retry_after: float | None = None) -> float:
        """Seconds until the next attempt; ``draw`` in [0, 1) is the jitter.

        Half of the pause is fixed and half is drawn, so that many senders don't come back at the same moment. When the
        other side named a time, it is waited for in full and the jitter comes on top, at most a second.
        """
        if retry_after is not None:
            return retry_after + min(1.0, retry_after) * draw
        doubled = self.first_seconds * 2.0 ** min(attempt - 1, 30)
        return min(self.longest_seconds, doubled) * (0.5 + draw / 2)


def is_worth_a_line(attempt: int) -> bool:
    """Whether the failure of this attempt is logged: the 1st, 2nd, 4th, 8th, … so that a long outage fills no disk."""
    return attempt & (attempt - 1) == 0
