"""Records on their way to the broker: one lane a topic partition, one batch of it under way at a time.

aiokafka's ``send_batch`` times out at once when many wait for one partition, so what is handed over while a batch is
under way leaves together in the next. Order within a lane is the order of :meth:`Outbox.put`.
"""

from __future__ import annotations

import asyncio
import time
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiokafka import AIOKafkaProducer

Entry = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]

MOST_KEYS = 500_000
PACE_SECONDS = 0.005
"""What comes within so short a time after a lane's last batch leaves together, unless somebody waits for it: under
load a batch, its compression and its acknowledgement cost more than its records."""
_FACTOR: Final = 0x5BD1E995
_WORD: Final = 0xFFFFFFFF
_NO_HEADERS: list[tuple[str, bytes]] = []


class _Lane:
    """The records for one topic partition."""

    __slots__ = ("acked", "bytes", "end", "handed", "partition", "sent_at", "task", "topic", "waiters", "waiting")

    def __init__(self, topic: str, partition: int) -> None:
        self.topic = topic
        self.partition = partition
        self.waiting: list[Entry] = []
        self.task: asyncio.Task[None] | None = None
        self.bytes = 0
        self.handed = 0
        self.acked = 0
        self.end = -1
        self.sent_at = 0.0
        self.waiters: list[tuple[int, asyncio.Future[None]]] = []

    def acknowledge(self, count: int) -> None:
        """Note that so many more are on the broker, and wake who waited for them."""
        self.acked += count
        waiters, self.waiters = self.waiters, []
        for mark, waiter in waiters:
            if mark > self.acked:
                self.waiters.append((mark, waiter))
            elif not waiter.done():
                waiter.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Tell who waits that it will not happen."""
        waiters, self.waiters = self.waiters, []
        for _, waiter in waiters:
            if not waiter.done():
                waiter.set_exception(error)


class Outbox:
    """Takes records synchronously and sends them in the background; ``failed`` is called on the first failure.

    ``backlog_bytes`` is what waits or is under way.
    """

    def __init__(self, producer: AIOKafkaProducer, failed: Callable[[BaseException], None]) -> None:
        self._producer = producer
        self._failed = failed
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self._partitions: dict[str, int] = {}
        self._placed: dict[str, dict[bytes, int]] = {}
        self.backlog_bytes = 0

    async def learn(self, topic: str) -> int:
        """Look up how many partitions the topic has, so that keys can be placed; gives the number."""
        partitions = await self._producer.partitions_for(topic)
        self._partitions[topic] = len(partitions)
        self._placed[topic] = {}
        return len(partitions)

    def partitions(self, topic: str) -> int:
        """How many partitions a learnt topic has."""
        return self._partitions[topic]

    def partition(self, topic: str, key: bytes) -> int:
        """Where the key belongs, as Kafka's default partitioner has it (murmur2)."""
        placed = self._placed[topic]
        place = placed.get(key)
        if place is None:
            if len(placed) >= MOST_KEYS:
                placed.clear()
            place = placed[key] = (murmur2(key) & 0x7FFFFFFF) % self._partitions[topic]
        return place

    def put(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        partition: int | None = None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None:
        """Hand over one record; without a partition it goes where its key belongs, without either to partition 0."""
        if partition is None:
            partition = 0 if key is None else self.partition(topic, key)
        lane = self._lanes.get((topic, partition)) or self._open(topic, partition)
        lane.waiting.append((key, value, headers or _NO_HEADERS))
        self._note(lane, 1, len(key or b"") + len(value or b""))

    def put_all(
        self,
        topic: str,
        entries: Sequence[tuple[bytes, bytes | None]],
        *,
        partition: int,
        on_tombstones: list[tuple[str, bytes]] | None = None,
    ) -> int:
        """Hand over many records for one partition, tombstones with these headers; gives the bytes of their values."""
        graves = on_tombstones or _NO_HEADERS
        lane = self._lanes.get((topic, partition)) or self._open(topic, partition)
        size = 0
        add = lane.waiting.append
        for key, value in entries:
            if value is None:
                add((key, None, graves))
            else:
                size += len(value)
                add((key, value, _NO_HEADERS))
        self._note(lane, len(entries), size)
        return size

    async def drained(self) -> None:
        """Wait until everything handed over before this call is acknowledged by all in-sync replicas.

        Raises what made a lane fail.
        """
        loop = asyncio.get_running_loop()
        waiting = []
        for lane in self._lanes.values():
            if lane.acked < lane.handed:
                waiter = loop.create_future()
                lane.waiters.append((lane.handed, waiter))
                waiting.append(waiter)
        await asyncio.gather(*waiting)

    def end(self, topic: str, partition: int) -> int:
        """The offset after the last acknowledged record of ours in the partition; -1 for none."""
        lane = self._lanes.get((topic, partition))
        return -1 if lane is None else lane.end

    def _open(self, topic: str, partition: int) -> _Lane:
        lane = self._lanes[topic, partition] = _Lane(topic, partition)
        return lane

    def _note(self, lane: _Lane, records: int, size: int) -> None:
        lane.handed += records
        lane.bytes += size
        self.backlog_bytes += size
        if lane.task is None and lane.waiting:
            lane.task = asyncio.get_running_loop().create_task(self._run(lane))

    async def _run(self, lane: _Lane) -> None:
        try:
            while lane.waiting:
                early = lane.sent_at + PACE_SECONDS - time.monotonic()
                if early > 0 and not lane.waiters:
                    await asyncio.sleep(early)
                lane.sent_at = time.monotonic()
                await self._send_some(lane)
        except Exception as error:  # noqa: BLE001 - whatever it is, records are not on the broker: the worker must end
            lane.fail(error)
            self._failed(error)
        finally:
            lane.task = None

    async def _send_some(self, lane: _Lane) -> None:
        entries, lane.waiting = lane.waiting, []
        size, lane.bytes = lane.bytes, 0
        start = 0
        while start < len(entries):
            batch = self._producer.create_batch()
            count = _fill(batch, entries, start)
            sent = await self._producer.send_batch(batch, lane.topic, partition=lane.partition)
            metadata: Any = await sent
            lane.end = metadata.offset + count
            lane.acknowledge(count)
            start += count
        self.backlog_bytes -= size


def murmur2(key: bytes) -> int:
    """Austin Appleby's hash in Kafka's variant (32 bits), as the client's own, which takes longer than all else here.

    Source: ``org.apache.kafka.common.utils.Utils.murmur2``.
    """
    size = len(key)
    value = 0x9747B28C ^ size
    whole = size & ~3
    for place in range(0, whole, 4):
        word = key[place] | key[place + 1] << 8 | key[place + 2] << 16 | key[place + 3] << 24
        word = word * _FACTOR & _WORD
        value = (value * _FACTOR & _WORD) ^ ((word ^ word >> 24) * _FACTOR & _WORD)
    if size > whole:
        for place in range(size - 1, whole - 1, -1):
            value ^= key[place] << (place - whole) * 8
        value = value * _FACTOR & _WORD
    value = (value ^ value >> 13) * _FACTOR & _WORD
    return value ^ value >> 15


def _fill(batch: Any, entries: list[Entry], start: int) -> int:
    """Put as many entries into the batch as it holds, past its own ``append``, which costs as much again a record."""
    append = batch._builder.append  # noqa: SLF001 - see above
    now_ms = int(time.time() * 1000)
    count = 0
    for key, value, headers in islice(entries, start, None):
        if append(count, now_ms, key, value, headers) is None:
            break
        count += 1
    batch._relative_offset = count  # noqa: SLF001 - likewise
    return count
