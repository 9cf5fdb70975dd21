"""The compacted topics read from the beginning by a consumer of its own, without a group."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.broker.connection import client_settings
from streams.broker.restore import RestoreError
from streams.deliver.change import UnreadableError
from streams.deliver.rebuilding import Page

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from streams.deliver.change import Change, Read
    from streams.settings import Broker

log = logging.getLogger(__name__)

SILENCE_SECONDS: Final = 60.0
ROUNDS: Final = 3
BATCHES: Final = 8
"""At a time, so that decoding them never holds up the event loop for long."""
FETCH_BYTES: Final = 4 * 1024 * 1024


async def read_states(broker: Broker, readers: Mapping[str, Read]) -> AsyncGenerator[Page]:
    """Give every record of these topics, one topic after the other.

    Then what came meanwhile, a few times: a record that was forgotten while we read its value, by somebody who follows
    the topic live, must not stay. Needs ``whole_batches.install``. Raises KafkaError when the broker can't be reached,
    RestoreError when a topic is missing or gives nothing for a minute.
    """
    async with _open(broker, readers) as reading:
        for _ in range(ROUNDS):
            if not await reading.look_for_more():
                break
            for topic in readers:
                async for page in reading.read(topic):
                    yield page


async def measure(broker: Broker, readers: Mapping[str, Read]) -> int:
    """How many offsets these topics hold now; raises as ``read_states`` does."""
    async with _open(broker, readers) as reading:
        await reading.look_for_more()
        return reading.total


@asynccontextmanager
async def _open(broker: Broker, readers: Mapping[str, Read]) -> AsyncIterator[_Reading]:
    consumer = AIOKafkaConsumer(
        **client_settings(broker),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
        max_poll_records=BATCHES,
    )
    try:
        await consumer.start()
        places = await _places(broker, list(readers))
        yield _Reading(consumer, readers, await consumer.beginning_offsets(places))
    finally:
        await consumer.stop()


async def _places(broker: Broker, names: list[str]) -> list[TopicPartition]:
    """The partitions of the topics; asked by an admin, as a consumer knows only topics that it subscribes to."""
    admin = AIOKafkaAdminClient(**client_settings(broker))
    try:
        await admin.start()
        found = await admin.describe_topics(names)
    finally:
        await admin.close()
    numbers = {topic["topic"]: [partition["partition"] for partition in topic["partitions"]] for topic in found}
    for name in names:
        if not numbers.get(name):
            raise RestoreError(f"topic {name} is missing: `rapport topics --create` makes it")
    return [TopicPartition(name, number) for name in names for number in numbers[name]]


class _Reading:
    """Where each partition is read to and ends."""

    def __init__(
        self, consumer: AIOKafkaConsumer, readers: Mapping[str, Read], first: dict[TopicPartition, int]
    ) -> None:
        self._consumer = consumer
        self._readers = readers
        self._first = first
        self._next = dict(first)
        self._end: dict[TopicPartition, int] = {}

    @property
    def total(self) -> int:
        """The offsets from the first to the noted end."""
        return sum(self._end.values()) - sum(self._first.values())

    async def look_for_more(self) -> bool:
        """Note where the topics end now; False if all before that is read."""
        self._end = await self._consumer.end_offsets(list(self._next))
        return any(self._next[place] < end for place, end in self._end.items())

    async def read(self, topic: str) -> AsyncIterator[Page]:
        """Give the topic's records up to its noted end."""
        left = {place for place in self._next if place.topic == topic and self._next[place] < self._end[place]}
        heard = time.monotonic()
        if left:
            self._consumer.assign(list(left))
            for place in left:
                self._consumer.seek(place, self._next[place])
        while left:
            answers: dict[TopicPartition, list[Any]] = await self._consumer.getmany(*left, timeout_ms=1000)
            if answers:
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENCE_SECONDS:
                raise RestoreError(f"{topic} gave nothing for {SILENCE_SECONDS:g} s before its end")
            for place, batches in answers.items():
                yield self._page(place, batches)
                if self._next[place] >= self._end[place]:
                    left.discard(place)
            await asyncio.sleep(0)

    def _page(self, place: TopicPartition, batches: list[Any]) -> Page:
        read = self._readers[place.topic]
        changes: list[Change] = []
        unreadable = 0
        for batch in batches:
            for record in batch.records:
                try:
                    changes.append(read(record.key, record.value))
                except UnreadableError as error:  # buried when it came; here it is only left out
                    unreadable += 1
                    log.debug("%s-%d at %d: %s", *place, record.offset, error)
        self._next[place] = batches[-1].next
        return Page(changes, sum(self._next.values()) - sum(self._first.values()), unreadable)
