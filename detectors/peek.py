"""A glance at a compact interaction that nobody may read: when it happened, which source told it, of which party.

Two thirds of a busy log are such records. Decoding them would take longer than all else that is done with them.
"""

from __future__ import annotations

from typing import Final

from detectors.interaction import NEWEST_MS, PARTIES

ARRAY_16: Final = 0xDC
"""The first byte of a msgpack array of 16 fields and more; the third byte after it is the kind's code."""
KIND_AT: Final = 3
_UINT_64: Final = 0xCF
_STR_8: Final = 0xD9
_SHORT: Final = 0xA0  # a text of up to 31 bytes: the length is in the low five bits
_LONGEST_SHORT: Final = 0xBF
_LATEST: Final = NEWEST_MS
_PARTIES: Final = len(PARTIES)
_UNKNOWN: Final = (-1, b"", -1)


def peek(data: bytes, start: int, end: int) -> tuple[int, bytes, int]:
    """Time (epoch milliseconds), source (UTF-8) and party of an array of 16 fields and more.

    (-1, b"", -1) if unusual.

    The value is ``data[start:end]``. Read are the forms that msgpack encoders choose: an integer of 64 bits, an id of
    up to 255 bytes, a source of up to 31. For anything else, broken records among it, ask
    :func:`detectors.wire.decode_event`. What follows the party is neither read nor checked, nor is the channel.
    """
    if end - start < 24 or data[start + 4] != _UINT_64 or data[start + 5] or data[start + 6]:
        return _UNKNOWN
    at = (
        data[start + 7] << 40
        | data[start + 8] << 32
        | data[start + 9] << 24
        | data[start + 10] << 16
        | data[start + 11] << 8
        | data[start + 12]
    )
    mark = data[start + 13]
    if _SHORT < mark <= _LONGEST_SHORT:
        place = start + mark - _SHORT + 14
    elif mark == _STR_8:
        place = start + data[start + 14] + 15
    else:
        return _UNKNOWN
    if at >= _LATEST or place >= end:
        return _UNKNOWN
    mark = data[place]
    last = place + 1 + mark - _SHORT
    if not _SHORT < mark <= _LONGEST_SHORT or last + 1 >= end:
        return _UNKNOWN
    party = data[last + 1]
    return (at, data[place + 1 : last], party) if party < _PARTIES else _UNKNOWN
