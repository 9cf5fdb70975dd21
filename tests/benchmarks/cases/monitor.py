"""The real monitor on 10,000 people: ``rapport worker monitor``, all rules, changelog and commits on.

The records wait on the broker. The clock starts when the worker's ``/readyz`` says that its partitions are loaded
(start-up is left out) and ends when the broker shows that every offset is committed, looked up from outside each
20 ms. The wait for the last commit, up to one ``broker.commit_seconds``, counts. Each run begins with nothing: group
and changelog are deleted in between. A run of the ceiling precedes each and one follows; medians are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.bench import HOT_PEOPLE, median, say
from tests.benchmarks.result import Result

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.benchmarks.bench import Bench


async def run(bench: Bench) -> Result:
    """Measure on the hot population."""
    return await measured(bench, "monitor", HOT_PEOPLE)


async def measured(bench: Bench, name: str, people: int, rules: Collection[str] = ()) -> Result:
    """Measure on so many people, with all rules or those of these names."""
    data = await bench.data(people)
    seconds, used, ceilings = [], [], []
    for _ in range(bench.rounds):
        ceilings.append(bench.ceiling(data))
        took, processor = await bench.monitor_seconds(data, rules)
        say(f"  {name}: {data.records / took:,.0f}/s after a ceiling of {ceilings[-1]:,.0f}/s")
        seconds.append(took)
        used.append(processor)
    ceilings.append(bench.ceiling(data))
    rate = data.records / median(seconds)
    return Result(
        name,
        data.records,
        median(seconds),
        rate / median(ceilings),
        bench.to_stock_faust(rate),
        extra={"people": people, **bench.processor(median(used), data.records)},
        note=f"{len(rules) or 'all'} rules, changelog, commits",
    )
