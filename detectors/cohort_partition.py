"""One partition of ``cohort-counts`` in memory: a series for each rule and key, fed in the order of event time.

Counts come from several partitions of people that may be read at different speeds. So they wait until every partition
has passed their time, then are taken by time, equal times in an order of their own: whatever the interleaving, and
however many partitions of people there are, the result is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from detectors.clocks import OTHER
from detectors.cohort_series import Life, Series
from detectors.counts import Progress, decode_count
from detectors.finding import OPEN, RESOLVED, UPDATED
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.cohorts import CohortFinding, CohortRule
    from detectors.counts import Count
    from detectors.records import LogRecord

MOST_SERIES: Final = 5_000
"""Series of one rule; counts of further keys are dropped until others are forgotten."""
MOST_WAITING: Final = 10_000
"""Different counts of one series that wait; beyond, the oldest are taken though not everybody has passed their time."""
FORGOTTEN_MS: Final = 90 * DAY_MS
"""How long nothing may come for a series, and no alert stand, before it is forgotten."""


class CohortRaised:
    """The next version of a cohort's alert; ``told_at`` (ms) is when a version last told of trouble."""

    __slots__ = ("at", "finding", "key", "status", "told_at", "version")

    def __init__(self, finding: CohortFinding, *, status: str, version: int, told_at: int) -> None:
        self.key = finding.key
        self.finding = finding
        self.status = status
        self.version = version
        self.at = finding.detected_at
        self.told_at = told_at


class CohortPartition:
    """The series of one partition and the event time that has passed for them.

    ``dirty`` are the changed series by their names, those that were forgotten among them. ``since`` is from when
    (ms) on each partition of people knew them when it first said so.
    """

    def __init__(self, rules: Iterable[CohortRule]) -> None:
        self.rules = {rule.name: rule for rule in rules}
        self.series: dict[str, Series] = {}
        self.times: dict[int, dict[str, int]] = {}
        self.partitions = 0
        self.since: dict[int, int] = {}
        self.swept_day = 0
        self.dirty: set[str] = set()
        self.raised: list[CohortRaised] = []
        self.refused: list[tuple[LogRecord, str]] = []
        self._sizes = dict.fromkeys(self.rules, 0)

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
            elif count.rule not in self.rules:
                self.refused.append((record, f"rule {count.rule!r}; allowed: {', '.join(self.rules)}"))
            else:
                applied += 1
                self.count(count)
        return applied

    def count(self, tally: Count) -> None:
        """Let counts wait for their time; a tally that was counted before changes nothing."""
        rule = self.rules[tally.rule]
        if not rule.enabled:
            return
        name = series_name(rule.name, tally.key)
        series = self.series.get(name)
        if series is None:
            if self._sizes[rule.name] >= MOST_SERIES:
                return
            series = Series(rule, tally.key, rule.new_series(tally.key))
            self.adopt(name, series)
        if tally.offset <= series.seen.get(tally.partition, -1):
            return
        series.seen[tally.partition] = tally.offset
        self.dirty.add(name)
        for (_, source, _, _), _ in tally.rows:
            series.hear_of(source)
        told = self.times.get(tally.partition)
        reached = 0 if told is None else _reached(told, series.sources) - rule.wait_ms
        for (at, _, what, segment), (number, failed) in tally.rows:
            for sort, times in rule.sorts(what, segment, number, failed):
                series.wait(at, sort, times, reached)
        while series.waiting_size > MOST_WAITING:
            self._run(name, series, min(series.waiting) + rule.grain_ms)

    def adopt(self, name: str, series: Series) -> None:
        """Take in a series, new or from the stored state."""
        self.series[name] = series
        self._sizes[series.rule.name] += 1

    def pass_time(self, progress: Progress) -> None:
        """Take in how far one partition of people has come, and take the counts that all of them have passed."""
        known = self.times.setdefault(progress.partition, {})
        for source, at in progress.times.items():
            known[source] = max(at, known.get(source, 0))
        self.partitions = progress.partitions
        if progress.since:
            self.since.setdefault(progress.partition, progress.since)
        if len(self.times) < self.partitions:
            return
        passed: dict[tuple[str, ...], int] = {}
        for name, series in self.series.items():
            sources = series.sources
            if sources not in passed:
                passed[sources] = min(_reached(times, sources) for times in self.times.values())
            self._run(name, series, passed[sources] - series.rule.wait_ms)
        self._sweep(max(passed.values(), default=0))

    def pass_all(self, at: int) -> None:
        """Take every count up to ``at`` (ms): the end of a replay without a broker."""
        for name, series in self.series.items():
            self._run(name, series, at)

    def _run(self, name: str, series: Series, until: int) -> None:
        """Let time pass for a series, with what happened in it."""
        if until <= series.passed or not series.rule.enabled:
            return
        for at, counts in series.due(until):
            self.dirty.add(name)
            self._advance(name, series, at)
            if at - series.last_at > FORGOTTEN_MS and not series.lives:
                series.state = series.rule.new_series(series.key)
                series.rule.begin(series.state, at, max(at - FORGOTTEN_MS, min(self.since.values(), default=at)))
            series.last_at = at
            for what, number in counts:
                for finding in series.rule.take(series.state, at, what, number):
                    self._conclude(name, series, finding)
        tick_ms = series.rule.tick_ms
        tick = until // tick_ms * tick_ms
        if tick > series.passed // tick_ms * tick_ms:
            self.dirty.add(name)
            self._advance(name, series, tick)
        series.passed = until

    def _advance(self, name: str, series: Series, at: int) -> None:
        rule = series.rule
        while (finding := rule.advance(series.state, at)) is not None:
            self._conclude(name, series, finding)
        self._end(series, at)

    def _conclude(self, name: str, series: Series, finding: CohortFinding) -> None:
        """Make the finding the next version of its alert."""
        self.dirty.add(name)
        self._end(series, finding.detected_at)
        life = series.lives.get(finding.part)
        if finding.status == RESOLVED:
            if life is not None:
                self._resolve(series, life, finding)
            return
        again = life is not None and life.last.started_at == finding.started_at
        version = life.version + 1 if life is not None and again else 1
        series.lives[finding.part] = Life(version, finding)
        status = UPDATED if again else OPEN
        self.raised.append(CohortRaised(finding, status=status, version=version, told_at=finding.detected_at))

    def _end(self, series: Series, at: int) -> None:
        """Resolve the alerts that are over by themselves."""
        for life in list(series.lives.values()):
            over = series.rule.over(life.last, at)
            if over is not None:
                self._resolve(series, life, over)

    def _resolve(self, series: Series, life: Life, finding: CohortFinding) -> None:
        del series.lives[finding.part]
        self.raised.append(
            CohortRaised(finding, status=RESOLVED, version=life.version + 1, told_at=life.last.detected_at)
        )

    def _sweep(self, at: int) -> None:
        """Drop, once a day, the series for which nothing came for too long: what comes now would begin anew anyway."""
        if at // DAY_MS <= self.swept_day:
            return
        self.swept_day = at // DAY_MS
        for name, series in list(self.series.items()):
            if not series.lives and not series.waiting and at - series.last_at > FORGOTTEN_MS:
                del self.series[name]
                self._sizes[series.rule.name] -= 1
                self.dirty.add(name)


def series_name(rule: str, key: str) -> str:
    """The name of a series among all; a rule's name has no colon."""
    return f"{rule}:{key}"


def _reached(times: dict[str, int], sources: tuple[str, ...]) -> int:
    """How far (ms) a partition of people has come with all of these sources."""
    others = times.get(OTHER, 0)
    return min(times.get(source, others) for source in sources)
