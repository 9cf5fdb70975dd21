"""Faust as its manual says: an agent with a table that counts per key. Memory store, changelog on, defaults else.

A process of its own on the same topic; timed from the first event that the agent gets until all changelog records are
acknowledged and the offsets committed, as the monitor is. It reads a part of the records, being slow.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

import faust

from tests.benchmarks.bench import HOT_PEOPLE
from tests.benchmarks.processes import measure
from tests.benchmarks.result import Result

if TYPE_CHECKING:
    from tests.benchmarks.bench import Bench

PART = 50
"""One in so many of the run's events is read."""


async def run(bench: Bench) -> Result:
    """Measure it once, with a ceiling before and after."""
    data = await bench.data(HOT_PEOPLE)
    ceilings = [bench.ceiling(data)]
    found = await asyncio.to_thread(
        measure, "stock_faust", bench.world.address, data.topic, max(2_000, bench.events // PART)
    )
    ceilings.append(bench.ceiling(data))
    rate = found["events"] / found["seconds"]
    return Result(
        "stock_faust",
        found["events"],
        found["seconds"],
        rate / (sum(ceilings) / 2),
        1.0,
        note="an agent with a table, counting",
    )


def new_app(address: str, topic: str, events: int, directory: str) -> faust.App:
    """The app; ends the process when so many events are counted."""
    app = faust.App(
        f"stock-faust-{os.getpid()}",
        broker=f"kafka://{address}",
        store="memory://",
        topic_partitions=4,
        datadir=directory,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    interactions = app.topic(topic, key_type=str, key_serializer="raw", value_type=bytes, value_serializer="raw")
    counts = app.Table("counts", default=int, key_type=str, value_type=int)

    @app.agent(interactions)  # type: ignore[untyped-decorator]  # Faust carries no types
    async def count(stream: Any) -> None:
        seen = 0
        started = 0.0
        async for key, _ in stream.items():  # noqa: PERF102 - a stream is no dict: its items are messages
            if not seen:
                started = time.perf_counter()
            seen += 1
            if key is not None:
                counts[key] += 1
            if seen == events:
                await app.producer.flush()
                await app.producer._ensure_producer().flush()  # Faust's own gives up after a moment
                await app.consumer.commit()
                print(json.dumps({"events": seen, "seconds": time.perf_counter() - started}), flush=True)
                os._exit(0)

    return app


async def main(address: str, topic: str, events: int) -> None:
    """Run the app until it has counted so many."""
    with tempfile.TemporaryDirectory() as directory:
        app = new_app(address, topic, events, directory)
        await app.start()
        await app.wait_until_stopped()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
