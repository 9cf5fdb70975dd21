"""Records that nobody should send: each must end in the dead letters or be handled, and stop nobody."""

from __future__ import annotations

import base64
import json
import random
from typing import TYPE_CHECKING, Any, Final

import msgspec

from streams.broker.topics import LARGEST_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

Hostile = tuple[bytes | None, bytes | None]

TEN_MEGABYTES: Final = 10_000_000
LARGEST_VALUE: Final = LARGEST_RECORD_BYTES - 100
"""What a topic just takes, sent alone and uncompressed."""
DEEP: Final = 100_000
WRONG: Final[tuple[Any, ...]] = (
    None, True, -1, 0, 10**30, 1e308, -1e308, 2**63, "", "NaN", "Infinity", "\0", "a\0b", "\u202e", "x" * 5000, [], {},
    [[]], [None], {"": {}}, ["a"] * 300, "0000-00-00", "9999-12-31T23:59:59Z", "2999-01-01T00:00:00Z", "1900-01-01",
    "1969-12-31T23:59:59Z", "tomorrow", "<script>alert(1)</script>", "<!channel> <@U1> <http://x|y>", "';--", "%s%n",
)  # fmt: skip
KEYS: Final[tuple[bytes | None, ...]] = (
    None, b"", b"\0", b"\0completion", b"\xff\xfe", b"<!channel>", b"<b>", "\u202e".encode(), b"k" * 2048, b"k" * 3000,
    random.Random(7).randbytes(5_000_000),
)  # fmt: skip


def noise(draw: random.Random, characters: int) -> str:
    """Text that compression hardly makes smaller."""
    return base64.b64encode(draw.randbytes(characters)).decode()[:characters]


def huge(seed: int) -> Iterator[Hostile]:
    """Records as large as a topic takes, of the sort that no compression makes smaller."""
    draw = random.Random(seed)
    yield b"huge", draw.randbytes(TEN_MEGABYTES)
    yield None, draw.randbytes(LARGEST_VALUE)
    yield draw.randbytes(TEN_MEGABYTES), b"{"


def anywhere(seed: int) -> Iterator[Hostile]:
    """For every topic: no JSON, no text, no end."""
    draw = random.Random(seed)
    values: list[bytes | None] = [
        None, b"",
        b"\0", b"\0" * 4096, b" ", b"null", b"true", b"0", b"-", b"NaN", b"1e999", b'"text"', b"[]", b"{}", b"[[]]",
        b'{"a":NaN}', b'{"a":-Infinity}', b"{'a':1}", b'{"a":1}{"a":2}', b'{"a":1', b'{"type":"track","type":"page"}',
        b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"type":"\xff"}', b'{"type":"\\ud800"}', b'"\\u0000"',
        b"[" * DEEP, b'{"a":' * DEEP, b"[" * DEEP + b"]" * DEEP, b"\x91" * DEEP, b"\x81\xa1a" * DEEP,
        b"\x80", b"\x90", b"\xc1", b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff",
        b"<html><body>502 Bad Gateway</body></html>", b"<!channel>", b'{"text":"<!channel>"}',
        b'{"x":"' + b"A" * TEN_MEGABYTES + b'"}',
        b'{"kind":"' + noise(draw, TEN_MEGABYTES).encode() + b'"}',
        b"[" + b"0," * (TEN_MEGABYTES // 2) + b"0]",
    ]  # fmt: skip
    for value in values:
        yield (b"nothing" if value is None else None), value
    for size in (1, 7, 100, 10_000):
        yield draw.randbytes(5), draw.randbytes(size)


def mutated(good: dict[str, Any]) -> Iterator[bytes]:
    """A good record with every field, two levels deep, left out or replaced by what it must not be."""
    for name, value in good.items():
        yield _json({other: each for other, each in good.items() if other != name})
        for wrong in WRONG:
            yield _json({**good, name: wrong})
        if isinstance(value, dict):
            for inner in value:
                for wrong in WRONG:
                    yield _json({**good, name: {**value, inner: wrong}})


def arrays(good: list[Any]) -> Iterator[bytes]:
    """A good compact interaction with every place replaced, and cut short at every place."""
    for place in range(len(good)):
        yield msgspec.msgpack.encode(good[:place])
        for wrong in (*WRONG, 10**6, 65_535, -0.0, b"\xff"):
            if not isinstance(wrong, int) or -(2**63) <= wrong < 2**64:
                yield msgspec.msgpack.encode([*good[:place], wrong, *good[place + 1 :]])
    yield msgspec.msgpack.encode([*good, *range(1000)])


def ticks() -> Iterator[bytes]:
    """Marks of time that never was, of sources that are none."""
    times = (0, -1, 1, 2**40, 2**62, 4_102_444_799_999, 4_102_444_800_000, 1.5, "now", None)
    for at in times:
        yield msgspec.msgpack.encode({"at": at, "sources": [], "tick": 1})
        yield msgspec.msgpack.encode({"at": 1, "sources": [["purchases", 0, at, False, 0]], "tick": 1})
        yield msgspec.msgpack.encode({"at": 1, "sources": [["purchases", 0, 1, True, at]], "tick": 1})
    for source in ("", "\0", "x" * 5000, "<!channel>", 7, None):
        yield msgspec.msgpack.encode({"at": 1, "sources": [[source, 0, 1, False, 0]], "tick": 1})
    for partition in (-1, 2**40, "0", None):
        yield msgspec.msgpack.encode({"at": 1, "sources": [["purchases", partition, 1, False, 0]], "tick": 1})
    yield msgspec.msgpack.encode({"at": 1, "sources": [], "tick": 2})
    yield msgspec.msgpack.encode({"tick": 1})


def _json(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()
