"""Reading the dead letters: bad input with its reason, its origin and its bytes, from the beginning up to now."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from sinks.dead_letter import DeadLetterHeaders, decode_headers
from sinks.stamps import time_text
from streams.broker.dead_letters import KEY_HEADER
from streams.broker.reading import reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streams.settings import Broker

SHOWN_BYTES: Final = 120
MOST_DIGITS: Final = 18


class Letter(NamedTuple):
    """One dead letter; ``partition``, ``offset`` and ``at`` (ms) are its own, ``headers`` tell of the record.

    ``headers`` is None when they can't be read: then nobody knows where it came from.
    """

    partition: int
    offset: int
    at: int
    headers: DeadLetterHeaders | None
    key: bytes | None
    value: bytes | None

    @property
    def place(self) -> str:
        """Which letter it is, as `rapport redrive --file` takes it."""
        return f"{self.partition}:{self.offset}"


class Wanted(NamedTuple):
    """Which letters: all of a reason, of a source topic (its name on the cluster), from a time on (ms); None: any."""

    reason: str | None = None
    topic: str | None = None
    since: int | None = None

    def includes(self, letter: Letter) -> bool:
        """Whether the letter is meant; one with unreadable headers only when nothing is asked of them."""
        if self.since is not None and letter.at < self.since:
            return False
        headers = letter.headers
        if headers is None:
            return self.reason is None and self.topic is None
        return self.reason in (None, headers.reason) and self.topic in (None, headers.topic)


async def letters(broker: Broker, topic: str) -> AsyncIterator[Letter]:
    """Every letter that is there now, partition by partition.

    Raises TopicMissingError when there is no such topic.
    """
    async with reader(broker) as reading:
        async for page in reading.everything(topic):
            for record in page:
                yield _letter(record)


def _letter(record: Any) -> Letter:
    try:
        headers = decode_headers(record.headers)
    except msgspec.ValidationError:
        headers = None
    key = next((value for name, value in record.headers if name == KEY_HEADER), None)
    return Letter(record.partition, record.offset, record.timestamp, headers, key, record.value)


def described(letter: Letter, *, whole: bool) -> dict[str, Any]:
    """The letter as plain values for JSON; its bytes as text, clipped unless ``whole``.

    ``value_base64`` stands in the place of ``value`` when a whole value is no UTF-8.
    """
    headers = letter.headers
    value = letter.value or b""
    told: dict[str, Any] = {"letter": letter.place, "buried_at": time_text(letter.at)}
    if headers is not None:
        told |= msgspec.to_builtins(headers)
        told |= {"partition": _number(headers.partition), "offset": _number(headers.offset)}
    told["key"] = None if letter.key is None else letter.key.decode(errors="replace")
    told["bytes"] = len(value)
    if not whole:
        return told | {"value": shown(value)}
    try:
        return told | {"value": value.decode()}
    except UnicodeDecodeError:
        return told | {"value_base64": base64.b64encode(value).decode()}


def _number(digits: str) -> int | str:
    """A whole number; a forged one that no broker could have given stays text."""
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def shown(value: bytes) -> str:
    """The beginning of the bytes in printable ASCII, so that no byte of theirs can do anything to a terminal."""
    visible = range(0x20, 0x7F)
    text = "".join(chr(byte) if byte in visible and byte != 0x5C else f"\\x{byte:02x}" for byte in value[:SHOWN_BYTES])
    return text + "..." if len(value) > SHOWN_BYTES else text
