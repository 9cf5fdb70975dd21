"""What the monitor tells the cohorts: counts that name nobody, people with a new alert, how far event time has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from detectors.clocks import OTHER
from detectors.tally import Row, Segment
from detectors.together import MANY_AT_ONCE
from detectors.windows import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detectors.partition import Partition
    from detectors.tally import Rows


PATIENCE_MS: Final = 48 * HOUR_MS
"""How far a source may stay behind the rest before it is no longer waited for: it may have nothing to say for months.

The rest are those that ingest tells of if it is one of them: they are all late when ingest is."""
INGEST_PATIENCE_MS: Final = 90 * DAY_MS
"""How far they may all stay behind what comes past ingest."""


class Tallied(msgspec.Struct, array_like=True, tag="tally"):
    """What one partition of people counted for one cohort (``key``) of a rule between two ticks.

    ``rows`` are those of :mod:`detectors.tally`, each with how many there were and how many of these failed: mentions
    by tone; trials of a step; contacts by source, of which complaints are failures; visits by place. ``offset`` is
    that of the second tick in ``interactions``, so that a replay counts once.
    """

    rule: str
    key: str
    partition: int
    offset: int
    rows: list[tuple[Row, tuple[int, int]]]


class Opened(msgspec.Struct, array_like=True, tag="opened"):
    """The alerts about people that one partition opened between two ticks, for one reason (``key``).

    ``people`` holds of each when (ms) it was opened, the source by whose time that is, the stakeholder, when (ms) the
    trouble started, and whether it is critical; ``unnamed`` how many more there were, with a time (ms) and source.
    ``key`` is that of :mod:`detectors.together`, ``offset`` as in :class:`Tallied`.
    """

    key: str
    partition: int
    offset: int
    people: list[tuple[int, str, str, int, bool]]
    unnamed: list[tuple[int, str, int]] = []

    @property
    def rule(self) -> str:
        """The rule of cohorts that it is for."""
        return MANY_AT_ONCE

    @property
    def rows(self) -> list[tuple[Row, tuple[int, int]]]:
        """As rows of a tally: what is counted is the person, and a critical alert is a failure."""
        rows: list[tuple[Row, tuple[int, int]]] = []
        for at, source, person, started_at, is_critical in self.people:
            segment: Segment = (("started_at", str(started_at)),)
            rows.append(((at, source, person, segment), (1, int(is_critical))))
        rows += [((at, source, "", ()), (number, 0)) for at, source, number in self.unnamed]
        return rows


class Progress(msgspec.Struct, array_like=True, tag="progress", gc=False):
    """How far each source's time has come (ms) in one of ``partitions`` partitions of ``interactions``.

    :data:`~detectors.clocks.OTHER` among them is how far all have come that are not there.

    ``since`` (ms) is from when on that partition knows people; 0 if it doesn't say.
    """

    partition: int
    partitions: int
    times: dict[str, int]
    since: int = 0


Count = Tallied | Opened

_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Count | Progress] = msgspec.msgpack.Decoder(Count | Progress)


def encode_count(count: Count | Progress) -> bytes:
    """One record of the topic ``cohort-counts``."""
    return _encode(count)


def decode_count(value: bytes) -> Count | Progress:
    """Read a record of ``cohort-counts``; raises msgspec.DecodeError on one that is none."""
    return _decoder.decode(value)


def told(partition: Partition, number: int) -> Iterator[Count]:
    """What this partition of people, of that number, tells the cohorts; a record a cohort and tick."""
    waiting, partition.told = partition.told, []
    for offset, rules in waiting:
        for rule, cohorts in rules.items():
            for key, rows in cohorts.items():
                if rule == MANY_AT_ONCE:
                    yield _opened(key, number, offset, rows)
                else:
                    yield Tallied(rule, key, number, offset, list(rows.items()))


def progress(partition: Partition, number: int, partitions: int) -> Progress:
    """How far this partition of people, one of so many, has come."""
    clocks = partition.clocks
    since = min((clock.first for clock in clocks.sources.values() if clock.first), default=0)
    least = max(0, clocks.time - PATIENCE_MS)
    least_ticked = max(0, clocks.ticked - PATIENCE_MS, clocks.time - INGEST_PATIENCE_MS)
    times = {
        source: max(clock.time, least_ticked if clock.partitions else least) for source, clock in clocks.sources.items()
    }
    times.setdefault(OTHER, least)
    return Progress(number, partitions, times, since)


def _opened(key: str, number: int, offset: int, rows: Rows) -> Opened:
    made = Opened(key, number, offset, [], [])
    for (at, source, person, segment), (count, failed) in rows.items():
        if person:
            made.people.append((at, source, person, int(segment[0][1]), failed > 0))
        else:
            made.unnamed.append((at, source, count))
    return made
