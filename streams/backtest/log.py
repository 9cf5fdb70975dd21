"""The topic ``interactions`` from its beginning to its present end, as pages: its own partitions in their own order."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.backtest.backtest import Page
from streams.broker.connection import client_settings
from streams.broker.topics import partitions_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streams.backtest.messages import Record
    from streams.settings import Broker

PAGE: Final = 2_000
WAIT_MS: Final = 2_000
SILENCE_SECONDS: Final = 60.0
FETCH_BYTES: Final = 4 * 1024 * 1024


class Log:
    """The topic as it was when it was opened; ``partitions`` is how many it has, ``total`` about how many records."""

    def __init__(self, consumer: Any, first: dict[TopicPartition, int], end: dict[TopicPartition, int]) -> None:
        self._consumer = consumer
        self._first = first
        self._lengths = {place: end[place] - first[place] for place in first}
        self.partitions = len(first)
        self.total = sum(self._lengths.values())

    async def pages(self) -> AsyncIterator[Page]:
        """All records: the partitions side by side, each in its own order, at a pace that lets all end together.

        A partition ends where it ends when its first records come: what ListOffsets says is short of it by the last
        batch but one record on the embedded broker. Raises KafkaError when the broker goes away, TimeoutError when a
        partition gives nothing for a minute.
        """
        consumer = self._consumer
        left = [place for place, length in self._lengths.items() if length]
        if left:
            consumer.assign(left)
        for place in left:
            consumer.seek(place, self._first[place])
        shares = {place: ceil(PAGE * self._lengths[place] / self.total) for place in left}
        ends: dict[TopicPartition, int] = {}
        done = 0
        while left:
            records: dict[int, list[Record]] = {}
            for place in left:
                found = await self._next(place, shares[place])
                end = ends.setdefault(place, consumer.highwater(place))
                records[place.partition] = [
                    (each.offset, each.timestamp, each.key, each.value) for each in found if each.offset < end
                ]
            left = [place for place in left if await consumer.position(place) < ends[place]]
            count = sum(map(len, records.values()))
            done += count
            yield Page(records, self._name, count, done)

    async def _next(self, place: TopicPartition, at_most: int) -> list[Any]:
        give_up = time.monotonic() + SILENCE_SECONDS
        while time.monotonic() < give_up:
            fetched = await self._consumer.getmany(place, timeout_ms=WAIT_MS, max_records=at_most)
            if place in fetched:
                found: list[Any] = fetched[place]
                return found
        raise TimeoutError(f"{place.topic}-{place.partition} gave nothing for {SILENCE_SECONDS:g} s before its end")

    def _name(self, partition: int, offset: int) -> tuple[str, int]:
        topic = next(iter(self._first)).topic
        return f"{topic}-{partition}", offset


@asynccontextmanager
async def open_log(broker: Broker, topic: str) -> AsyncIterator[Log]:
    """Find out what the topic holds; raises TopicMissingError, or KafkaError when the broker can't be reached."""
    places = [TopicPartition(topic, number) for number in range(await partitions_of(broker, topic))]
    consumer = AIOKafkaConsumer(
        **client_settings(broker), enable_auto_commit=False, max_partition_fetch_bytes=FETCH_BYTES
    )
    try:
        await consumer.start()
        first = await consumer.beginning_offsets(places)
        yield Log(consumer, first, await consumer.end_offsets(places))
    finally:
        await consumer.stop()
