"""One partition of a topic in ``deliver``: records handed to the lanes, and which of them are through."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from streams.broker.dead_letters import put_dead_letter
from streams.deliver.change import UnreadableError

if TYPE_CHECKING:
    from typing import Any

    from streams.broker.outbox import Outbox
    from streams.broker.role import Changes
    from streams.broker.whole_batches import RecordBatch
    from streams.deliver.change import Change
    from streams.deliver.role import DeliverRole


class Parcel(NamedTuple):
    """A change on its way through one lane, and where it came from."""

    shard: DeliverShard
    offset: int
    change: Change


class DeliverShard:
    """``is_live`` ends when the partition is taken away or read anew: what still waits of it is then dropped."""

    def __init__(self, role: DeliverRole, topic: str, number: int) -> None:
        self.role = role
        self.topic = topic
        self.number = number
        self.is_live = True
        self._read = role.readers[topic]
        self._lanes = role.lanes_of(topic)
        self._pending: dict[int, int] = {}  # offset to the number of lanes that have it yet, the lowest offset first

    def apply(self, batch: RecordBatch, outbox: Outbox) -> None:
        """Hand every record to every lane of the topic; what can't be read is buried."""
        reasons: Counter[str] = Counter()
        for record in batch.records:
            try:
                change = self._read(record.key, record.value)
            except UnreadableError as error:
                reasons[error.reason] += 1
                self._bury(record, error, outbox)
                continue
            if self._lanes:
                self._pending[record.offset] = len(self._lanes)
            for lane in self._lanes:
                lane.put(Parcel(self, record.offset, change))
        if reasons:
            self.role.metrics.dead_letters(reasons)

    def through(self, offset: int) -> None:
        """Note that one lane has delivered the record, or given it up."""
        left = self._pending[offset] - 1
        if left:
            self._pending[offset] = left
        else:
            del self._pending[offset]

    def settled(self, position: int) -> int:
        """The first offset that some lane still has; all before it is delivered or given up everywhere."""
        return next(iter(self._pending), position)

    def flush(self, cut: int, outbox: Outbox) -> Changes | None:
        """There is no state: the sinks hold it."""
        return None

    def _bury(self, record: Any, error: UnreadableError, outbox: Outbox) -> None:
        put_dead_letter(
            outbox,
            self.role.dead_letters,
            source_topic=self.topic,
            partition=self.number,
            offset=record.offset,
            time_ms=record.timestamp,
            key=record.key,
            value=record.value,
            reason=error.reason,
            detail=error.detail,
        )


class DeliverLoader:
    """Makes a shard from nothing: reading begins at the committed offset."""

    cut = -1

    def __init__(self, role: DeliverRole, topic: str, number: int) -> None:
        self._shard = DeliverShard(role, topic, number)

    def read(self, key: bytes, value: bytes | None) -> None:
        """There is no changelog to be read."""

    def step(self) -> bool:
        """There is nothing to be made."""
        return False

    def shard(self) -> DeliverShard:
        """The shard."""
        return self._shard
