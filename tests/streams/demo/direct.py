"""The simulated company without a broker: through the mappers and one partition of people and of cohorts each."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from detectors.cohort_partition import CohortPartition
from detectors.core import Core
from detectors.counts import progress, told
from detectors.partition import Partition
from detectors.wire import SourceProgress, Tick, encode_compact, encode_tick
from sinks.alert import Alert
from streams.cohorts.alerts import cohort_alert
from streams.demo.casting import Cast
from streams.demo.event import DAY_MS, Event
from streams.demo.settings import demo_environment
from streams.demo.simulator import simulate
from streams.demo.stories import INTERACTIONS
from streams.ingest.mapper import Mapper
from streams.ingest.sessions import Sessions, session_key
from streams.monitor.alerts import feed_alert, person_alert
from streams.settings import load

SOURCES = ("page-views", "purchases", "tickets", "tweets")
TICKS_A_DAY = 4
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1000
"""When the companies of these tests begin."""


class LogRecord(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Direct:
    """Everything between the sources and the alerts, in one object."""

    def __init__(self, cast: Cast) -> None:
        settings = load(None, demo_environment())
        self.core = Core(
            settings.built_rules(),
            silence={source: int(hours * 3_600_000) for source, hours in settings.monitor.silence_hours.items()},
        )
        self.partition = Partition(self.core)
        self.cohorts = CohortPartition(settings.cohort_rules())
        self.mappers = {source: Mapper(source, settings.ingest) for source in SOURCES}
        self.sessions = Sessions(settings.ingest)
        self.newest = dict.fromkeys(SOURCES, 0)
        self.alerts: list[Alert] = []
        self.events = 0
        self.kinds: dict[int, int] = {}
        self._offset = 0
        self._ticked = 0

    def take(self, event: Event) -> None:
        self.events += 1
        if event.at // (DAY_MS // TICKS_A_DAY) > self._ticked:
            self._ticked = event.at // (DAY_MS // TICKS_A_DAY)
            self.tick()
        value = msgspec.json.encode(event.record)
        if event.source == INTERACTIONS:
            key = event.record["stakeholder"].encode()
            self._apply([LogRecord(self._next(), event.at + 1000, key, value)])
            return
        mapped = self.mappers[event.source].map(value, event.at + 1000)
        assert not mapped.refusals, mapped.refusals[0]
        self.newest[event.source] = max(self.newest[event.source], event.at)
        interactions = list(mapped.interactions)
        if event.source == "page-views":
            for view in mapped.interactions:
                interactions += self.sessions.apply(view, session_key(view))
                interactions += self.sessions.advance(event.at)
        records = []
        for each in interactions:
            self.kinds[each.kind] = self.kinds.get(each.kind, 0) + 1
            key = (each.stakeholder or "").encode()
            each.stakeholder = None
            records.append(LogRecord(self._next(), event.at + 1000, key, encode_compact(each)))
        self._apply(records)

    def _apply(self, records: list[LogRecord]) -> None:
        self.partition.apply(records)
        assert not self.partition.refused, self.partition.refused[0]
        self._collect()

    def tick(self) -> None:
        at = max(self.newest.values())
        sources = [SourceProgress(source, 0, newest) for source, newest in self.newest.items() if newest]
        self.partition.apply([LogRecord(self._next(), -1, None, encode_tick(Tick(at, sources)))])
        self._collect()

    def _next(self) -> int:
        self._offset += 1
        return self._offset

    def _collect(self) -> None:
        for raised in self.partition.raised:
            rule = self.core.rules[raised.rule]
            self.alerts.append(person_alert(raised, rule, topic="interactions", partition=0, rules_version=""))
        self.alerts += [feed_alert(news, rules_version="") for news in self.partition.feeds]
        self.partition.raised = []
        self.partition.feeds = []
        for tally in told(self.partition, 0):
            self.cohorts.count(tally)
        if self.partition.has_passed:
            self.partition.has_passed = False
            self.cohorts.pass_time(progress(self.partition, 0, 1))
        self.alerts += [cohort_alert(each, rules_version="") for each in self.cohorts.raised]
        self.cohorts.raised = []


def live(cast: Cast, watch: Callable[[Event], None] | None = None) -> Direct:
    direct = Direct(cast)
    for day in simulate(cast):
        for event in day:
            if watch is not None:
                watch(event)
            direct.take(event)
    for _ in range(6):
        direct.tick()
    return direct
