"""What was redriven already: exact for every letter, small enough to be the note of a committed offset.

Kafka keeps with each committed offset a text of at most 4096 bytes (``offset.metadata.max.bytes``). The offset says
that all letters before it were redriven; the text, a compressed bitmap, which of those behind it were as well.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Final

MOST_CHARACTERS: Final = 4096
MOST_SPAN: Final = 16 * 1024 * 1024


class TooScatteredError(ValueError):
    """More separate letters were redriven than the note can hold."""


class Redriven:
    """The letters of one partition that were redriven: all before ``first``, and those in ``above``."""

    def __init__(self, first: int = 0, note: str = "") -> None:
        """Read what ``note()`` gave with that offset; an unreadable note says nothing of what lies above."""
        self.first = max(0, first)
        self.above = {self.first + place for place in _places(note)}

    def __contains__(self, offset: int) -> bool:
        return offset < self.first or offset in self.above

    def add(self, offset: int) -> None:
        """Note one letter."""
        if offset >= self.first:
            self.above.add(offset)

    def begin_at(self, offset: int) -> None:
        """Forget what the topic no longer holds, and move on over what is redriven without a gap."""
        self.first = max(self.first, offset)
        while self.first in self.above:
            self.first += 1
        self.above = {each for each in self.above if each >= self.first}

    def note(self) -> str:
        """The text for the offset ``first``; raises TooScatteredError when it would be too long."""
        bits = bytearray((max(self.above, default=self.first - 1) - self.first) // 8 + 1)
        for offset in self.above:
            bits[(offset - self.first) // 8] |= 1 << (offset - self.first) % 8
        note = base64.b85encode(zlib.compress(bytes(bits), 9)).decode() if self.above else ""
        if len(note) > MOST_CHARACTERS:
            raise TooScatteredError(
                f"{len(self.above):,} letters redriven among others take {len(note):,} characters to remember;"
                f" allowed: {MOST_CHARACTERS:,}: redrive those before them first, without --reason, --source or --file"
            )
        return note


def _places(note: str) -> list[int]:
    try:
        bits = zlib.decompressobj().decompress(base64.b85decode(note), MOST_SPAN) if note else b""
    except (ValueError, zlib.error, binascii.Error):
        return []
    return [8 * number + bit for number, byte in enumerate(bits) for bit in range(8) if byte >> bit & 1]
