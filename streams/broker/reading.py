"""Reading topics without a group: partitions up to where they end now, or single records."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from streams.broker.connection import client_settings
from streams.broker.topics import partitions_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Collection

    from streams.settings import Broker

WAIT_MS: Final = 2_000
SILENCE_SECONDS: Final = 60.0
FETCH_BYTES: Final = 4 * 1024 * 1024
FETCH_WAIT_MS: Final = 20
"""How long the broker may hold back a fetch of what is not there yet, and the next answer with it."""


@asynccontextmanager
async def reader(broker: Broker) -> AsyncIterator[Reader]:
    """A reader with a connection of its own."""
    consumer = AIOKafkaConsumer(
        **client_settings(broker),
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    try:
        await consumer.start()
        yield Reader(consumer, broker)
    finally:
        await consumer.stop()


class Reader:
    """Reads one thing at a time; raises KafkaError or OSError when the broker does not answer for too long."""

    def __init__(self, consumer: AIOKafkaConsumer, broker: Broker) -> None:
        self._consumer = consumer
        self._broker = broker

    async def partitions(self, topic: str) -> int:
        """How many partitions the topic has; raises TopicMissingError."""
        return await partitions_of(self._broker, topic)

    async def bounds(self, place: TopicPartition) -> tuple[int, int]:
        """The first offset that the partition still has, and about where it ends."""
        begins = await self._consumer.beginning_offsets([place])
        ends = await self._consumer.end_offsets([place])
        return begins[place], ends[place]

    async def everything(self, topic: str) -> AsyncIterator[list[Any]]:
        """Every record that is there now, partition by partition, some at a time; raises TopicMissingError."""
        for number in range(await self.partitions(topic)):
            async for page in self.pages(TopicPartition(topic, number)):
                yield page

    async def pages(self, place: TopicPartition) -> AsyncGenerator[list[Any]]:
        """Every record of the partition, up to where it ends when the first of them come.

        A fetch says where that is. What ListOffsets says is short of it by the last batch but one record on the
        embedded broker, and so tells only whether there is anything.
        """
        begin, rough_end = await self.bounds(place)
        if begin >= rough_end:
            return
        self._consumer.assign([place])
        self._consumer.seek(place, begin)
        page = await self._page(place)
        end = self._consumer.highwater(place)
        while page:
            if page[-1].offset >= end:
                page = [record for record in page if record.offset < end]
            yield page
            if await self._consumer.position(place) >= end:
                return
            page = await self._page(place)

    async def records(self, place: TopicPartition, offsets: Collection[int]) -> dict[int, Any]:
        """The records at these offsets of the partition, without those that are not there."""
        found: dict[int, Any] = {}
        wanted = sorted(set(offsets), reverse=True)
        self._consumer.assign([place])
        while wanted:
            self._consumer.seek(place, wanted[-1])
            try:
                page = await self._page(place)
            except OffsetOutOfRangeError:
                page = []
            found |= {record.offset: record for record in page if record.offset in wanted}
            reached = page[-1].offset if page else wanted[-1]
            while wanted and wanted[-1] <= reached:
                wanted.pop()
        return found

    async def _page(self, place: TopicPartition) -> list[Any]:
        """The next records; none where there are none."""
        consumer = self._consumer
        heard = time.monotonic()
        while time.monotonic() - heard < SILENCE_SECONDS:
            fetched: list[Any] = (await consumer.getmany(place, timeout_ms=WAIT_MS)).get(place, [])
            end = consumer.highwater(place)
            if fetched or (end is not None and await consumer.position(place) >= end):
                return fetched
        raise TimeoutError(f"{place.topic}-{place.partition} gave nothing for {SILENCE_SECONDS:g} s")
