"""The real ingest: purchases, page views, tweets and tickets as their platforms send them, mapped and committed.

The clock starts when ``/readyz`` says that the partitions are loaded and ends when all source offsets are committed,
which they are after what follows from them is on ``interactions``. An event is a source record. Runs in alternation
with the ceiling on ``interactions``, the ratio is between medians; each run begins with nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.broker import topics
from tests.benchmarks.bench import HOT_PEOPLE, median, say
from tests.benchmarks.processes import Worker
from tests.benchmarks.result import Result
from tests.benchmarks.sources import SourceMix
from tests.benchmarks.world import lanes_of

if TYPE_CHECKING:
    from aiokafka import TopicPartition

    from tests.benchmarks.bench import Bench
    from tests.benchmarks.world import World

PART = 4
"""One in so many of the run's events is how many are ingested."""


async def run(bench: Bench) -> Result:
    """Measure as often as the run has rounds."""
    data = await bench.data(HOT_PEOPLE)
    events = bench.events // PART
    lanes = lanes_of(bench.world, SourceMix(events).records(events))
    seconds, used, ceilings = [], [], []
    for number in range(bench.rounds):
        ceilings.append(bench.ceiling(data))
        settings = await bench.world.create(f"sources{number}-")
        await bench.world.publish({settings.topic(source): partitions for source, partitions in lanes.items()})
        ends = await ends_of(bench.world, [settings.topic(source) for source in topics.SOURCE_TOPICS])
        with Worker("ingest", settings) as worker:
            ready = worker.wait_ready()
            before = worker.cpu_seconds() or 0.0
            seconds.append(await bench.world.until_committed(worker, ends) - ready)
            used.append((worker.cpu_seconds() or 0.0) - before)
        say(f"  ingest: {events / seconds[-1]:,.0f}/s after a ceiling of {ceilings[-1]:,.0f}/s")
    ceilings.append(bench.ceiling(data))
    rate = events / median(seconds)
    return Result(
        "ingest",
        events,
        median(seconds),
        rate / median(ceilings),
        bench.to_stock_faust(rate),
        extra=bench.processor(median(used), events),
        note="source records, mapped",
    )


async def ends_of(world: World, names: list[str]) -> dict[TopicPartition, int]:
    """The end of every partition of these topics that holds anything."""
    found: dict[TopicPartition, int] = {}
    for name in names:
        found |= {place: end for place, end in (await world.ends(name)).items() if end}
    return found
