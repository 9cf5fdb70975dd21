"""Bad input, never lost: the untouched bytes with where they came from and why they could not be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sinks.dead_letter import DeadLetterHeaders, encode_headers
from sinks.stamps import time_text

if TYPE_CHECKING:
    from streams.broker.outbox import Outbox


KEY_HEADER: Final = "key"
DETAIL_CHARACTERS: Final = 300


def put_dead_letter(
    outbox: Outbox,
    topic: str,
    *,
    source_topic: str,
    partition: int,
    offset: int,
    time_ms: int,
    key: bytes | None,
    value: bytes | None,
    reason: str,
    detail: str,
) -> None:
    """Write one record to the dead letters; its headers hold the origin, and the key that it had.

    The detail is clipped: it may quote the record, and the two together must not be more than the topic takes.
    """
    headers = encode_headers(
        DeadLetterHeaders(
            topic=source_topic,
            partition=str(partition),
            offset=str(offset),
            time=time_text(time_ms),
            reason=reason,
            detail=detail[:DETAIL_CHARACTERS],
        )
    )
    if key is not None:
        headers.append((KEY_HEADER, key))
    outbox.put(topic, source_topic.encode(), value, headers=headers)
