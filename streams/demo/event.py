"""What the company's sources send: one record each."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

Record = dict[str, Any]


class Event(NamedTuple):
    """One record of a source (also its topic), sent at ``at`` (epoch ms)."""

    at: int
    source: str
    record: Record
