"""Records of the log: what the core reads of one, and one that it can't apply."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class LogRecord(Protocol):
    """One record of the topic ``interactions``."""

    @property
    def offset(self) -> int:
        """Its place in the log."""

    @property
    def timestamp(self) -> int:
        """The broker's time (ms), below 0 for none."""

    @property
    def key(self) -> bytes | None:
        """The person's id."""

    @property
    def value(self) -> bytes | None:
        """The interaction in one of its wire forms, or a tick."""


class Refused(NamedTuple):
    """A record that can't be applied, for the dead letters."""

    offset: int
    arrived: int
    key: bytes | None
    value: bytes | None
    reason: str
    detail: str
