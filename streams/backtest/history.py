"""Recorded interactions as pages: in the order of time, each in the partition that a cluster would give it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from streams.backtest.backtest import Page
from streams.broker.outbox import murmur2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streams.backtest.messages import Record
    from streams.files.detecting import Event
    from streams.files.recordings import Recording

PAGE: Final = 2_000


class _Places(dict[bytes, int]):
    """The partition of each key."""

    def __init__(self, partitions: int) -> None:
        super().__init__()
        self._partitions = partitions

    def __missing__(self, key: bytes) -> int:
        place = self[key] = (murmur2(key) & 0x7FFFFFFF) % self._partitions
        return place


def pages(events: Iterable[Event], recordings: Sequence[Recording], partitions: int) -> Iterator[Page]:
    """The events, which have their offsets, in so many partitions; ``done`` is the bytes read of the recordings."""
    places = _Places(partitions)
    events = iter(events)
    while chunk := list(islice(events, PAGE)):
        records: dict[int, list[Record]] = {number: [] for number in range(partitions)}
        for event in chunk:
            assert event.key is not None  # noqa: S101 - the reader gives one to each
            records[places[event.key]].append((event.offset, event.timestamp, event.key, event.value))
        done = sum(recording.position for recording in recordings)
        yield Page(records, _Lines(chunk), len(chunk), done)


class _Lines:
    """Tells which line an event of the chunk was."""

    def __init__(self, chunk: list[Event]) -> None:
        self._chunk = chunk

    def __call__(self, _partition: int, offset: int) -> tuple[str, int]:
        event = self._chunk[offset - self._chunk[0].offset]
        return event.name, event.line
