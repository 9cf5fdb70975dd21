"""A partition of cohorts at rest: one value a series, and one that completes each flush (see ``cuts``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from detectors.cohort_partition import CohortPartition, Series
from detectors.cohorts import CohortFinding, Measured
from detectors.cuts import CutReader

if TYPE_CHECKING:
    from detectors.cohorts.mention_spike import MentionSpike


class StoredFinding(msgspec.Struct, array_like=True):
    """The last finding of an alert that stands."""

    started_at: int
    detected_at: int
    severity: str
    name: str
    value: float
    baseline: float
    threshold: float
    unit: str
    summary: str
    what: str
    where: dict[str, str]
    size: int


class StoredSeries(msgspec.Struct, array_like=True):
    """One brand at rest; ``cut`` is the offset that its flush was made at."""

    cut: int
    source: str
    numbers: list[float]
    seen: dict[int, int]
    waiting: dict[int, dict[str, int]]
    started_at: int
    detected_at: int
    version: int
    last: StoredFinding | None


class StoredCohorts(msgspec.Struct):
    """The value that completes a flush, with how far the partitions of people have come."""

    cut: int
    entries: int
    times: dict[int, dict[str, int]]
    partitions: int


_encode = msgspec.msgpack.Encoder().encode
_series = msgspec.msgpack.Decoder(StoredSeries).decode
_cohorts = msgspec.msgpack.Decoder(StoredCohorts).decode


def encode_series(partition: CohortPartition, key: str, cut: int) -> bytes:
    """The series' value in the changelog."""
    series = partition.series[key]
    last = series.last
    return _encode(
        StoredSeries(
            cut,
            series.source,
            list(series.rule_series.to_tuple()),
            series.seen,
            series.waiting,
            series.started_at,
            series.detected_at,
            series.version,
            None if last is None else _stored(last),
        )
    )


def encode_cohorts(partition: CohortPartition, cut: int) -> bytes:
    """The value of :data:`~detectors.cuts.COMPLETION_KEY` that completes the flush at ``cut``."""
    return _encode(StoredCohorts(cut, len(partition.series), partition.times, partition.partitions))


def restore_cohorts(cuts: CutReader, rule: MentionSpike) -> CohortPartition:
    """The partition as of the reader's cut; call after its ``finish``."""
    partition = CohortPartition(rule)
    if cuts.completion is None:
        return partition
    stored = _cohorts(cuts.completion)
    partition.times = stored.times
    partition.partitions = stored.partitions
    for name, value in cuts.entries.items():
        key = name.decode()
        state = _series(value)
        series = Series(rule.load_series(key, state.numbers), state.source)
        series.seen = state.seen
        series.waiting = state.waiting
        series.started_at = state.started_at
        series.detected_at = state.detected_at
        series.version = state.version
        series.last = None if state.last is None else _finding(rule.name, key, state.last)
        partition.series[key] = series
    return partition


def _stored(finding: CohortFinding) -> StoredFinding:
    measured = finding.measured
    return StoredFinding(
        finding.started_at,
        finding.detected_at,
        finding.severity,
        measured.name,
        measured.value,
        measured.baseline,
        measured.threshold,
        measured.unit,
        finding.summary,
        finding.what,
        finding.where,
        finding.size,
    )


def _finding(rule: str, key: str, stored: StoredFinding) -> CohortFinding:
    measured = Measured(
        stored.name, stored.value, baseline=stored.baseline, threshold=stored.threshold, unit=stored.unit
    )
    return CohortFinding(
        rule,
        key,
        started_at=stored.started_at,
        detected_at=stored.detected_at,
        severity=stored.severity,
        measured=measured,
        summary=stored.summary,
        what=stored.what,
        where=stored.where,
        size=stored.size,
    )
