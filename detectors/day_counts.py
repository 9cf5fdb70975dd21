"""Counts a day of all of a person's counters, as one bytes object.

4 bytes an entry, sorted: counter (6 bits), day (16), count (10). A count that is full goes on in a further entry of
the same counter and day.
"""

from __future__ import annotations

import struct
from typing import Final

COUNTER_DAYS: Final = 90
_FULL: Final = 1023
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
