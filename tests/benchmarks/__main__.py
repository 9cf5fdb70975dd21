"""`python -m tests.benchmarks`: starts Apache Kafka, runs the cases, prints a table and then one JSON line each."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import os
import sys
import time

from streams.broker.parts import ApacheKafka
from tests.benchmarks.bench import Bench, say
from tests.benchmarks.result import Result, table
from tests.benchmarks.world import World

CASES = (
    "stock_faust",
    "quix",
    "monitor_three",
    "monitor",
    "monitor_uniform",
    "ingest",
    "end_to_end",
    "restore",
    "memory",
    "ceiling",
)
"""In the order of running: the ceiling comes last, as the median of all the times it was run before."""


def main() -> None:
    """Read the options and run."""
    options = _options()
    os.environ.setdefault("KAFKA_HEAP_OPTS", "-Xms512m -Xmx1g")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic just made has no leader for a moment
    with ApacheKafka() as broker:
        bench = Bench(World(broker.address), options.events, options.rounds)
        results = asyncio.run(run(bench, options.only or CASES))
    if not options.json:
        print(table(results))
    for result in results:
        print(result.line())
    if bench.failed:
        sys.exit(f"failed: {', '.join(bench.failed)}")


async def run(bench: Bench, names: list[str] | tuple[str, ...]) -> list[Result]:
    """Run the cases of these names, in the order of ``CASES``; one that fails is told of, and the others go on."""
    for name in (name for name in CASES if name in names):
        started = time.monotonic()
        say(f"{name} …")
        try:
            result: Result = await importlib.import_module(f"tests.benchmarks.cases.{name}").run(bench)
        except RuntimeError as error:
            say(f"{name} failed: {error}")
            bench.failed.append(name)
            continue
        bench.results[name] = result
        say(f"{name}: {time.monotonic() - started:.0f} s in all; {result.line()}")
    return sorted(bench.results.values(), key=lambda result: result.name != "ceiling")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=CASES, metavar="NAME", help=f"one of {', '.join(CASES)}")
    parser.add_argument("--events", type=int, default=4_000_000, help="events of the fast cases (4,000,000 by default)")
    parser.add_argument("--rounds", type=int, default=2, help="times that the compared cases are run (2 by default)")
    parser.add_argument("--json", action="store_true", help="the JSON lines alone, without the table")
    options = parser.parse_args()
    if options.events < 10_000:
        parser.error(f"--events is {options.events}; allowed: 10000 and more")
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; allowed: 1 and more")
    return options


if __name__ == "__main__":
    main()
