"""What one record of the topics that ``deliver`` reads says."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from sinks.alert import Alert, decode_alert
from sinks.relationship import Relationship, decode_relationship

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[bytes | None, bytes | None], "Change"]

BAD_ALERT = "bad_alert"
BAD_RELATIONSHIP = "bad_relationship"
_DETAIL_CHARACTERS = 300


class Kind(StrEnum):
    """What is to be done; views treat each kind apart."""

    ALERT = "alert"
    FORGET_ALERT = "forget_alert"
    RELATIONSHIP = "relationship"
    FORGET_RELATIONSHIP = "forget_relationship"


class Change(NamedTuple):
    """One thing to tell: ``id`` is the alert's or the stakeholder's; a forgotten one has no record."""

    kind: Kind
    id: str
    record: Alert | Relationship | None = None


class UnreadableError(ValueError):
    """The record is not ours; ``reason`` is from the closed set of dead letters."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail[:_DETAIL_CHARACTERS]


def read_alert(key: bytes | None, value: bytes | None) -> Change:
    """A record of ``alerts``, whose key says whom it is about, or what; raises UnreadableError."""
    alert = _alert(value or b"")
    return Change(Kind.ALERT, alert.alert_id, alert)


def read_alert_state(key: bytes | None, value: bytes | None) -> Change:
    """A record of ``alert-state``: the latest version, or nothing more to know; raises UnreadableError."""
    name = _name(key, BAD_ALERT)
    if not value:
        return Change(Kind.FORGET_ALERT, name)
    alert = _alert(value)
    if alert.alert_id != name:
        raise UnreadableError(BAD_ALERT, f"the key is {name!r}, the alert's id {alert.alert_id!r}; allowed: the same")
    return Change(Kind.ALERT, name, alert)


def read_relationship(key: bytes | None, value: bytes | None) -> Change:
    """A record of ``relationships``: how one stands, or nothing more to know; raises UnreadableError."""
    name = _name(key, BAD_RELATIONSHIP)
    if not value:
        return Change(Kind.FORGET_RELATIONSHIP, name)
    try:
        record = decode_relationship(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(BAD_RELATIONSHIP, _why(error)) from None
    if record.stakeholder != name:
        detail = f"the key is {name!r}, the stakeholder {record.stakeholder!r}; allowed: the same"
        raise UnreadableError(BAD_RELATIONSHIP, detail)
    return Change(Kind.RELATIONSHIP, name, record)


def _alert(value: bytes) -> Alert:
    try:
        return decode_alert(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(BAD_ALERT, _why(error)) from None


def _name(key: bytes | None, reason: str) -> str:
    if not key:
        raise UnreadableError(reason, "the record has no key; allowed: an id")
    return key.decode("utf-8", "replace")  # as the monitor writes it into the value


def _why(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
