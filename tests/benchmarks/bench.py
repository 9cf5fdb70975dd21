"""What the cases share: the cluster, the records on it, the ceiling measured around each case, the results so far."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from detectors import cohorts
from detectors.rules import discover
from streams.broker import topics
from tests.benchmarks.processes import Worker, measure
from tests.benchmarks.records import Mix

if TYPE_CHECKING:
    from collections.abc import Collection

    from streams.settings import Settings
    from tests.benchmarks.result import Result
    from tests.benchmarks.world import World

HOT_PEOPLE: Final = 10_000
WIDE_PEOPLE: Final = 300_000


@dataclass(frozen=True)
class Data:
    """Interactions on a cluster: ``records`` of them in all, ticks included, under the prefix of ``settings``."""

    settings: Settings
    records: int

    @property
    def topic(self) -> str:
        """The topic that holds them."""
        return self.settings.topic(topics.INTERACTIONS)


@dataclass
class Bench:
    """One run. ``events`` is how many the fast cases read; the slow ones read a fixed part of them."""

    world: World
    events: int
    rounds: int
    results: dict[str, Result] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    ceilings: list[float] = field(default_factory=list)
    ceiling_cpu_us: list[float] = field(default_factory=list)
    _data: dict[int, Data] = field(default_factory=dict)

    async def data(self, people: int) -> Data:
        """The records of so many people, made and published when first asked for."""
        if people not in self._data:
            say(f"publishing {self.events:,} events of {people:,} people")
            settings = await self.world.create(f"p{people}-")
            lanes = self.world.placed(Mix(people, self.events).records())
            await self.world.publish({settings.topic(topics.INTERACTIONS): lanes})
            self._data[people] = Data(settings, sum(map(len, lanes)))
        return self._data[people]

    def ceiling(self, data: Data) -> float:
        """Measure the ceiling on these records: records a second."""
        found = measure("ceiling", self.world.address, data.topic, data.records)
        rate = float(found["events"] / found["seconds"])
        self.ceilings.append(rate)
        self.ceiling_cpu_us.append(found["cpu_seconds"] / found["events"] * 1e6)
        return rate

    async def monitor_seconds(self, data: Data, rules: Collection[str] = ()) -> tuple[float, float]:
        """How long the real monitor takes for the records, from ready to all committed, and its processor time.

        All rules are on, or those of these names.
        """
        ends = await self.world.ends(data.topic)
        off = [rule for rule in (*discover(), *cohorts.discover()) if rules and rule not in rules]
        with Worker("monitor", data.settings, {f"RAPPORT_RULES__{r.upper()}__ENABLED": "false" for r in off}) as worker:
            ready = worker.wait_ready()
            used = worker.cpu_seconds() or 0.0
            done = await self.world.until_committed(worker, ends)
            used = (worker.cpu_seconds() or 0.0) - used
        await self.world.forget(data.settings, "monitor", topics.MONITOR_CHANGELOG, data.topic)
        return done - ready, used

    def processor(self, seconds: float, events: int) -> dict[str, float]:
        """Processor time of the process measured, and its ratio to the ceiling's: less moved by what else runs."""
        used = seconds / events * 1e6
        if not used:
            return {}
        return {"cpu_us_per_event": used, "cpu_ratio_to_ceiling": median(self.ceiling_cpu_us) / used}

    def to_stock_faust(self, rate: float) -> float | None:
        """How many times as fast as stock Faust in this run; None if that case has not been run."""
        stock = self.results.get("stock_faust")
        return None if stock is None or not stock.events_per_second else rate / stock.events_per_second


def median(values: list[float]) -> float:
    """The median, as a float."""
    return float(statistics.median(values))


def say(words: str) -> None:
    """Tell what is going on."""
    print(words, file=sys.stderr, flush=True)
