"""The loss-free heart of every role: batches applied in order, outputs and state written before offsets move.

The order of a commit never changes: outputs acknowledged, then the state's changes, then the value that completes
them, then the source offsets. Any failure in it ends the process; a supervisor starts it again, and nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition
from faust.types import TP

from streams.broker.outbox import Outbox
from streams.broker.restore import CUT_HEADER, restore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiokafka import AIOKafkaConsumer

    from sinks.metrics import Metrics
    from streams.broker.role import Role, Shard
    from streams.broker.stall import StallGuard
    from streams.broker.whole_batches import RecordBatch

log = logging.getLogger(__name__)

PATIENT_SECONDS = 5.0
"""How long a commit may be under way before nothing more is applied: should it be refused, as after an outage longer
than the session, everything applied since would be published again."""

Span = dict[TopicPartition, tuple[int, int]]


class EngineError(RuntimeError):
    """Something that must never happen with offsets or commits did: the worker ends before it does harm."""


class _Part:
    """One assigned partition: its shard and how far the log is applied and committed (both: the next offset)."""

    __slots__ = ("changelog_end", "committed", "position", "shard")

    def __init__(self, shard: Shard, position: int, *, committed: int, changelog_end: int) -> None:
        self.shard = shard
        self.position = position
        self.committed = min(committed, position)
        self.changelog_end = changelog_end


class Engine:
    """Holds the shards of the assigned partitions and moves them from commit to commit."""

    def __init__(
        self,
        role: Role,
        *,
        guard: StallGuard,
        metrics: Metrics,
        failed: Callable[[BaseException], None],
        new_reader: Callable[[], AIOKafkaConsumer],
        flush_seconds: float,
    ) -> None:
        """``new_reader`` makes a groupless consumer; ``failed`` ends the process; a flush has ``flush_seconds``.

        ``is_ready``: the assignment is loaded and ours. ``may_apply``: and not about to be given up.
        """
        self.role = role
        self.guard = guard
        self.metrics = metrics
        self.failed = failed
        self.flush_seconds = flush_seconds
        self.is_ready = False
        self.may_apply = False
        self.outbox: Outbox
        self.fetch_committed: Callable[[list[TopicPartition]], Any]
        self.highwater: Callable[[TP], int | None]
        self._new_reader = new_reader
        self._parts: dict[TP, _Part] = {}
        self._state_records = 0
        self._state_bytes = 0
        self._arrived: dict[str, float] = {}
        self._unflushed = 0
        self._flushing_since: float | None = None

    async def start(self, producer: Any) -> None:
        """Take the started producer; learns how many partitions every topic has."""
        self.guard.watch(producer.client)
        self.outbox = Outbox(producer, self.failed)
        for topic in (*self.role.topics, *self.role.produces):
            await self.outbox.learn(topic)

    def apply(self, tp: TP, batches: Iterable[RecordBatch]) -> None:
        """Apply what was fetched of one partition; a batch out of line ends the worker."""
        self.guard.check()
        part = self._parts[tp]
        for batch in batches:
            if batch.first != part.position:
                error = EngineError(f"{tp.topic}-{tp.partition}: got offset {batch.first}, expected {part.position}")
                self.failed(error)
                raise error
            part.shard.apply(batch, self.outbox)
            part.position = batch.next
            self.guard.worked()
            if batch.count:
                self._arrived[tp.topic] = batch.timestamp / 1000
                self._unflushed += batch.count

    async def load(self, assigned: Iterable[TP]) -> None:
        """Make ready for a new assignment: keep the shards nobody else has written for, restore the others."""
        wanted = {tp for tp in assigned if tp.topic in self.role.topics}
        self._parts = {tp: part for tp, part in self._parts.items() if tp in wanted}
        started = time.monotonic()
        restored = 0
        reader = self._new_reader()
        await reader.start()
        try:
            span = await self._span(reader, wanted)
            for tp in sorted(wanted):
                if not await self._is_current(tp, span):
                    self._parts[tp] = await self._load_one(reader, tp, span)
                    restored += 1
        finally:
            await reader.stop()
        self.metrics.restored(time.monotonic() - started)
        log.info("ready: %d partitions kept, %d restored", len(wanted) - restored, restored)
        self.role.assigned({tuple(tp): part.shard for tp, part in self._parts.items()}, self.outbox)
        self.guard.forgive()
        self.is_ready = self.may_apply = True

    def positions(self) -> dict[TP, int]:
        """The next offset to read of each partition."""
        return {tp: part.position for tp, part in self._parts.items()}

    def lags(self) -> dict[TP, int]:
        """How many records of each partition are fetched neither nor applied, as far as the broker has told."""
        lags = {}
        for tp, part in self._parts.items():
            highwater = self.highwater(tp)
            lags[tp] = max(0, highwater - part.position) if highwater is not None else part.position
        return lags

    def has_worked_off(self, records: int) -> bool:
        """Whether nothing waits any more, and so many records at least have been applied since the last commit."""
        return self._unflushed >= records and self.is_ready and self.may_apply and not any(self.lags().values())

    @property
    def is_stuck(self) -> bool:
        """Whether a commit has been under way for so long that it is better to wait for it."""
        since = self._flushing_since
        return since is not None and time.monotonic() - since > PATIENT_SECONDS

    async def beat(self) -> None:
        """Report the lag and let the role do what it does from time to time, for as long as the worker runs."""
        while True:
            if self.is_ready:
                self._report_lag()
                self.role.beat(self)
            await asyncio.sleep(self.role.beat_seconds)

    async def flush(self) -> dict[TP, int]:
        """Write everything applied so far; gives the offsets that may now be committed."""
        self.guard.check()
        self._unflushed = 0
        offsets = {tp: part.shard.settled(part.position) for tp, part in self._parts.items()}
        offsets = {tp: offset for tp, offset in offsets.items() if offset > self._parts[tp].committed}
        if offsets:
            self._flushing_since = time.monotonic()
        changes = {}
        cuts = {}
        for tp in offsets:
            part = self._parts[tp]
            cuts[tp] = part.position - 1
            change = part.shard.flush(cuts[tp], self.outbox)
            if change is not None:
                changes[tp] = change
            self.guard.worked()
        await self._deliver()
        for tp, change in changes.items():
            topic = self._changelog(tp.topic)
            graves = [(CUT_HEADER, str(cuts[tp]).encode())]
            self._state_bytes += self.outbox.put_all(
                topic, change.entries, partition=tp.partition, on_tombstones=graves
            )
            self._state_records += len(change.entries)
            self.guard.worked()
        await self._deliver()
        for tp, change in changes.items():
            self.outbox.put(self._changelog(tp.topic), *change.completion, partition=tp.partition)
        await self._deliver()
        return offsets

    def committed(self, offsets: dict[TP, int], seconds: float) -> None:
        """Note that the broker has taken the offsets, after a commit that took so long."""
        self._flushing_since = None
        self.metrics.committed(
            at_seconds=time.time(),
            duration_seconds=seconds,
            records=self._state_records,
            state_bytes=self._state_bytes,
        )
        self._state_records = self._state_bytes = 0
        for tp, offset in offsets.items():
            part = self._parts.get(tp)
            if part is not None:
                part.committed = offset
                changelog = self.role.changelog(tp.topic)
                if changelog is not None:
                    part.changelog_end = self.outbox.end(changelog, tp.partition)

    def _report_lag(self) -> None:
        waiting: dict[str, int] = {}
        for tp, records in self.lags().items():
            waiting[tp.topic] = waiting.get(tp.topic, 0) + records
        for topic, records in waiting.items():
            seconds = max(0.0, time.time() - self._arrived.get(topic, time.time())) if records else 0.0
            self.metrics.lag(topic, seconds=seconds, records=records)

    async def _deliver(self) -> None:
        await asyncio.wait_for(self.outbox.drained(), self.flush_seconds)
        self.guard.check()

    def _changelog(self, topic: str) -> str:
        changelog = self.role.changelog(topic)
        if changelog is None:
            raise EngineError(f"{topic} has state but no changelog")
        return changelog

    async def _span(self, reader: AIOKafkaConsumer, wanted: set[TP]) -> Span:
        """First and end offset of every partition and its changelog, asked before anything is assigned: quick."""
        places = []
        for tp in wanted:
            places.append(TopicPartition(*tp))
            changelog = self.role.changelog(tp.topic)
            if changelog is not None:
                places.append(TopicPartition(changelog, tp.partition))
        if not places:
            return {}
        begin = await reader.beginning_offsets(places)
        end = await reader.end_offsets(places)
        return {place: (begin[place], end[place]) for place in places}

    async def _is_current(self, tp: TP, span: Span) -> bool:
        """Whether the shard in memory is what a restore would give: committed, and the last to write for it."""
        part = self._parts.get(tp)
        if part is None or part.committed != part.position:
            return False
        changelog = self.role.changelog(tp.topic)
        if changelog is not None:
            return span[TopicPartition(changelog, tp.partition)][1] == part.changelog_end
        place = TopicPartition(*tp)
        committed: int = (await self.fetch_committed([place])).get(place, 0)
        return committed == part.committed

    async def _load_one(self, reader: AIOKafkaConsumer, tp: TP, span: Span) -> _Part:
        loader = self.role.loader(tp.topic, tp.partition)
        changelog = self.role.changelog(tp.topic)
        place = TopicPartition(*tp)
        committed = (await self.fetch_committed([place])).get(place, 0)
        changelog_end = -1
        position = committed
        if changelog is None:
            loader.step()
        else:
            changelog_place = TopicPartition(changelog, tp.partition)
            first, changelog_end = span[changelog_place]
            await restore(reader, changelog_place, loader, begin=first, end=changelog_end)
            position = loader.cut + 1
            if not position and committed:
                log.warning("%s-%d: committed at %d but no state is kept; reading the log anew", *tp, committed)
        begin, end = span[place]
        if position > end:  # so it may look: the embedded broker tells where the last batch begins
            end = await _highwater(reader, place, begin)
        if position > end:
            raise EngineError(
                f"{tp.topic}-{tp.partition} ends at offset {end} but was read up to {position}: the topic was created"
                " anew; delete its changelog and group too, or set another broker.topic_prefix"
            )
        if begin > position > 0:
            log.error("%s-%d: retention deleted offsets %d to %d unread", *tp, position, begin - 1)
        return _Part(loader.shard(), max(position, begin), committed=committed, changelog_end=changelog_end)


async def _highwater(reader: AIOKafkaConsumer, place: TopicPartition, begin: int) -> int:
    """The end of a partition as a fetch tells it; 0 when there is nothing to fetch."""
    reader.assign([place])
    reader.seek(place, begin)
    await reader.getmany(place, timeout_ms=1000)
    return reader.highwater(place) or 0
