"""References to the last interactions that a trail takes, as one bytes object.

It holds how many marks there are, the newest event time, then the marks by event time; equal times stay in the order
of arrival. Full, it loses its oldest mark. Each mark ends with its size, so that the newest are read first.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detectors.seen import Seen
    from detectors.windows import Trail

EXCERPT_CHARACTERS: Final = 120


class Mark(NamedTuple):
    """One remembered interaction of a trail."""

    at: int
    offset: int
    kind: int
    channel: int
    id: str
    excerpt: str | None


_MARK_FORMAT: Final = "<HqqBBH"
_TRAIL: Final = struct.Struct("<Bq")
_MARK: Final = struct.Struct(_MARK_FORMAT)
_SIZE: Final = struct.Struct("<H")
_TRAIL_BYTES: Final = 9
_MARK_BYTES: Final = 22
_SIZE_BYTES: Final = 2
_AT_PLACE: Final = 2
_KIND_PLACE: Final = 18
_CHANNEL_PLACE: Final = 19
_NAMED_PLACE: Final = 20
_MOST_PACKS: Final = 1_024
_packs: Final[dict[int, Callable[..., bytes]]] = {}  # a whole mark, by the length of its words


def add_mark(trail: bytes, window: Trail, interaction: Seen, offset: int) -> bytes:
    """The trail with this interaction in its place, and without its oldest mark if there are too many."""
    at = interaction.occurred_at
    body = interaction.name
    named = len(body)
    if window.quotes is not None:
        words = window.quotes(interaction)
        if words:
            body += quote(words)
    length = len(body)
    pack = _packs.get(length) or _pack_of(length)
    size = _MARK_BYTES + length + _SIZE_BYTES
    mark: bytes = pack(size, at, offset, interaction.kind, interaction.channel, named, body, size)
    if not trail:
        return _TRAIL.pack(1, at) + mark
    held, newest = _TRAIL.unpack_from(trail)
    first = _TRAIL_BYTES
    if held == window.keep:
        first += trail[first] | trail[first + 1] << 8
    else:
        held += 1
    if at >= newest:
        return _TRAIL.pack(held, at) + trail[first:] + mark
    place = _place(trail, at)
    return trail if place < first else _TRAIL.pack(held, newest) + trail[first:place] + mark + trail[place:]


def quote(words: str) -> bytes:
    """What is kept of words as an excerpt."""
    return words[:EXCERPT_CHARACTERS].encode("utf-8", "replace")


def _pack_of(length: int) -> Callable[..., bytes]:
    pack = struct.Struct(f"{_MARK_FORMAT}{length}sH").pack
    if len(_packs) < _MOST_PACKS:
        _packs[length] = pack
    return pack


def _place(trail: bytes, at: int) -> int:
    """Where the first mark after ``at`` begins; ``at`` is before the newest."""
    place = _TRAIL_BYTES
    while True:
        size, earlier = _MARK.unpack_from(trail, place)[:2]
        if earlier > at:
            return place
        place += size


def marks(trail: bytes) -> Iterator[Mark]:
    """The marks of a trail, by event time."""
    place = _TRAIL_BYTES
    while place < len(trail):
        yield _mark(trail, place)
        place += _SIZE.unpack_from(trail, place)[0]


def marks_backwards(trail: bytes) -> Iterator[Mark]:
    """The marks of a trail, the newest first; costs only those that are asked for."""
    place = len(trail)
    while place > _TRAIL_BYTES:
        place -= _SIZE.unpack_from(trail, place - _SIZE_BYTES)[0]
        yield _mark(trail, place)


def newest_marks(trail: bytes, length_ms: int) -> list[Mark]:
    """The marks in the stretch of time that ends with the newest one, by event time; costs only those."""
    if not trail:
        return []
    since = newest_at(trail) - length_ms
    found = []
    for mark in marks_backwards(trail):
        if mark.at <= since:
            break
        found.append(mark)
    found.reverse()
    return found


def newest_channels(trail: bytes, length_ms: int) -> int:
    """On which channels, as bits by their codes, the marks that :func:`newest_marks` gives lie; makes no mark."""
    found = 0
    place = len(trail)
    since = newest_at(trail) - length_ms if place else 0
    while place > _TRAIL_BYTES:
        place -= _size_before(trail, place)
        if _at(trail, place) <= since:
            break
        found |= 1 << trail[place + _CHANNEL_PLACE]
    return found


def times_of(trail: bytes) -> list[int]:
    """The times (ms) of a trail's marks, by event time; makes no mark."""
    times: list[int] = []
    place = _TRAIL_BYTES
    while place < len(trail):
        times.append(_at(trail, place))
        place += trail[place] | trail[place + 1] << 8
    return times


def holds(trail: bytes, kind: int) -> bool:
    """Whether a mark of a trail is of that kind."""
    place = _TRAIL_BYTES
    while place < len(trail):
        if trail[place + _KIND_PLACE] == kind:
            return True
        place += trail[place] | trail[place + 1] << 8
    return False


def is_quoted(trail: bytes, kind: int, excerpt: bytes, since: int, until: int) -> bool:
    """Whether the trail holds a mark of that kind and excerpt, after ``since`` and no later than ``until`` (ms)."""
    place = len(trail)
    while place > _TRAIL_BYTES:
        end = place - _SIZE_BYTES
        place -= _size_before(trail, place)
        at = _at(trail, place)
        if at <= since:
            return False
        if at <= until and trail[place + _KIND_PLACE] == kind:
            named = trail[place + _NAMED_PLACE] | trail[place + _NAMED_PLACE + 1] << 8
            if trail[place + _MARK_BYTES + named : end] == excerpt:
                return True
    return False


def newest_at(trail: bytes) -> int:
    """The time (ms) of the newest mark of a trail that has one."""
    at: int = _TRAIL.unpack_from(trail)[1]
    return at


def _size_before(trail: bytes, place: int) -> int:
    return trail[place - _SIZE_BYTES] | trail[place - 1] << 8


def _at(trail: bytes, place: int) -> int:
    """The time (ms) of the mark that begins there: times have 48 bits, and none lies before 1970."""
    at = place + _AT_PLACE
    return (
        trail[at]
        | trail[at + 1] << 8
        | trail[at + 2] << 16
        | trail[at + 3] << 24
        | trail[at + 4] << 32
        | trail[at + 5] << 40
    )


def _mark(trail: bytes, place: int) -> Mark:
    size, at, offset, kind, channel, named = _MARK.unpack_from(trail, place)
    start = place + _MARK_BYTES
    name = trail[start : start + named].decode()
    quote = trail[start + named : place + size - _SIZE_BYTES].decode()
    return Mark(at, offset, kind, channel, name, quote or None)
