"""Bad input, never lost: the untouched bytes with where they came from and why they could not be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.broker.outbox import Outbox


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
    """Write one record to the dead letters; its headers hold the origin, for ``rapport redrive``."""
    headers = [
        ("source_topic", source_topic.encode()),
        ("source_partition", str(partition).encode()),
        ("source_offset", str(offset).encode()),
        ("source_time", str(time_ms).encode()),
        ("reason", reason.encode()),
        ("detail", detail.encode("utf-8", "replace")),
    ]
    if key is not None:
        headers.append(("source_key", key))
    outbox.put(topic, source_topic.encode(), value, headers=headers)
