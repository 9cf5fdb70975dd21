"""The ceiling: what aiokafka's ``getmany`` gives when nothing is done with the records.

A process of its own, plain asyncio, no group, no decoding, all partitions of ``interactions``; timed from the first
answer to the last. The result is the median of all the times it was run in alternation with other cases.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.benchmarks.bench import HOT_PEOPLE, median
from tests.benchmarks.result import Result
from tests.benchmarks.world import PARTITIONS

if TYPE_CHECKING:
    from tests.benchmarks.bench import Bench

FETCH_BYTES = 1024 * 1024


async def run(bench: Bench) -> Result:
    """Measure it twice more, and give the median of this run."""
    data = await bench.data(HOT_PEOPLE)
    for _ in range(2):
        bench.ceiling(data)
    rate = median(bench.ceilings)
    return Result(
        "ceiling",
        data.records,
        data.records / rate,
        1.0,
        bench.to_stock_faust(rate),
        extra=bench.processor(median(bench.ceiling_cpu_us) * data.records / 1e6, data.records),
        note="bare client",
    )


async def read(address: str, topic: str, records: int) -> dict[str, float]:
    """Read so many records; gives how many came after the first answer, and the time they took."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=address,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    try:
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        got = sum(map(len, (await consumer.getmany(timeout_ms=10_000)).values()))
        first, started, used = got, time.perf_counter(), time.process_time()
        while got < records:
            got += sum(map(len, (await consumer.getmany(timeout_ms=1000)).values()))
        return {
            "events": got - first,
            "seconds": time.perf_counter() - started,
            "cpu_seconds": time.process_time() - used,
        }
    finally:
        await consumer.stop()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(read(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
