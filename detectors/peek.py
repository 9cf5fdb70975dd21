"""A glance at a compact interaction whose kind nobody reads: when it happened and which source told it.

Two thirds of a busy log are such records. Decoding them would take longer than all else that is done with them.
"""

from __future__ import annotations

from typing import Final

from detectors.interaction import NEWEST_MS

ARRAY_16: Final = 0xDC
"""The first byte of a msgpack array of 16 fields and more; the third byte after it is the kind's code."""
KIND_AT: Final = 3
_UINT_64: Final = 0xCF
_STR_8: Final = 0xD9
_SHORT: Final = 0xA0  # a text of up to 31 bytes: the length is in the low five bits
_LONGEST_SHORT: Final = 0xBF
_LATEST: Final = NEWEST_MS
_UNKNOWN: Final = (-1, b"")


def peek(value: bytes) -> tuple[int, bytes]:
    """Time (epoch milliseconds) and source (UTF-8) of an array of 16 fields and more; (-1, b"") if unusual.

    Read are the forms that msgpack encoders choose: an integer of 64 bits, an id of up to 255 bytes, a source of up
    to 31. For anything else, broken records among it, ask :func:`detectors.wire.decode_event`. What follows the
    source is neither read nor checked.
    """
    size = len(value)
    if size < 24 or value[4] != _UINT_64 or value[5] or value[6]:
        return _UNKNOWN
    at = value[7] << 40 | value[8] << 32 | value[9] << 24 | value[10] << 16 | value[11] << 8 | value[12]
    mark = value[13]
    if _SHORT < mark <= _LONGEST_SHORT:
        place = mark - _SHORT + 14
    elif mark == _STR_8:
        place = value[14] + 15
    else:
        return _UNKNOWN
    if at >= _LATEST or place >= size:
        return _UNKNOWN
    mark = value[place]
    end = place + 1 + mark - _SHORT
    if not _SHORT < mark <= _LONGEST_SHORT or end >= size:
        return _UNKNOWN
    return at, value[place + 1 : end]
