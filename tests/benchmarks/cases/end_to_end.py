"""From a source record to the alert: ingest and monitor as real processes on one machine, with the broker beside them.

First the maximum: source records wait on the broker, the clock runs from both roles being ready until ingest has
committed them all and the monitor all interactions that came of them. Then half of that rate is fed in evenly, and
latency is measured: the broker's time of the record on ``alerts`` less that of the source record which triggered it,
for alerts of ``third_channel``. Their newest evidence is the triggering ticket, whose id names the source record.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from sinks.alert import decode_alert
from streams.broker import topics
from streams.broker.outbox import Outbox
from tests.benchmarks.bench import say
from tests.benchmarks.cases.ingest import ends_of
from tests.benchmarks.processes import Worker
from tests.benchmarks.result import Result
from tests.benchmarks.sources import SourceMix, SourceRecord
from tests.benchmarks.world import BATCH_BYTES, lanes_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streams.settings import Settings
    from tests.benchmarks.bench import Bench
    from tests.benchmarks.world import World

PART: Final = 16
"""One in so many of the run's events is fed in to find the maximum."""
PACED_SECONDS: Final = 20.0
SLOT_SECONDS: Final = 0.02
_SETTLE_SECONDS: Final = 3.0


async def run(bench: Bench) -> Result:
    """Measure the maximum, then the latency at half of it."""
    world = bench.world
    events = bench.events // PART
    settings = await world.create("way-")
    mix = SourceMix(events * 4)
    lanes = lanes_of(world, mix.records(events))
    await world.publish({settings.topic(source): partitions for source, partitions in lanes.items()})
    with Worker("ingest", settings) as ingest, Worker("monitor", settings) as monitor:
        started = max(ingest.wait_ready(), monitor.wait_ready())
        done = await _all_done(world, settings, ingest, monitor)
        maximum = events / (done - started)
        say(f"  end_to_end: at most {maximum:,.0f}/s; now half of it for {PACED_SECONDS:g} s")
        ends = await world.ends(settings.topic(topics.ALERTS))
        records = list(mix.records(int(maximum / 2 * PACED_SECONDS)))
        took = await _feed(world, settings, records)
        await asyncio.sleep(_SETTLE_SECONDS)
        await _all_done(world, settings, ingest, monitor)
    waits = await _latencies(world, settings, records, ends)
    return Result(
        "end_to_end",
        events,
        done - started,
        extra={
            "half_rate": len(records) / took,
            "alerts": len(waits),
            "p50_ms": _quantile(waits, 0.5),
            "p99_ms": _quantile(waits, 0.99),
            "max_ms": max(waits, default=None),
        },
        note="ingest and monitor, latency at half rate",
    )


async def _all_done(world: World, settings: Settings, ingest: Worker, monitor: Worker) -> float:
    """Wait until ingest has committed all sources, and the monitor what had come of them by then."""
    await world.until_committed(ingest, await ends_of(world, [settings.topic(name) for name in topics.SOURCE_TOPICS]))
    return await world.until_committed(monitor, await ends_of(world, [settings.topic(topics.INTERACTIONS)]))


async def _feed(world: World, settings: Settings, records: list[SourceRecord]) -> float:
    """Hand the records to the broker at an even pace, a small batch a slot and partition; gives the seconds taken."""
    slots = int(PACED_SECONDS / SLOT_SECONDS)
    bounds = [len(records) * slot // slots for slot in range(slots + 1)]
    producer = AIOKafkaProducer(bootstrap_servers=world.address, compression_type="zstd", max_batch_size=BATCH_BYTES)
    await producer.start()
    outbox = Outbox(producer, _failed)
    for source in topics.SOURCE_TOPICS:
        await outbox.learn(settings.topic(source))
    started = time.monotonic()
    try:
        for slot in range(slots):
            for record in records[bounds[slot] : bounds[slot + 1]]:
                outbox.put(settings.topic(record.source), record.key, record.value)
            await asyncio.sleep(max(0.0, started + (slot + 1) * SLOT_SECONDS - time.monotonic()))
        await outbox.drained()
        return time.monotonic() - started
    finally:
        await producer.stop()


def _failed(error: BaseException) -> None:
    say(f"feeding failed: {error}")


async def _latencies(
    world: World, settings: Settings, records: list[SourceRecord], since: dict[TopicPartition, int]
) -> list[int]:
    """Milliseconds from the source record to the alert, of every alert that a record of ours triggered."""
    triggers = {record.complaint: record for record in records if record.complaint is not None}
    values = {record.value: ticket for ticket, record in triggers.items()}
    tickets = settings.topic("tickets")
    arrived = {}
    async for value, timestamp in _read(world, tickets, dict.fromkeys(await world.ends(tickets), 0)):
        ticket = values.get(value)
        if ticket is not None:
            arrived[f"{ticket}:created"] = timestamp
    waits = []
    async for value, timestamp in _read(world, settings.topic(topics.ALERTS), since):
        alert = decode_alert(value)
        if alert.rule == "third_channel" and alert.status in ("open", "updated"):
            came = arrived.get(alert.evidence[-1].interaction)
            if came is not None:
                waits.append(timestamp - came)
    return waits


async def _read(world: World, topic: str, since: dict[TopicPartition, int]) -> AsyncIterator[tuple[bytes, int]]:
    """Value and broker's time (ms) of every record there is from these offsets on."""
    ends = await world.ends(topic)
    left = {place for place, end in ends.items() if end > since.get(place, 0)}
    if not left:
        return
    consumer = AIOKafkaConsumer(bootstrap_servers=world.address, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(sorted(left))
        for place in left:
            consumer.seek(place, since.get(place, 0))
        while left:
            for place, found in (await consumer.getmany(timeout_ms=500)).items():
                for record in found:
                    yield record.value, record.timestamp
                if found and found[-1].offset + 1 >= ends[place]:
                    left.discard(place)
    finally:
        await consumer.stop()


def _quantile(values: list[int], share: float) -> int | None:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None
