"""Bytes of a person: at rest, as the changelog has them, and resident, as the difference that 200,000 make.

Typical: 12 interactions in 90 days, of the mix's kinds by their weights (two thirds are counted nowhere); ``counted``
has 12 interactions that rules read. Busy: 2,000 in 90 days. A process of its own; resident needs Linux.
"""

from __future__ import annotations

import asyncio
import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detectors.state import encode_person
from tests.benchmarks.people import BUSY_EVENTS, TYPICAL_EVENTS, live, new_partition
from tests.benchmarks.processes import measure
from tests.benchmarks.records import READ
from tests.benchmarks.result import Result

if TYPE_CHECKING:
    from detectors.partition import Partition
    from tests.benchmarks.bench import Bench

RESIDENT_PEOPLE = 200_000
SAMPLE = 2_000
BUSY_PEOPLE = 20


async def run(_bench: Bench) -> Result:
    """Measure in a fresh process."""
    found = await asyncio.to_thread(measure, "memory")
    return Result("memory", extra=found, note="bytes a person")


def main() -> dict[str, Any]:
    """The figures, in bytes a person."""
    counted, busy = new_partition(), new_partition()
    live(counted, SAMPLE, TYPICAL_EVENTS, tuple(READ))
    live(busy, BUSY_PEOPLE, BUSY_EVENTS)
    live(new_partition(), SAMPLE, TYPICAL_EVENTS)  # so that what is allocated once is there
    partition = new_partition()
    before = _resident()
    live(partition, RESIDENT_PEOPLE, TYPICAL_EVENTS)
    for written in (partition.take_dirty(partition.cut), partition.moved, partition.seen_anew):
        written.clear()
    gc.collect()
    after = _resident()
    return {
        "people": RESIDENT_PEOPLE,
        "at_rest_bytes": _mean(partition),
        "resident_bytes": None if before is None or after is None else (after - before) / RESIDENT_PEOPLE,
        "counted_at_rest_bytes": _mean(counted),
        "busy_at_rest_bytes": _mean(busy),
    }


def _mean(partition: Partition) -> float:
    """Bytes of the changelog's values of up to 2,000 of the people."""
    keys = list(partition.people)[:SAMPLE]
    return sum(len(encode_person(partition, key, partition.people[key].offset) or b"") for key in keys) / len(keys)


def _resident() -> int | None:
    try:
        words = Path("/proc/self/statm").read_text().split()
    except OSError:
        return None
    return int(words[1]) * 4096


if __name__ == "__main__":
    print(json.dumps(main()))
