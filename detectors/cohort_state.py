"""A partition of cohorts at rest: one value a series, and one that completes each flush (see ``cuts``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from detectors.cohort_partition import CohortPartition
from detectors.cohort_series import Life, Series
from detectors.cohorts import CohortFinding, CohortRule, Measured

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.cuts import CutReader


class StoredLife(msgspec.Struct, array_like=True):
    """An alert that stands, with its last finding."""

    version: int
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
    part: str


class StoredSeries(msgspec.Struct, array_like=True):
    """One series at rest; ``cut`` is the offset that its flush was made at."""

    cut: int
    rule: str
    key: str
    state: Any
    sources: list[str]
    seen: dict[int, int]
    waiting: list[tuple[int, Any, int]]
    lives: list[StoredLife]
    passed: int
    last_at: int


class StoredCohorts(msgspec.Struct):
    """The value that completes a flush, with how far the partitions of people have come."""

    cut: int
    entries: int
    times: dict[int, dict[str, int]]
    partitions: int
    swept_day: int
    since: dict[int, int] = {}


_encode = msgspec.msgpack.Encoder().encode
_series = msgspec.msgpack.Decoder(StoredSeries).decode
_cohorts = msgspec.msgpack.Decoder(StoredCohorts).decode


def encode_series(partition: CohortPartition, name: str, cut: int) -> bytes | None:
    """The series' value in the changelog; None if it was forgotten."""
    series = partition.series.get(name)
    if series is None:
        return None
    return _encode(
        StoredSeries(
            cut,
            series.rule.name,
            series.key,
            series.state.to_tuple(),
            list(series.sources),
            series.seen,
            [(at, what, number) for at, sorts in series.waiting.items() for what, number in sorts.items()],
            [_stored(life) for life in series.lives.values()],
            series.passed,
            series.last_at,
        )
    )


def encode_cohorts(partition: CohortPartition, cut: int) -> bytes:
    """The value of :data:`~detectors.cuts.COMPLETION_KEY` that completes the flush at ``cut``."""
    return _encode(
        StoredCohorts(
            cut, len(partition.series), partition.times, partition.partitions, partition.swept_day, partition.since
        )
    )


def restore_cohorts(cuts: CutReader, rules: Iterable[CohortRule]) -> CohortPartition:
    """The partition as of the reader's cut; call after its ``finish``. Series of rules that are gone are dropped."""
    partition = CohortPartition(rules)
    if cuts.completion is None:
        return partition
    stored = _cohorts(cuts.completion)
    partition.times = stored.times
    partition.partitions = stored.partitions
    partition.swept_day = stored.swept_day
    partition.since = stored.since
    for name, value in cuts.entries.items():
        found = _series(value)
        rule = partition.rules.get(found.rule)
        if rule is None:
            partition.dirty.add(name.decode())
        else:
            partition.adopt(name.decode(), _restored(found, rule))
    return partition


def _restored(stored: StoredSeries, rule: CohortRule) -> Series:
    series = Series(rule, stored.key, rule.load_series(stored.key, stored.state))
    series.sources = tuple(stored.sources)
    series.seen = stored.seen
    for at, what, number in stored.waiting:
        series.waiting.setdefault(at, {})[_hashable(what)] = number
    series.waiting_size = len(stored.waiting)
    series.lives = {each.part: Life(each.version, _finding(rule.name, stored.key, each)) for each in stored.lives}
    series.passed = stored.passed
    series.last_at = stored.last_at
    return series


def _hashable(what: Any) -> Any:
    """Tuples for the lists that they became at rest."""
    return tuple(_hashable(each) for each in what) if isinstance(what, list) else what


def _stored(life: Life) -> StoredLife:
    finding = life.last
    measured = finding.measured
    return StoredLife(
        life.version,
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
        finding.part,
    )


def _finding(rule: str, key: str, stored: StoredLife) -> CohortFinding:
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
        part=stored.part,
    )
