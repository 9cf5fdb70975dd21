"""Interactions to alerts without a broker: the core of ``monitor`` and ``cohorts`` over one partition.

Files are merged by time; a record's offset is its place in that order, so evidence points at it.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from detectors.cohort_partition import CohortPartition
from detectors.counts import Progress, told
from detectors.partition import FUTURE_MS, Partition
from detectors.wire import WireError, decode
from streams.cohorts.alerts import cohort_alert
from streams.files.recordings import UNREADABLE, BadLine, Recorded, Recording
from streams.ingest import people
from streams.ingest.refusal import RefusalReason, Refused
from streams.monitor.alerts import person_alert
from streams.monitor.core import new_core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sinks.alert import Alert
    from streams.settings import Settings

TOPIC: Final = "interactions"
CHUNK: Final = 1_000
SORTED: Final = 10_000
"""Events that are put in order at once, at least."""


class Event:
    """One interaction of a file; the partition takes it for a record of the topic (``timestamp`` -1: no broker's)."""

    __slots__ = ("at", "key", "line", "name", "offset", "timestamp", "value")

    def __init__(self, at: int, key: bytes, record: Recorded) -> None:
        self.at = at
        self.key: bytes | None = key
        self.value: bytes | None = record.value
        self.name = record.name
        self.line = record.line
        self.offset = -1
        self.timestamp = -1


class _Head(msgspec.Struct):
    """What is needed to put an interaction into its place."""

    occurred_at: datetime | int
    stakeholder: str | None = None
    identities: dict[str, str] = {}


_head = msgspec.json.Decoder(_Head).decode
_at = attrgetter("at")


class Reader:
    """Reads interactions from files; ``told`` hears of each line that is none.

    Those that lie more than five minutes after ``now_ms`` are refused, as the monitor refuses what lies so far after
    the broker's time: one of them would move the clock for all.
    """

    def __init__(self, identity_order: tuple[str, ...], told: Callable[[BadLine], None], *, now_ms: int) -> None:
        self._order = identity_order
        self._now = now_ms
        self._told = told

    def merged(self, recordings: Iterable[Recording]) -> Iterator[Event]:
        """All interactions by time, equal times in the order of the files and lines.

        A file is read twice: at first to see how late its lines come, which is how long each waits for its place.
        Standard input is sorted in memory.
        """
        streams = [self._by_time(recording) for recording in recordings]
        merged = streams[0] if len(streams) == 1 else heapq.merge(*streams, key=_at)
        for offset, event in enumerate(merged):
            event.offset = offset
            yield event

    def _by_time(self, recording: Recording) -> Iterable[Event]:
        events = self._events(recording, self._told)
        lateness = self._lateness(recording)
        if lateness is None:
            return sorted(events, key=_at)
        return _in_order(events, lateness) if lateness else events

    def _lateness(self, recording: Recording) -> int | None:
        """How far (ms) a line of the file lies before one above it, at most; None: it can be read but once."""
        if recording.size is None:
            return None
        lateness = newest = 0
        with Recording(recording.name, recording.form) as again:
            for each in again:
                if isinstance(each, BadLine):
                    continue
                try:
                    at = self._when(_head(each.value), each.value)
                except (*UNREADABLE, WireError, Refused):
                    continue  # told of when it is read for good
                if at >= newest:
                    newest = at
                elif newest - at > lateness:
                    lateness = newest - at
        return lateness

    def _events(self, lines: Iterable[Recorded | BadLine], told: Callable[[BadLine], None]) -> Iterator[Event]:
        for each in lines:
            if isinstance(each, BadLine):
                told(each)
                continue
            try:
                at, stakeholder = self._place(each.value)
            except (WireError, Refused) as error:
                told(BadLine(each.name, each.line, str(error)))
            else:
                yield Event(at, stakeholder.encode(), each)

    def _place(self, value: bytes) -> tuple[int, str]:
        """When it happened, and to whom."""
        try:
            head = _head(value)
        except UNREADABLE as error:
            raise WireError(f"{error}; allowed: an interaction as published by `rapport schema`") from None
        at = self._when(head, value)
        return at, head.stakeholder or people.stakeholder(head.identities, self._order)

    def _when(self, head: _Head, value: bytes) -> int:
        when = head.occurred_at
        if not isinstance(when, int):
            if when.tzinfo is None:
                decode(value)  # says what is wrong
            when = round(when.timestamp() * 1000)
        if when > self._now + FUTURE_MS:
            detail = f"occurred_at {when} ms; allowed: at most {FUTURE_MS} ms after {self._now} ms, which is now"
            raise Refused(RefusalReason.IN_THE_FUTURE, detail)
        return when


def _in_order(events: Iterable[Event], lateness: int) -> Iterator[Event]:
    """The events by time, equal times as they came; none lies more than ``lateness`` (ms) before one that came first.

    So what lies further back than that is complete.
    """
    waiting: list[Event] = []
    newest = 0
    enough = SORTED
    for event in events:
        waiting.append(event)
        newest = max(newest, event.at)
        if len(waiting) < enough:
            continue
        waiting.sort(key=_at)
        complete = bisect_right(waiting, newest - lateness, key=_at)
        yield from waiting[:complete]
        del waiting[:complete]
        enough = 2 * len(waiting) + SORTED
    waiting.sort(key=_at)
    yield from waiting


class Detection:
    """One partition of people and one of cohorts, with the alerts they raise.

    ``applied`` counts interactions, ``first`` and ``newest`` are event times (ms); ``told`` hears of what can't be
    applied.
    """

    def __init__(self, settings: Settings, told: Callable[[BadLine], None]) -> None:
        self.partition = Partition(new_core(settings))
        self.cohorts = CohortPartition(settings.cohort_rules())
        self.applied = 0
        self.first = 0
        self.newest = 0
        self._offset = -1
        self._seen: set[bytes | None] = set()
        self._version = settings.rules_version()
        self._told = told

    def run(self, events: Iterable[Event], until: int | None = None) -> Iterator[Alert]:
        """The alerts, as they are raised; at the end time goes on to ``until`` (ms), if that is later."""
        events = iter(events)
        while chunk := list(islice(events, CHUNK)):
            self.applied += self.partition.apply(chunk)
            self.first = self.first or chunk[0].at
            self.newest = max(self.newest, chunk[-1].at)
            self._offset = chunk[-1].offset
            self._seen.update(event.key for event in chunk)
            self._complain(chunk)
            yield from self._alerts()
        if until is not None and until > self.newest:
            self.partition.pass_all(until)
            self._offset += 1
            yield from self._alerts()
            self.cohorts.pass_all(until)
            yield from self._cohort_alerts()

    @property
    def people(self) -> int:
        """How many people were met, those forgotten since included."""
        return len(self._seen)

    def _complain(self, chunk: list[Event]) -> None:
        refused, self.partition.refused = self.partition.refused, []
        for each in refused:
            event = chunk[each.offset - chunk[0].offset]
            self._told(BadLine(event.name, event.line, f"{each.reason}: {each.detail}"))

    def _alerts(self) -> Iterator[Alert]:
        partition = self.partition
        yield from person_alerts(partition, 0, self._version)
        partition.tell(self._offset)
        for tally in told(partition, 0):
            self.cohorts.count(tally)
        if self.cohorts.series:
            times = {source: clock.time for source, clock in partition.clocks.sources.items()}
            self.cohorts.pass_time(Progress(0, 1, times, self.first))
            yield from self._cohort_alerts()

    def _cohort_alerts(self) -> Iterator[Alert]:
        raised, self.cohorts.raised = self.cohorts.raised, []
        for each in raised:
            yield cohort_alert(each, rules_version=self._version)


def person_alerts(partition: Partition, number: int, rules_version: str) -> Iterator[Alert]:
    """The alerts about people that wait in this partition of the topic; what a worker would store is let go."""
    for unstored in (partition.dirty, partition.moved, partition.seen_anew, partition.forgotten):
        unstored.clear()
    raised, partition.raised = partition.raised, []
    for each in raised:
        rule = partition.core.rules[each.rule]
        yield person_alert(each, rule, topic=TOPIC, partition=number, rules_version=rules_version)
