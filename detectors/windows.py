"""What is kept of a person's past: counts a day, trails of references, and (in ``rhythm``) gaps between purchases.

A rule declares the windows it reads as module constants; two rules that declare the same name share one window.
Windows are updated once per interaction by the partition, never by a rule. Edges: a stretch of time is open at
its start and closed at its end, ``(end - length, end]``, so that the event under assessment counts.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from detectors.interaction import Kind
    from detectors.seen import Seen

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
TENTH_MS: Final = DAY_MS // 10
"""A tenth of a day: figures of days are told to that."""
COUNTER_DAYS: Final = 90
MAX_COUNTERS: Final = 64
EXCERPT_CHARACTERS: Final = 120
_FULL: Final = 1023


class Window:
    """A declared window: its name, the kinds that feed it, and conditions on the interaction.

    ``code`` is the window's place among those of its sort, ``bit`` stands for it in a set of windows: both are given by
    :class:`Catalogue`. ``traits`` are the bits (see :mod:`detectors.traits`) that must be true of an interaction,
    ``when`` is any further condition. ``tests_head`` promises that it asks for no more than the first fields (see
    :class:`~detectors.interaction.Head`); ``reads_head`` says so of all that the window keeps.
    """

    __slots__ = ("bit", "code", "kinds", "name", "reads_head", "tests_head", "traits", "when")

    def __init__(
        self,
        name: str,
        kinds: tuple[Kind, ...],
        when: Callable[[Seen], bool] | None = None,
        *,
        traits: int = 0,
        tests_head: bool = False,
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.traits = traits
        self.when = when
        self.code = -1
        self.bit = 0
        self.tests_head = when is None or tests_head
        self.reads_head = self.tests_head


class Counter(Window):
    """How many a day, for the last ``days`` (90 unless told)."""

    __slots__ = ("days",)

    def __init__(
        self,
        name: str,
        kinds: tuple[Kind, ...],
        when: Callable[[Seen], bool] | None = None,
        *,
        days: int = COUNTER_DAYS,
        traits: int = 0,
        tests_head: bool = False,
    ) -> None:
        super().__init__(name, kinds, when, traits=traits, tests_head=tests_head)
        self.days = days


class Trail(Window):
    """References to the last ``keep`` interactions, as evidence and for exact stretches of hours.

    ``quotes`` gives what of an interaction is kept as an excerpt, its beginning.
    """

    __slots__ = ("keep", "quotes")

    def __init__(
        self,
        name: str,
        kinds: tuple[Kind, ...],
        when: Callable[[Seen], bool] | None = None,
        *,
        keep: int,
        quotes: Callable[[Seen], str | None] | None = None,
        traits: int = 0,
        tests_head: bool = False,
    ) -> None:
        super().__init__(name, kinds, when, traits=traits, tests_head=tests_head)
        if not 1 <= keep <= 255:
            raise ValueError(f"keep is {keep}; allowed: 1 to 255")
        self.keep = keep
        self.quotes = quotes
        self.reads_head = self.reads_head and quotes is None


class Gaps(Window):
    """The rhythm of the gaps between interactions; ``trail``, fed by the same ones, puts late ones in their place."""

    __slots__ = ("trail",)

    def __init__(self, name: str, trail: Trail) -> None:
        super().__init__(name, trail.kinds, trail.when, traits=trail.traits, tests_head=trail.tests_head)
        self.trail = trail


class Mark(NamedTuple):
    """One remembered interaction of a trail."""

    at: int
    offset: int
    kind: int
    channel: int
    id: str
    excerpt: str | None


# One bytes object holds all day counts of a person, 4 bytes an entry, sorted: counter (6 bits), day (16), count (10).
# A count that is full goes on in a further entry of the same counter and day.

_ENTRY: Final = struct.Struct("<I")
_pack_entry: Final = _ENTRY.pack
_ENTRY_BYTES: Final = 4


def add_count(log: bytes, counter: int, day: int, days: int = COUNTER_DAYS) -> bytes:
    """Count one more of ``counter`` on ``day``; what lies over ``days`` before its newest is in no window, and goes."""
    key = counter << 26 | day << 10
    end = len(log)
    place = _entry_place(log, key, end)
    entry = _entry(log, place) if place < end else -1
    while entry >> 10 == key >> 10:
        following = place + _ENTRY_BYTES
        if entry & _FULL < _FULL:
            return log[:place] + _pack_entry(entry + 1) + log[following:]
        place = following
        entry = _entry(log, place) if place < end else -1
    first = _entry_place(log, counter << 26, place)
    newest = key
    if place == first and entry >> 26 == counter:
        newest = _entry(log, _entry_place(log, (counter + 1) << 26, end) - _ENTRY_BYTES)
    oldest = (newest >> 10) - days
    if key >> 10 < oldest:
        return log
    if place > first and _entry(log, first) >> 10 < oldest:
        return log[:first] + log[_entry_place(log, oldest << 10, place) : place] + _pack_entry(key | 1) + log[place:]
    return log[:place] + _pack_entry(key | 1) + log[place:]


def count(log: bytes, counter: int, first_day: int, last_day: int) -> int:
    """How many of ``counter`` from ``first_day`` to ``last_day``, both included."""
    total = 0
    end = len(log)
    place = _entry_place(log, counter << 26 | max(0, first_day) << 10, end)
    after = counter << 26 | (last_day + 1) << 10
    while place < end:
        entry = _entry(log, place)
        if entry >= after:
            break
        total += entry & _FULL
        place += _ENTRY_BYTES
    return total


def daily(log: bytes, counter: int, first_day: int, last_day: int) -> dict[int, int]:
    """How many of ``counter`` on each day from ``first_day`` to ``last_day``, both included, that had any."""
    found: dict[int, int] = {}
    end = len(log)
    place = _entry_place(log, counter << 26 | max(0, first_day) << 10, end)
    after = counter << 26 | (last_day + 1) << 10
    while place < end:
        entry = _entry(log, place)
        if entry >= after:
            break
        day = entry >> 10 & 0xFFFF
        found[day] = found.get(day, 0) + (entry & _FULL)
        place += _ENTRY_BYTES
    return found


def counted_days(log: bytes) -> list[tuple[int, int]]:
    """The counters and what is kept of each: day (16 bits) and count (10), an entry each."""
    return [(entry >> 26, entry & 0x3FFFFFF) for (entry,) in _ENTRY.iter_unpack(log)]


def log_of(parts: list[tuple[int, int]]) -> bytes:
    """The log that :func:`counted_days` tells of, in any order."""
    return b"".join(_pack_entry(counter << 26 | rest) for counter, rest in sorted(parts))


def _entry(log: bytes, place: int) -> int:
    return log[place] | log[place + 1] << 8 | log[place + 2] << 16 | log[place + 3] << 24


def _entry_place(log: bytes, key: int, end: int) -> int:
    """Where the first entry of at least ``key`` begins, in the sorted ``log[:end]``."""
    low = 0
    high = end // _ENTRY_BYTES
    while low < high:
        middle = (low + high) >> 1
        if _entry(log, middle * _ENTRY_BYTES) < key:
            low = middle + 1
        else:
            high = middle
    return low * _ENTRY_BYTES


# A trail is one bytes object: how many marks, the newest event time, then the marks by event time; equal times stay in
# the order of arrival. Full, it loses its oldest mark. Each mark ends with its size, so that the newest are read first.

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


class Catalogue:
    """All windows that the loaded rules declare, with their codes; the same for every partition of a process."""

    def __init__(self, windows: list[Window], common: Collection[str] = ()) -> None:
        """Give codes in the order of names, of ``common`` ones first: the lists of people end with their highest.

        Raises ValueError when two definitions share a name.
        """
        named: dict[str, Window] = {}
        for window in windows:
            if named.setdefault(window.name, window) is not window:
                raise ValueError(f"two windows are named {window.name!r}; allowed: one definition a name")
        self.windows = ordered = [named[name] for name in sorted(named, key=lambda name: (name not in common, name))]
        for place, window in enumerate(ordered):
            window.bit = 1 << place
        self.counters = [window for window in ordered if type(window) is Counter]
        self.trails = [window for window in ordered if type(window) is Trail]
        self.rhythms = [window for window in ordered if type(window) is Gaps]
        if len(self.counters) > MAX_COUNTERS:
            raise ValueError(f"{len(self.counters)} counters are declared; allowed: {MAX_COUNTERS}")
        for group in (self.counters, self.trails, self.rhythms):
            for code, window in enumerate(group):
                window.code = code
