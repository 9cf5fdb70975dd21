"""What the monitor tells the cohorts: counts that name nobody, and how far event time has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from detectors.tally import Row


class Count(msgspec.Struct, array_like=True, gc=False):
    """One row of a tally: ``number`` of ``what`` in the stretch of time that begins at ``at`` (ms), ``failed`` of them.

    What that means is the rule's: mentions of a tone; trials of a step, of which some failed; contacts on a channel, of
    which some were complaints; visits from a place.
    """

    at: int
    source: str
    what: str
    number: int
    failed: int = 0
    segment: dict[str, str] = {}


class Tallied(msgspec.Struct, array_like=True, tag="tally"):
    """What one partition of people counted for one cohort (``key``) of a rule between two ticks.

    ``offset`` is that of the second tick in ``interactions``, so that a replay counts once.
    """

    rule: str
    key: str
    partition: int
    offset: int
    counts: list[Count]


class Progress(msgspec.Struct, array_like=True, tag="progress", gc=False):
    """How far each source's time has come (ms) in one of ``partitions`` partitions of ``interactions``."""

    partition: int
    partitions: int
    times: dict[str, int]


_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Tallied | Progress] = msgspec.msgpack.Decoder(Tallied | Progress)


def encode_count(count: Tallied | Progress) -> bytes:
    """One record of the topic ``cohort-counts``."""
    return _encode(count)


def decode_count(value: bytes) -> Tallied | Progress:
    """Read a record of ``cohort-counts``; raises msgspec.DecodeError on one that is none."""
    return _decoder.decode(value)


def tallied(rows: dict[Row, tuple[int, int]], partition: int, offset: int) -> list[Tallied]:
    """The rows by rule and cohort, in the order of their first."""
    made: dict[tuple[str, str], Tallied] = {}
    for (rule, key, at, source, what, segment), (number, failed) in rows.items():
        cohort = made.get((rule, key))
        if cohort is None:
            cohort = made[rule, key] = Tallied(rule, key, partition, offset, [])
        cohort.counts.append(Count(at, source, what, number, failed, dict(segment)))
    return list(made.values())
