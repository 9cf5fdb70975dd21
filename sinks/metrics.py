"""Every Prometheus metric of Rapport, its labels from closed sets; a person is never one.

A metric is declared here and nowhere else. Hot code counts in plain integers and reports once per batch.
To add one: declare it in ``Metrics.__init__``, give it a method, and name it in the test beside its labels.
"""

from __future__ import annotations

from collections import Counter as Bag
from enum import StrEnum
from typing import TYPE_CHECKING, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from sinks import Reason
from sinks.alert import Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sinks.alert import Alert

OTHER = "other"
GIVEN_UP = "given_up"
FOLDED = "folded"
"""Not sent, as one alert about many stands for it."""
LATENCY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
COMMIT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class EventOutcome(StrEnum):
    """What became of one event: the first three in ingest, the others in the roles that read interactions."""

    MAPPED = "mapped"
    IGNORED = "ignored"
    DEAD_LETTER = "dead_letter"
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    TOO_LATE = "too_late"


class ClosedSet:
    """The values that one label may take; another one raises ValueError if ``strict``, else becomes ``other``."""

    def __init__(self, label: str, allowed: Iterable[str], *, strict: bool) -> None:
        self.label = label
        self.allowed = frozenset(map(str, allowed))
        self._strict = strict

    def __call__(self, value: str) -> str:
        """``value``, or ``other`` in its place."""
        if value in self.allowed:
            return value
        if self._strict:
            raise ValueError(f"label {self.label} is {value!r}; allowed: {', '.join(sorted(self.allowed))}")
        return OTHER


class Metrics:
    """The metrics of one process in a registry of their own.

    ``sources``, ``rules``, ``topics``, ``sinks`` and ``dead_letter_reasons`` are the values those labels may take, as
    the caller found them by their files. ``strict`` (tests and development) raises on any other value; without it
    the value counts as ``other``, since a metric must never stop a worker.
    """

    def __init__(
        self,
        *,
        sources: Iterable[str],
        rules: Iterable[str],
        topics: Iterable[str],
        sinks: Iterable[str],
        dead_letter_reasons: Iterable[str],
        strict: bool = False,
    ) -> None:
        def closed(label: str, allowed: Iterable[str]) -> ClosedSet:
            return ClosedSet(label, allowed, strict=strict)

        disable_created_metrics()  # type: ignore[no-untyped-call]  # each counter would come with a second series, which no query of ours reads
        self.registry = CollectorRegistry()
        self._source, self._event_outcome = closed("source", sources), closed("outcome", EventOutcome)
        self._rule, self._topic, self._sink = closed("rule", rules), closed("topic", topics), closed("sink", sinks)
        self._severity, self._status = closed("severity", get_args(Severity)), closed("status", get_args(Status))
        self._reason, self._delivery = (
            closed("reason", dead_letter_reasons),
            closed("outcome", ("sent", FOLDED, GIVEN_UP, *Reason)),
        )
        self._declare_flow()
        self._declare_state()
        self._declare_delivery()
        self._start_at_zero()

    def _declare_flow(self) -> None:
        r = self.registry
        self._events = Counter(
            "rapport_events_total", "Events read, by what became of them", ["source", "outcome"], registry=r
        )
        self._lag_seconds = Gauge(
            "rapport_lag_seconds", "Age of the oldest record that waits to be read", ["topic"], registry=r
        )
        self._lag_records = Gauge("rapport_lag_records", "Records that wait to be read", ["topic"], registry=r)
        self._dead_letters = Counter(
            "rapport_dead_letters_total", "Records that could not be used", ["reason"], registry=r
        )
        self._alerts = Counter(
            "rapport_alerts_total", "Versions of alerts raised", ["rule", "severity", "status"], registry=r
        )
        self._latency = Histogram(
            "rapport_event_to_alert_seconds",
            "From the arrival of an event to the acknowledged alert it caused",
            buckets=LATENCY_BUCKETS,
            registry=r,
        )

    def _declare_state(self) -> None:
        r = self.registry
        self._commit = Histogram("rapport_commit_seconds", "Duration of a commit", buckets=COMMIT_BUCKETS, registry=r)
        self._last_commit = Gauge("rapport_last_commit_timestamp_seconds", "When the last commit succeeded", registry=r)
        self._people = Gauge("rapport_people", "Stakeholders in memory", registry=r)
        self._deadlines = Gauge("rapport_armed_deadlines", "Absence deadlines that wait for their time", registry=r)
        self._state_bytes = Counter("rapport_state_bytes_total", "Bytes of state written to the changelog", registry=r)
        self._changelog = Counter("rapport_changelog_records_total", "Records written to the changelog", registry=r)
        self._restore = Gauge("rapport_restore_seconds", "Duration of the last restore of state", registry=r)
        self._ready = Gauge("rapport_ready", "1 while the process can do its work, else 0", registry=r)

    def _declare_delivery(self) -> None:
        r = self.registry
        self._deliveries = Counter(
            "rapport_deliveries_total", "Attempts to deliver an alert", ["sink", "outcome"], registry=r
        )
        self._queue = Gauge("rapport_delivery_queue", "Alerts that wait for their delivery", registry=r)

    def _start_at_zero(self) -> None:
        """Make the failures visible as 0 before the first one: a rate over a series that just appeared misses it."""
        for reason in self._reason.allowed:
            self._dead_letters.labels(reason)
        for sink in self._sink.allowed:
            for outcome in self._delivery.allowed:
                self._deliveries.labels(sink, outcome)

    def events(self, source: str, counts: Mapping[EventOutcome, int]) -> None:
        """Count the events of one batch from one source."""
        for outcome, count in counts.items():
            self._events.labels(self._source(source), self._event_outcome(outcome)).inc(count)

    def lag(self, topic: str, *, seconds: float, records: int) -> None:
        """Say how far behind the end of a topic its reader is."""
        self._lag_seconds.labels(self._topic(topic)).set(seconds)
        self._lag_records.labels(self._topic(topic)).set(records)

    def dead_letters(self, counts: Mapping[str, int]) -> None:
        """Count the dead letters of one batch by reason."""
        for reason, count in counts.items():
            self._dead_letters.labels(self._reason(reason)).inc(count)

    def alerts(self, alerts: Iterable[Alert], waits_seconds: Iterable[float] = ()) -> None:
        """Count the alerts of one batch, with the seconds each waited since its event arrived (not for replays)."""
        for (rule, severity, status), count in Bag((each.rule, each.severity, each.status) for each in alerts).items():
            self._alerts.labels(self._rule(rule), self._severity(severity), self._status(status)).inc(count)
        for wait in waits_seconds:
            self._latency.observe(wait)

    def committed(self, *, at_seconds: float, duration_seconds: float, records: int, state_bytes: int) -> None:
        """Report one successful commit: when (epoch seconds), how long it took, and what it wrote as state."""
        self._commit.observe(duration_seconds)
        self._last_commit.set(at_seconds)
        self._changelog.inc(records)
        self._state_bytes.inc(state_bytes)

    def state(self, *, people: int, armed_deadlines: int) -> None:
        """Report how much the process holds in memory."""
        self._people.set(people)
        self._deadlines.set(armed_deadlines)

    def restored(self, seconds: float) -> None:
        """Report how long the restore took."""
        self._restore.set(seconds)

    def delivered(self, sink: str, outcome: str = "sent") -> None:
        """Count one attempt: ``sent``, or the Reason why not; ``given_up`` is counted besides when it was the last.

        ``folded`` is no attempt: another alert stands for that one.
        """
        self._deliveries.labels(self._sink(sink), self._delivery(outcome)).inc()

    def queue(self, alerts: int) -> None:
        """Report how many alerts wait for their delivery."""
        self._queue.set(alerts)

    def ready(self, *, ready: bool) -> None:
        """Report whether the process can do its work."""
        self._ready.set(ready)

    def exposition(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return generate_latest(self.registry)
