"""The two wire forms of an interaction, told apart by the first byte: JSON object or compact msgpack array.

A third form travels on the same topic: the tick (a msgpack map), by which time moves on while nobody acts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from detectors.interaction import (
    CHANNEL_CODES,
    CHANNELS,
    DIRECTION_CODES,
    DIRECTIONS,
    KIND_CODES,
    KINDS,
    NEWEST_MS,
    PARTIES,
    PARTY_CODES,
    Channel,
    Direction,
    Event,
    Finite,
    Head,
    Identifier,
    Interaction,
    Kind,
    Milliseconds,
    Party,
)


class Money(Struct):
    """An amount in the currency it was paid in."""

    value: Finite
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217")]


class InteractionRecord(Struct, omit_defaults=True, kw_only=True):
    """An interaction as JSON on the topic ``interactions``; published by ``rapport schema``."""

    id: Annotated[Identifier, Meta(description="unique per source; the same id twice counts once")]
    occurred_at: Annotated[
        datetime | int, Meta(description="RFC 3339 with an offset, or epoch milliseconds: when it happened")
    ]
    kind: Kind
    source: Identifier
    channel: Channel
    stakeholder: Annotated[Identifier | None, Meta(description="resolved id; absent before resolution")] = None
    party: Party = Party.UNKNOWN
    identities: Annotated[
        dict[str, str], Meta(description="customer_id, email, phone, cookie, device, handle:PLATFORM, ticket_requester")
    ] = field(default_factory=dict)
    direction: Direction = Direction.NONE
    complaint: Annotated[bool | None, Meta(description="null: can't tell")] = None
    tone: Annotated[Annotated[float, Meta(ge=-1, le=1)] | None, Meta(description="null: can't tell")] = None
    text: str | None = None
    language: str | None = None
    page: str | None = None
    step: str | None = None
    funnel: str | None = None
    referrer: str | None = None
    campaign: str | None = None
    subject: str | None = None
    thread: str | None = None
    amount: Money | None = None
    score: Finite | None = None
    score_scale: tuple[Finite, Finite] | None = None
    segment: dict[str, str] = field(default_factory=dict)


class SourceProgress(Struct, array_like=True):
    """How far one source partition has been read: the newest event time, and whether records wait unread.

    ``longest_gap_ms`` is the longest stretch of event time without an event since the last tick.
    """

    source: Identifier
    partition: Annotated[int, Meta(ge=0, lt=100_000)]
    newest_ms: Milliseconds
    lagging: bool = False
    longest_gap_ms: Milliseconds = 0


class Tick(Struct):
    """A mark in the log that lets time pass: ``at`` is how far, a little behind the newest that ingest has read."""

    at: Milliseconds
    sources: list[SourceProgress]
    tick: Literal[1] = 1


class WireError(ValueError):
    """A record that is no interaction; the message names the field and what is allowed."""


UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What the decoders raise on bytes that are no interaction."""
decode_head = msgspec.msgpack.Decoder(Head).decode
"""The first fields of a compact interaction; what follows is skipped, not checked. Raises one of ``UNREADABLE``."""

_event = msgspec.msgpack.Decoder(Event).decode
_compact = msgspec.msgpack.Decoder(Interaction).decode
_record = msgspec.json.Decoder(InteractionRecord).decode
_tick = msgspec.msgpack.Decoder(Tick).decode
_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode

_OBJECT = 0x7B  # {
_MAPS = frozenset((*range(0x80, 0x90), 0xDE, 0xDF))


def decode(value: bytes) -> Interaction | Tick:
    """Read one record of the topic ``interactions``, whichever of its forms it has.

    Raises WireError naming what is wrong; nothing else, whatever the bytes.
    """
    try:
        first = value[0]
        if first == _OBJECT:
            return from_record(_record(value))
        if first in _MAPS:
            return _tick(value)
        return _compact(value)
    except IndexError:
        raise WireError("empty value; allowed: a JSON object or a compact msgpack array") from None
    except UNREADABLE as error:
        raise WireError(str(error)) from None


def decode_event(value: bytes) -> Event | Tick:
    """Read one record as :func:`decode` does, but not who it was, which only tells where the record belongs.

    Raises WireError as ``decode``; identities of the compact form are skipped, not checked.
    """
    if not value or value[0] == _OBJECT or value[0] in _MAPS:
        return decode(value)
    try:
        return _event(value)
    except UNREADABLE as error:
        raise WireError(str(error)) from None


def from_record(record: InteractionRecord) -> Interaction:
    """Turn the public record into the in-memory form; raises WireError on a time without an offset."""
    money = record.amount
    return Interaction(
        kind=KIND_CODES[record.kind],
        occurred_at=_milliseconds(record.occurred_at),
        id=record.id,
        source=record.source,
        channel=CHANNEL_CODES[record.channel],
        party=PARTY_CODES[record.party],
        direction=DIRECTION_CODES[record.direction],
        complaint=record.complaint,
        tone=record.tone,
        amount=None if money is None else money.value,
        currency=None if money is None else money.currency,
        funnel=record.funnel,
        step=record.step,
        page=record.page,
        thread=record.thread,
        subject=record.subject,
        text=record.text,
        language=record.language,
        score=record.score,
        score_scale=record.score_scale,
        referrer=record.referrer,
        campaign=record.campaign,
        segment=record.segment or None,
        identities=record.identities or None,
        stakeholder=record.stakeholder,
    )


def to_record(interaction: Interaction) -> InteractionRecord:
    """Turn the in-memory form into the public record, its time as an aware UTC datetime."""
    has_amount = interaction.amount is not None and interaction.currency is not None
    return InteractionRecord(
        id=interaction.id,
        occurred_at=datetime.fromtimestamp(interaction.occurred_at / 1000, UTC),
        kind=KINDS[interaction.kind],
        source=interaction.source,
        channel=CHANNELS[interaction.channel],
        stakeholder=interaction.stakeholder,
        party=PARTIES[interaction.party],
        identities=interaction.identities or {},
        direction=DIRECTIONS[interaction.direction],
        complaint=interaction.complaint,
        tone=interaction.tone,
        text=interaction.text,
        language=interaction.language,
        page=interaction.page,
        step=interaction.step,
        funnel=interaction.funnel,
        referrer=interaction.referrer,
        campaign=interaction.campaign,
        subject=interaction.subject,
        thread=interaction.thread,
        amount=Money(interaction.amount, interaction.currency) if has_amount else None,  # type: ignore[arg-type]
        score=interaction.score,
        score_scale=interaction.score_scale,
        segment=interaction.segment or {},
    )


def encode_compact(interaction: Event) -> bytes:
    """The compact form, all fields in their order; without those that say who it was, if they are not known."""
    return _pack(interaction)


def encode_json(interaction: Interaction) -> bytes:
    """The public JSON form."""
    return _json(to_record(interaction))


def encode_tick(tick: Tick) -> bytes:
    """The tick as a msgpack map."""
    return _pack(tick)


def _milliseconds(when: datetime | int) -> int:
    if isinstance(when, int):
        at = when
    elif when.tzinfo is None:
        raise WireError(f"occurred_at {when.isoformat()} has no offset; allowed: RFC 3339 with Z or an offset")
    else:
        at = round(when.timestamp() * 1000)
    if not 0 <= at < NEWEST_MS:
        raise WireError(f"occurred_at {when} is out of range; allowed: 1970-01-01 to 2100-01-01")
    return at
