"""The cluster that the cases share: topics, records handed over in whole batches, and how far groups have committed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.partitioner import murmur2

from streams.broker import topics
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.benchmarks.processes import Worker
    from tests.benchmarks.records import Record
    from tests.benchmarks.sources import SourceRecord

BATCH_BYTES: Final = 512 * 1024
"""As large as the batches that ingest writes."""
PARTITIONS: Final = 4
_POLL_SECONDS: Final = 0.02
_TIMEOUT_SECONDS: Final = 60.0


class World:
    """One broker, seen from outside the roles."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._places: dict[bytes, int] = {}

    def settings(self, prefix: str) -> Settings:
        """The default settings, on this cluster, with a prefix that keeps one case from the next."""
        broker = {"address": self.address, "topic_prefix": prefix, "partitions": PARTITIONS}
        return Settings.model_validate({"broker": broker})

    async def create(self, prefix: str) -> Settings:
        """Make every topic with this prefix."""
        settings = self.settings(prefix)
        await topics.create(settings)
        return settings

    def placed(self, records: Iterable[Record]) -> list[list[Record]]:
        """The records by partition, where Kafka's default partitioner has them; those without a key go everywhere."""
        lanes: list[list[Record]] = [[] for _ in range(PARTITIONS)]
        places = self._places
        for record in records:
            key = record[0]
            if key is None:
                for lane in lanes:
                    lane.append(record)
                continue
            place = places.get(key)
            if place is None:
                place = places[key] = (murmur2(key) & 0x7FFFFFFF) % PARTITIONS
            lanes[place].append(record)
        return lanes

    async def publish(self, lanes: dict[str, list[list[Record]]]) -> None:
        """Write records to their topics and partitions and wait until all are on the broker."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.address, compression_type="zstd", max_batch_size=BATCH_BYTES, acks="all"
        )
        await producer.start()
        try:
            await asyncio.gather(
                *(
                    send(producer, topic, partition, records)
                    for topic, partitions in lanes.items()
                    for partition, records in enumerate(partitions)
                )
            )
        finally:
            await producer.stop()

    async def ends(self, topic: str) -> dict[TopicPartition, int]:
        """The offset after the last record of each partition."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
            found: dict[TopicPartition, int] = await consumer.end_offsets(places)
            return found
        finally:
            await consumer.stop()

    async def until_committed(self, worker: Worker, ends: dict[TopicPartition, int]) -> float:
        """Wait until the worker's group has committed these offsets; gives the time (monotonic) at which it was seen.

        RuntimeError with the worker's last words when it ends before, or takes longer than four minutes.
        """
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        give_up = time.monotonic() + _TIMEOUT_SECONDS
        try:
            while time.monotonic() < give_up:
                worker.check()
                offsets = await admin.list_consumer_group_offsets(worker.group)
                now = time.monotonic()
                if all(place in offsets and offsets[place].offset >= end for place, end in ends.items()):
                    return now
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            await admin.close()
        raise RuntimeError(f"{worker.group} did not commit all within {_TIMEOUT_SECONDS:g} s: {worker.last_words()}")

    async def forget(self, settings: Settings, role: str, changelog: str, topic: str) -> None:
        """Make a role whose worker is gone read ``topic`` anew: its state is deleted, its group's offsets are 0."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.address, group_id=settings.topic(f"rapport-{role}"), enable_auto_commit=False
        )
        await consumer.start()
        try:
            places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
            consumer.assign(places)
            await consumer.commit(dict.fromkeys(places, 0))
        finally:
            await consumer.stop()
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        try:
            await admin.delete_topics([settings.topic(changelog)])
        finally:
            await admin.close()
        for _ in range(100):
            if settings.topic(changelog) in await topics.create(settings):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{settings.topic(changelog)} could not be made again within 10 s")


def lanes_of(world: World, records: Iterable[SourceRecord]) -> dict[str, list[list[Record]]]:
    """Source records by source and partition."""
    by_source: dict[str, list[Record]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append((record.key, record.value))
    return {source: world.placed(each) for source, each in by_source.items()}


async def send(producer: AIOKafkaProducer, topic: str, partition: int, records: list[Record]) -> None:
    """Write the records in as few batches as they fill, one at a time."""
    start = 0
    while start < len(records):
        batch = producer.create_batch()
        place = start
        while place < len(records):
            key, value = records[place]
            if batch.append(timestamp=None, key=key, value=value) is None:
                break
            place += 1
        await (await producer.send_batch(batch, topic, partition=partition))
        start = place
