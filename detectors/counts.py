"""What the monitor tells the cohorts: counts that name nobody, and how far event time has come."""

from __future__ import annotations

from typing import Final

import msgspec

from detectors.interaction import Event, Kind
from detectors.traits import CALM_TONE

MENTIONING: Final = (
    Kind.POST_PUBLISHED,
    Kind.COMMENT_WRITTEN,
    Kind.REVIEW_WRITTEN,
    Kind.ARTICLE_PUBLISHED,
    Kind.MENTION_MADE,
)
"""The kinds by which somebody speaks of a brand or topic in public."""
UNNAMED: Final = "the company"
BRAND_CHARACTERS: Final = 256


class Mention(msgspec.Struct, array_like=True, tag="mention", gc=False):
    """One mention of ``key``; ``partition`` and ``offset`` are its interaction's, so that a replay counts once."""

    key: str
    at: int
    tone: str
    source: str
    partition: int
    offset: int


class Progress(msgspec.Struct, array_like=True, tag="progress", gc=False):
    """How far each source's time has come (ms) in one of ``partitions`` partitions of ``interactions``."""

    partition: int
    partitions: int
    times: dict[str, int]


_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Mention | Progress] = msgspec.msgpack.Decoder(Mention | Progress)


def encode_count(count: Mention | Progress) -> bytes:
    """One record of the topic ``cohort-counts``."""
    return _encode(count)


def decode_count(value: bytes) -> Mention | Progress:
    """Read a record of ``cohort-counts``; raises msgspec.DecodeError on one that is none."""
    return _decoder.decode(value)


def mention_of(interaction: Event, partition: int, offset: int) -> Mention:
    """The mention that an interaction is, without who made it."""
    return Mention(
        (interaction.subject or UNNAMED)[:BRAND_CHARACTERS],
        interaction.occurred_at,
        tone_class(interaction.tone),
        interaction.source,
        partition,
        offset,
    )


def tone_class(tone: float | None) -> str:
    """The class of a tone between -1 and 1; ``unknown`` for None."""
    if tone is None:
        return "unknown"
    if tone < -CALM_TONE:
        return "negative"
    return "positive" if tone > CALM_TONE else "neutral"
