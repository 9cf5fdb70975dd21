"""Reading single fields out of decoded JSON that nobody has checked: ids, texts, numbers, parts, content ids."""

from __future__ import annotations

import re
from hashlib import blake2b
from math import inf
from typing import Any, Final

import msgspec

from streams.ingest.refusal import RefusalReason, Refused, shown

ID_CHARACTERS: Final = 512
LARGEST: Final = 1e15
LARGEST_WHOLE: Final = 10**15

EMPTY: Final[dict[str, Any]] = {}
Record = dict[str, Any]

_canonical: Final = msgspec.json.Encoder(order="sorted").encode
_DROPPED: Final = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}

_PLAIN: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?|[+-]?\.[0-9]+")
_COMMA_THOUSANDS: Final = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_POINT_THOUSANDS: Final = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})*,[0-9]{1,2}|[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}")
_MONEY_SIGNS: Final = re.compile(r"^(?:[A-Z]{3}|[$€£¥₹])|(?:[A-Z]{3}|[$€£¥₹])$")


def part(record: Record, name: str) -> Record:
    """The object under ``name``, or an empty one if there is none: for what only decorates an event."""
    value = record.get(name)
    return value if type(value) is dict else EMPTY


def required_part(record: Record, name: str) -> Record:
    """The object under ``name``; Refused if it is absent or something else."""
    value = record.get(name)
    if type(value) is dict:
        return value
    if value is None:
        raise Refused(RefusalReason.MISSING_FIELD, f"{name} is missing; allowed: an object")
    raise Refused(RefusalReason.BAD_VALUE, f"{name} is {shown(value)}; allowed: an object")


def first(record: Record, names: tuple[str, ...]) -> Any:
    """The first value under these names that is neither absent, null nor an empty text."""
    for name in names:
        value = record.get(name)
        if value is not None and value != "":
            return value
    return None


def objects(value: Any) -> list[Record]:
    """The objects among the members of a list; empty if it is none."""
    return [member for member in value if type(member) is dict] if type(value) is list else []


def identifier(value: object, name: str) -> str | None:
    """An id as text, None if there is none; whole numbers become digits.

    Refused when it holds control or invisible characters, is longer than 512 characters, or is no text or number.
    """
    if type(value) is str:
        value = value.strip()
        if not value:
            return None
        if len(value) <= ID_CHARACTERS and value.isprintable():
            return value
    elif value is None:
        return None
    elif type(value) is int and -(10**30) < value < 10**30:
        return str(value)
    elif type(value) is float and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    allowed = f"printable text of at most {ID_CHARACTERS} characters, or a whole number"
    raise Refused(RefusalReason.BAD_VALUE, f"{name} is {shown(value)}; allowed: {allowed}")


def reference(value: object) -> str:
    """A reference to another object of the same record, for looking it up; empty if it can't be one."""
    if type(value) is str:
        return value[:64]
    return str(value) if type(value) is int and -(10**30) < value < 10**30 else ""


def label(value: Any, limit: int = 200) -> str | None:
    """A short name for people and cohorts, one line; None when absent or no text or number."""
    if type(value) is int and -LARGEST < value < LARGEST:
        return str(value)
    if type(value) is not str:
        return None
    value = value[:limit].strip()
    if not value.isprintable():
        value = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return value or None


def text(value: Any, limit: int) -> str | None:
    """What somebody wrote, clipped to ``limit`` characters, without control characters but line breaks and tabs."""
    if type(value) is not str:
        return None
    value = value[:limit]
    if not value.isprintable():
        value = value.translate(_DROPPED)
    return value.strip() or None


def number(value: Any, name: str) -> float | None:
    """A number given as such or as text ('1,234.50', '1.234,50', '$12', '12 EUR'); None if there is none.

    A lone comma before three digits separates thousands. Refused: bad_value if unreadable, out_of_range beyond 1e15.
    """
    found: float | None = None
    if type(value) is str:
        if not value.strip():
            return None
        found = _parsed(value)
    elif value is None:
        return None
    elif type(value) is int:
        found = float(value) if -LARGEST_WHOLE <= value <= LARGEST_WHOLE else inf  # some whole numbers fit no float
    elif type(value) is float:
        found = value
    if found is None:
        raise Refused(RefusalReason.BAD_VALUE, f"{name} is {shown(value)}; allowed: a number such as 1234.50")
    if -LARGEST <= found <= LARGEST:
        return found
    raise Refused(RefusalReason.OUT_OF_RANGE, f"{name} is {shown(value)}; allowed: -1e15 to 1e15")


def content_id(item: Any) -> str:
    """An id made of the content itself, for items that come without; the order of keys plays no part."""
    return "content:" + blake2b(_canonical(item), digest_size=16).hexdigest()


def joined(*parts: str) -> str:
    """Several ids as one, by colons; hashed if that would be too long for an id."""
    whole = ":".join(parts)
    if len(whole) <= ID_CHARACTERS:
        return whole
    return "long:" + blake2b(whole.encode(), digest_size=16).hexdigest()


def _parsed(value: str) -> float | None:
    if len(value) > 64:
        return None
    bare = _MONEY_SIGNS.sub("", value.strip()).replace("\u00a0", "").replace(" ", "").replace("'", "")
    if _PLAIN.fullmatch(bare):
        return float(bare)
    if _COMMA_THOUSANDS.fullmatch(bare):
        return float(bare.replace(",", ""))
    if _POINT_THOUSANDS.fullmatch(bare):
        return float(bare.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]{1,2}", bare):
        return float(bare.replace(",", "."))
    return None
