"""What the monitor tells the cohorts: counts that name nobody, and how far event time has come."""

from __future__ import annotations

import msgspec

from detectors.tally import Row, Rows


class Tallied(msgspec.Struct, array_like=True, tag="tally"):
    """What one partition of people counted for one cohort (``key``) of a rule between two ticks.

    ``rows`` are those of :mod:`detectors.tally`, each with how many there were and how many of these failed: mentions
    by tone; trials of a step; contacts by channel, of which complaints are failures; visits by place. ``offset`` is
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


def tallied(rules: dict[str, dict[str, Rows]], partition: int, offset: int) -> list[Tallied]:
    """What was counted, a record a cohort."""
    return [
        Tallied(rule, key, partition, offset, list(rows.items()))
        for rule, cohorts in rules.items()
        for key, rows in cohorts.items()
    ]
