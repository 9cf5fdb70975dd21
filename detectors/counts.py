"""What the monitor tells the cohorts: counts that name nobody, and how far event time has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from detectors.tally import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detectors.partition import Partition


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


def told(partition: Partition, number: int) -> Iterator[Tallied]:
    """What this partition of people, of that number, tells the cohorts; a record a cohort and tick."""
    waiting, partition.told = partition.told, []
    for offset, rules in waiting:
        for rule, cohorts in rules.items():
            for key, rows in cohorts.items():
                yield Tallied(rule, key, number, offset, list(rows.items()))
