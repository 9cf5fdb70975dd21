"""One partition of ``cohort-counts`` in memory: a series a brand, rows closed in the order of event time.

Counts come from several partitions of people that may be read at different speeds. So they wait in their row of five
minutes until every partition has passed it: whatever the interleaving, the result is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from detectors.counts import Progress, Tallied, decode_count
from detectors.finding import OPEN, RESOLVED, UPDATED
from detectors.spikes import ROW_MS
from detectors.windows import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.cohorts import CohortFinding
    from detectors.cohorts.mention_spike import MentionSeries, MentionSpike
    from detectors.partition import LogRecord

MOST_WAITING_ROWS: Final = 50_000


class Series:
    """One brand: the rule's series, the rows that wait, and the life of its last alert.

    ``seen`` holds, by partition of people, the offset of the last tally counted. ``last`` is the finding of the
    last version raised while that alert stands, None otherwise.
    """

    __slots__ = ("detected_at", "last", "rule_series", "seen", "source", "started_at", "version", "waiting")

    def __init__(self, rule_series: MentionSeries, source: str) -> None:
        self.rule_series = rule_series
        self.source = source
        self.seen: dict[int, int] = {}
        self.waiting: dict[int, dict[str, int]] = {}
        self.started_at = 0
        self.detected_at = 0
        self.version = 0
        self.last: CohortFinding | None = None


class CohortRaised:
    """The next version of a cohort's alert."""

    __slots__ = ("at", "finding", "key", "status", "version")

    def __init__(self, key: str, finding: CohortFinding, *, status: str, version: int, at: int) -> None:
        self.key = key
        self.finding = finding
        self.status = status
        self.version = version
        self.at = at


class CohortPartition:
    """The series of one partition and the event time that has passed for them."""

    def __init__(self, rule: MentionSpike) -> None:
        self.rule = rule
        self.series: dict[str, Series] = {}
        self.times: dict[int, dict[str, int]] = {}
        self.partitions = 0
        self.dirty: set[str] = set()
        self.raised: list[CohortRaised] = []
        self.refused: list[tuple[LogRecord, str]] = []

    def apply(self, records: Iterable[LogRecord]) -> int:
        """Apply records in the order of their offsets; gives how many were tallies."""
        applied = 0
        for record in records:
            try:
                count = decode_count(record.value or b"")
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self.refused.append((record, str(error)))
                continue
            if isinstance(count, Progress):
                self.pass_time(count)
            else:
                applied += 1
                self.count(count)
        return applied

    def count(self, tally: Tallied) -> None:
        """Let the counts wait in their rows; a tally that was counted before changes nothing."""
        if tally.rule != self.rule.name or not tally.rows:
            return
        series = self.series.get(tally.key)
        if series is None:
            series = self.series[tally.key] = Series(self.rule.new_series(tally.key), tally.rows[0][0][1])
        if tally.offset <= series.seen.get(tally.partition, -1):
            return
        series.seen[tally.partition] = tally.offset
        self.dirty.add(tally.key)
        for (at, _, tone, _), (number, _) in tally.rows:
            row = at // ROW_MS
            if row in series.waiting or len(series.waiting) < MOST_WAITING_ROWS:
                tones = series.waiting.setdefault(row, {})
                tones[tone] = tones.get(tone, 0) + number

    def pass_time(self, progress: Progress) -> None:
        """Take in how far one partition of people has come, and close the rows that all of them have passed."""
        known = self.times.setdefault(progress.partition, {})
        for source, at in progress.times.items():
            known[source] = max(at, known.get(source, 0))
        self.partitions = progress.partitions
        if len(self.times) < self.partitions or not self.rule.enabled:
            return
        for key, series in self.series.items():
            self._close(key, series, min(times.get(series.source, 0) for times in self.times.values()))

    def pass_all(self, at: int) -> None:
        """Close every row up to ``at`` (ms): the end of a replay without a broker."""
        for key, series in self.series.items():
            self._close(key, series, at)

    def _close(self, key: str, series: Series, until_ms: int) -> None:
        row = until_ms // ROW_MS
        if row <= series.rule_series.spikes.row:
            return
        self.dirty.add(key)
        for waiting in sorted(each for each in series.waiting if each < row):
            for tone, number in sorted(series.waiting.pop(waiting).items()):
                finding = self.rule.observe(series.rule_series, waiting * ROW_MS, number, tone)
                if finding is not None:
                    self._raise(key, series, finding)
        finding = self.rule.advance(series.rule_series, row * ROW_MS)
        if finding is not None:
            self._raise(key, series, finding)
        self._end(key, series, row * ROW_MS)

    def _raise(self, key: str, series: Series, finding: CohortFinding) -> None:
        self._end(key, series, finding.detected_at)
        again = series.last is not None and series.started_at == finding.started_at
        series.version = series.version + 1 if again else 1
        series.started_at = finding.started_at
        series.detected_at = finding.detected_at
        series.last = finding
        status = UPDATED if again else OPEN
        raised = CohortRaised(key, finding, status=status, version=series.version, at=finding.detected_at)
        self.raised.append(raised)

    def _end(self, key: str, series: Series, at: int) -> None:
        """Resolve the alert when the cooldown has passed without another."""
        calm = series.detected_at + int(self.rule.cooldown_hours * HOUR_MS)
        if series.last is not None and at > calm:
            series.version += 1
            self.raised.append(CohortRaised(key, series.last, status=RESOLVED, version=series.version, at=calm))
            series.last = None
