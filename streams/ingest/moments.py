"""When something happened, from the many ways in which sources write a time."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any, Final

from detectors.interaction import NEWEST_MS
from streams.ingest.refusal import RefusalReason, Refused, shown

OLDEST_MS: Final = 631_152_000_000  # 1990-01-01: anything older is a zero or a broken clock, not an event
ALLOWED: Final = "RFC 3339, a date, or epoch seconds or milliseconds"

_NUMBER: Final = re.compile(r"[0-9]{9,19}(\.[0-9]{1,9})?")
# Epoch numbers tell their unit by their size: seconds stay below 1e11 until the year 5138, milliseconds are above it
# since 1973; the same holds for the steps to micro- and nanoseconds.
_UNITS: Final[tuple[tuple[float, float], ...]] = ((1e11, 1000.0), (1e14, 1.0), (1e17, 1e-3), (1e20, 1e-6))


def moment(value: Any, zone: tzinfo, name: str) -> int:
    """Epoch milliseconds of a time given as text or number; a text without an offset is read in ``zone``.

    What browsers write (2024-01-31T23:59:59.999Z) is read piece by piece, which is three times as fast.
    Raises Refused: bad_value if unreadable, out_of_range before 1990 or from 2100 on.
    """
    if type(value) is str:
        at = _from_text(value.strip(), zone, name)
    elif type(value) is int or type(value) is float:
        at = _from_number(value, name)
    else:
        raise Refused(RefusalReason.BAD_VALUE, f"{name} is {shown(value)}; allowed: {ALLOWED}")
    if OLDEST_MS <= at < NEWEST_MS:
        return at
    raise Refused(RefusalReason.OUT_OF_RANGE, f"{name} is {shown(value)}; allowed: 1990-01-01 to 2100-01-01")


def _from_text(value: str, zone: tzinfo, name: str) -> int:
    at = _from_browser(value) if len(value) == 24 and value[23] == "Z" else -1
    if at >= 0:
        return at
    if len(value) <= 64:
        if _NUMBER.fullmatch(value):
            return _from_number(float(value), name)
        try:
            when = datetime.fromisoformat(value[:-1] + "Z" if value.endswith("z") else value)
            if when.tzinfo is None:
                when = when.replace(tzinfo=zone)
            return round(when.timestamp() * 1000)
        except (ValueError, OverflowError):
            pass
    raise Refused(RefusalReason.BAD_VALUE, f"{name} is {shown(value)}; allowed: {ALLOWED}")


def _from_browser(value: str) -> int:
    """Epoch milliseconds of 24 characters such as 2024-01-31T23:59:59.999Z; -1 for any others."""
    if value[10] != "T" or value[13] != ":" or value[16] != ":" or value[19] != ".":
        return -1
    digits = value[11:13] + value[14:16] + value[17:19] + value[20:23]
    if not (digits.isascii() and digits.isdigit()):
        return -1
    rest, milliseconds = divmod(int(digits), 100_000)
    hours, minutes = divmod(rest, 100)
    day = _midnight(value[:10])
    if day < 0 or hours > 23 or minutes > 59 or milliseconds > 59_999:
        return -1
    return day + (hours * 60 + minutes) * 60_000 + milliseconds


@lru_cache(maxsize=1024)
def _midnight(day: str) -> int:
    """Epoch milliseconds of the beginning of a day (UTC) written as 2024-01-31; -1 if it is not."""
    try:
        return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()) * 1000
    except ValueError:
        return -1


def _from_number(value: float, name: str) -> int:
    for limit, to_ms in _UNITS:
        if 0 <= value < limit:
            return round(value * to_ms)
    raise Refused(RefusalReason.OUT_OF_RANGE, f"{name} is {shown(value)}; allowed: 1990-01-01 to 2100-01-01")
