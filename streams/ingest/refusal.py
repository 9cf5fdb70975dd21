"""Why a record, or one item of it, goes to the dead letters instead of becoming an interaction."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

DETAIL_CHARACTERS = 300
SHOWN_CHARACTERS = 60


class RefusalReason(StrEnum):
    """The closed set of reasons; wire values are never renamed, only added."""

    NOT_JSON = "not_json"
    """The bytes are no JSON: malformed, NaN or infinite, not UTF-8, empty."""
    NOT_AN_OBJECT = "not_an_object"
    """The record, or an item of a batch, is JSON but no object."""
    TOO_LARGE = "too_large"
    """More bytes than ``max_bytes``."""
    TOO_DEEP = "too_deep"
    """Nested deeper than any source nests."""
    MISSING_FIELD = "missing_field"
    """A field without which the event says nothing is absent or null."""
    BAD_VALUE = "bad_value"
    """A field has the wrong type, an unreadable value, or a control character where an id is expected."""
    UNKNOWN_EVENT = "unknown_event"
    """A canonical interaction names a kind, channel or party that does not exist."""
    NO_IDENTITY = "no_identity"
    """Nothing in the event says who it was."""
    IN_THE_FUTURE = "in_the_future"
    """It happened later than it was received, by more than the tolerance."""
    OUT_OF_RANGE = "out_of_range"
    """A date or an amount that can't be true."""


class Refused(Exception):  # noqa: N818 — a verdict on data, not an error of the program
    """A record or item that can't become an interaction; ``detail`` names the value and what is allowed."""

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        self.reason = reason
        self.detail = _printable(detail)
        super().__init__(f"{reason.value}: {self.detail}")


def shown(value: Any) -> str:
    """A short, printable rendering of any decoded JSON value; containers by their type only."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return repr(value[:SHOWN_CHARACTERS] + "…" if len(value) > SHOWN_CHARACTERS else value)
    if isinstance(value, int) and value.bit_length() > 128:
        return "a huge integer"  # its decimal digits can cost more than the record is worth
    return str(value)


def _printable(detail: str) -> str:
    clipped = detail[:DETAIL_CHARACTERS]
    if clipped.isprintable():
        return clipped
    return "".join(character if character.isprintable() else " " for character in clipped)
