"""The relationship: the record of the compacted topic ``relationships``, one per stakeholder."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from sinks.alert import Time


class FurtherRole(Struct, kw_only=True):
    """How somebody stands who is something else as well: the investor who is a customer, too."""

    party: str
    type: str
    since: Time | None
    scores: dict[str, float]


class Relationship(Struct, kw_only=True, omit_defaults=True):
    """How one stakeholder stands with the company; the highest ``version`` is the truth.

    ``party`` is what they were first known as; where they are something else as well, ``roles`` has it.
    ``owned_share`` is the share (0 to 1) of two-way contact on the company's own channels, None without any
    contact; ``reachable`` is None while nobody can tell; ``consent`` maps a channel to the last word given.
    """

    stakeholder: str
    party: str
    type: str
    since: Annotated[Time | None, Meta(description="when the current type began; null: never decided")]
    scores: Annotated[dict[str, float], Meta(description="evidence of each type of the party, as of the newest of it")]
    owned_share: Annotated[Annotated[float, Meta(ge=0, le=1)] | None, Meta(description="null: no two-way contact")]
    reachable: Annotated[bool | None, Meta(description="without a platform; null: unknown")]
    consent: Annotated[dict[str, bool], Meta(description="channel to the last word given; absent: never asked")]
    last_seen: Time
    next_deadline: Annotated[Time | None, Meta(description="when the next absence rule comes due")]
    purchases: Annotated[int, Meta(ge=0)]
    open_alerts: Annotated[list[str], Meta(description="alert ids")]
    version: Annotated[int, Meta(ge=0, description="grows with every change")]
    roles: Annotated[list[FurtherRole], Meta(description="what they are besides; absent: nothing else")] = []
    unclear: Annotated[
        dict[str, str], Meta(description="rule to why it has not enough to say; a rule that is absent can judge")
    ] = msgspec.field(default_factory=dict)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Relationship).decode


def encode_relationship(record: Relationship) -> bytes:
    """The JSON value of the topic ``relationships``."""
    return _encode(record)


def decode_relationship(value: bytes | str) -> Relationship:
    """Read a value of the topic ``relationships``; unknown fields are skipped.

    Raises msgspec.DecodeError naming the field and what it must be; an empty value (forgotten) is the caller's case.
    """
    return _decode(value)
