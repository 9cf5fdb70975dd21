"""1,000,000 people back from the changelog: the real monitor, from its start until ``/readyz`` says yes.

The changelog is written by the real encoder: 4,000 typical people, each under 250 keys, and the completion that makes
the flush count. ``seconds`` includes the start of the process, which the same worker without any state takes alone
(``start_seconds``); ``restore_seconds`` is what the worker's own metric says.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from detectors.cuts import COMPLETION_KEY
from detectors.state import encode_partition, encode_person
from detectors.wire import Tick, encode_tick
from streams.broker import topics
from tests.benchmarks.people import TYPICAL_EVENTS, live, new_partition
from tests.benchmarks.processes import Worker
from tests.benchmarks.result import Result
from tests.benchmarks.world import PARTITIONS

if TYPE_CHECKING:
    from streams.settings import Settings
    from tests.benchmarks.bench import Bench
    from tests.benchmarks.records import Record

PEOPLE: Final = 1_000_000
DISTINCT: Final = 4_000


async def run(bench: Bench) -> Result:
    """Write the state, then let the worker read it."""
    world = bench.world
    empty = await world.create("empty-")
    with Worker("monitor", empty) as worker:
        start = await asyncio.to_thread(worker.wait_ready) - worker.started_at
    settings = await world.create("restore-")
    tick: Record = (None, encode_tick(Tick(1, [])))
    await world.publish({settings.topic(topics.INTERACTIONS): [[tick]] * PARTITIONS})
    await _write(bench, settings)
    with Worker("monitor", settings) as worker:
        seconds = await asyncio.to_thread(worker.wait_ready) - worker.started_at
        restored = worker.metric("rapport_restore_seconds")
    return Result(
        "restore",
        PEOPLE,
        seconds,
        extra={"start_seconds": start, "restore_seconds": restored},
        note="people from the changelog until ready",
    )


async def _write(bench: Bench, settings: Settings) -> None:
    """The state of all people as of offset 0, a partition's share each, then what completes it."""
    partition = new_partition()
    live(partition, DISTINCT, TYPICAL_EVENTS)
    known = list(partition.people.values())
    for number in range(DISTINCT, PEOPLE):
        partition.people[f"c-{number:07d}".encode()] = known[number % DISTINCT]
    lanes = bench.world.placed((key, encode_person(partition, key, 0) or b"") for key in partition.people)
    topic = settings.topic(topics.MONITOR_CHANGELOG)
    await bench.world.publish({topic: lanes})
    completions = []
    people = partition.people
    for lane in lanes:
        partition.people = {key: people[key] for key, _ in lane if key is not None}
        completions.append([(COMPLETION_KEY, encode_partition(partition, 0))])
    await bench.world.publish({topic: [list(each) for each in completions]})
