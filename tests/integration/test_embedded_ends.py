"""Where a topic ends, on the embedded broker: what it lists is short of what it holds."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.broker.engine import _highwater
from streams.broker.parts import EmbeddedBroker
from streams.broker.topics import create
from streams.settings import Settings


@pytest.mark.skipif(not EmbeddedBroker.available(), reason="no embedded broker for this platform")
async def test_the_end_is_what_a_fetch_tells_not_what_the_broker_lists() -> None:
    with EmbeddedBroker() as broker:
        settings = Settings.model_validate({"broker": {"address": broker.address, "idempotent": "never"}})
        await create(settings)
        place = TopicPartition("purchases", 0)
        producer = AIOKafkaProducer(bootstrap_servers=broker.address)
        reader = AIOKafkaConsumer(bootstrap_servers=broker.address, auto_offset_reset="earliest")
        await producer.start()
        await reader.start()
        try:
            batch = producer.create_batch()
            for number in range(10):
                batch.append(timestamp=None, key=None, value=b"%d" % number)
            await (await producer.send_batch(batch, place.topic, partition=place.partition))
            assert (await reader.end_offsets([place]))[place] < 10
            assert await _highwater(reader, place, 0) == 10
            assert await _highwater(reader, TopicPartition("purchases", 1), 0) == 0
        finally:
            await reader.stop()
            await producer.stop()
