"""Quix Streams as its manual says: a stateful count per key, its RocksDB store and changelog on, defaults else.

A process of its own on the same topic; timed from the first event that the function gets to the last.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from tests.benchmarks.bench import HOT_PEOPLE
from tests.benchmarks.processes import measure
from tests.benchmarks.result import Result

if TYPE_CHECKING:
    from tests.benchmarks.bench import Bench

PART = 12
"""One in so many of the run's events is read."""


async def run(bench: Bench) -> Result:
    """Measure it once, with a ceiling before and after."""
    data = await bench.data(HOT_PEOPLE)
    ceilings = [bench.ceiling(data)]
    found = await asyncio.to_thread(measure, "quix", bench.world.address, data.topic, max(2_000, bench.events // PART))
    ceilings.append(bench.ceiling(data))
    rate = found["events"] / found["seconds"]
    return Result(
        "quix",
        found["events"],
        found["seconds"],
        rate / (sum(ceilings) / 2),
        bench.to_stock_faust(rate),
        note="Quix Streams, stateful count",
    )


def main(address: str, topic: str, events: int) -> None:
    """Count so many and end the process."""
    from quixstreams import Application  # noqa: PLC0415 - needed in the process alone

    with tempfile.TemporaryDirectory() as directory:
        app = Application(
            broker_address=address,
            consumer_group=f"quix-{os.getpid()}",
            auto_offset_reset="earliest",
            state_dir=directory,
            loglevel="ERROR",
        )
        frame = app.dataframe(app.topic(topic, key_deserializer="bytes", value_deserializer="bytes"))
        times: list[float] = []
        seen = 0

        def count(_value: bytes, state: Any) -> int:
            nonlocal seen
            seen += 1
            if seen in (1, events):
                times.append(time.perf_counter())
            if seen == events:
                print(json.dumps({"events": seen, "seconds": times[1] - times[0]}), flush=True)
                os._exit(0)
            total: int = state.get("total", 0) + 1
            state.set("total", total)
            return total

        frame = frame.filter(lambda _value, key, _time, _headers: key is not None, metadata=True)
        frame.apply(count, stateful=True)
        app.run()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
