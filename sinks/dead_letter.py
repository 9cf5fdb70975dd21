"""The headers of a dead letter: where the raw bytes came from and why they could not be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from sinks.alert import Time

if TYPE_CHECKING:
    from collections.abc import Iterable

Whole = Annotated[str, Meta(pattern="^[0-9]+$", description="a whole number in decimal digits")]


class DeadLetterHeaders(Struct, kw_only=True):
    """Each field is one Kafka header, its value UTF-8 text; the record's own value is the raw bytes, untouched."""

    topic: Annotated[str, Meta(description="the source topic; also the dead letter's key")]
    partition: Whole
    offset: Whole
    time: Annotated[Time, Meta(description="the broker's time of the source record")]
    reason: Annotated[str, Meta(pattern="^[a-z_]+$", description="from a closed set")]
    detail: Annotated[str, Meta(description="the bad value and what is allowed, clipped")]


def encode_headers(headers: DeadLetterHeaders) -> list[tuple[str, bytes]]:
    """The headers as Kafka takes them."""
    return [(name, getattr(headers, name).encode()) for name in DeadLetterHeaders.__struct_fields__]


def decode_headers(headers: Iterable[tuple[str, bytes]]) -> DeadLetterHeaders:
    """Read a dead letter's headers; foreign ones are skipped.

    Raises msgspec.ValidationError naming the header that is missing or wrong.
    """
    known = DeadLetterHeaders.__struct_fields__
    return msgspec.convert(
        {name: value.decode(errors="replace") for name, value in headers if name in known}, DeadLetterHeaders
    )
