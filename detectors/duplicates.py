"""Redelivered interactions, told by their ids: a hash of each id is kept for the duplicate horizon.

One bytes object a person holds entries of 8 bytes, oldest arrival first: 6 of XXH3 over source and id, 2 of the
day. Two ids of one person fall together once in 10^12 comparisons.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_64_digest

from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.seen import Seen

_digest: Final = xxh3_64_digest
HASH_BYTES: Final = 6
ENTRY_BYTES: Final = 8
MOST_ENTRIES: Final = 1_024
MOST_SOURCES: Final = 256
_pack_day: Final = Struct("<H").pack
_ROOM: Final = (MOST_ENTRIES - 1) * ENTRY_BYTES
_prefixes: Final[dict[str, bytes]] = {}  # what the hash begins with, by source


def remember(ids: bytes, interaction: Seen, horizon_days: int) -> bytes | None:
    """The ids with this one, without those out of the horizon; None when it is there already."""
    source = interaction.source
    prefix = _prefixes.get(source)
    if prefix is None:
        prefix = _known(source)
    digest = _digest(prefix + interaction.name)[:HASH_BYTES]
    place = ids.find(digest)
    while place >= 0:
        if place % ENTRY_BYTES == 0:
            return None
        place = ids.find(digest, place + 1)
    day = interaction.occurred_at // DAY_MS
    end = len(ids)
    first = end - _ROOM if end > _ROOM else 0
    oldest = day - horizon_days
    while first < end and ids[first + HASH_BYTES] | ids[first + HASH_BYTES + 1] << 8 < oldest:
        first += ENTRY_BYTES
    return (ids[first:] if first else ids) + (digest + _pack_day(day))


def _known(source: str) -> bytes:
    prefix = source.encode() + b"\0"
    if len(_prefixes) < MOST_SOURCES:
        _prefixes[source] = prefix
    return prefix
