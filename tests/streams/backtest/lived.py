"""A backtest over interactions given as dictionaries, without files and without a command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from streams.backtest.backtest import Backtest, Outcome
from streams.backtest.history import pages
from streams.backtest.lanes import Here, open_lanes
from streams.files.detecting import Event
from streams.files.recordings import BadLine, Recorded
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULTS = Settings()


def rules(**knobs: dict[str, Any]) -> Settings:
    """Settings with these knobs, by rule."""
    return Settings(rules=knobs)


def events(records: Sequence[dict[str, Any]]) -> list[Event]:
    """The records as a reader gives them: in their order, keyed by customer id."""
    made = []
    for number, record in enumerate(records):
        value = json.dumps(record).encode()
        event = Event(record["occurred_at"], record["identities"]["customer_id"].encode(), Recorded("a", number, value))
        event.offset = number
        made.append(event)
    return made


def lived(
    records: Sequence[dict[str, Any]],
    new: Settings = DEFAULTS,
    *,
    old: Settings = DEFAULTS,
    partitions: int = 1,
    beside: bool = False,
) -> tuple[Outcome, list[BadLine]]:
    """What came of it, and what was refused; ``beside``: in processes, as many as there are cores."""
    sides = (old, new)
    bad: list[BadLine] = []
    history = pages(events(records), [], partitions)
    if not beside:
        return _through(Backtest(sides, [Here(sides, range(partitions))], partitions, bad.append), history), bad
    with open_lanes(sides, partitions) as lanes:
        return _through(Backtest(sides, lanes, partitions, bad.append), history), bad


def _through(backtest: Backtest, history: Any) -> Outcome:
    for page in history:
        backtest.take(page)
    return backtest.outcome()
