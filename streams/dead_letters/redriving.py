"""Dead letters sent back to the topic they came from, each only once.

What was redriven is remembered by the committed offsets of a consumer group (see ``redriven``). They are committed
after the letters are acknowledged, so a crash in between sends some letters again: a repeated event counts once within
the duplicate horizon. A broker forgets the group when ``offsets.retention.minutes`` (a week by default) pass without a
redrive. The embedded broker keeps the offset alone, not which letters behind it were sent: the outcome says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.broker.outbox import Outbox
from streams.dead_letters.letters import Letter, Wanted, letters
from streams.dead_letters.redrive_marks import Marks, send_back
from streams.files.replaying import new_producer

if TYPE_CHECKING:
    from collections.abc import Collection

    from streams.settings import Broker

GROUP: Final = "rapport-redrive"
CHUNK_LETTERS: Final = 5_000
CHUNK_BYTES: Final = 16 * 1024 * 1024


class Outcome(NamedTuple):
    """How many letters were sent (in a dry run: would be), had been before, and can't be: nobody knows where to.

    ``unknown`` are places named in the file of mended records at which no letter is. ``is_remembered`` is False when
    the broker does not keep which letters were sent behind one that was not: another run sends those again.
    """

    sent: int
    before: int
    homeless: int
    unknown: list[str]
    is_remembered: bool = True


class Redrive:
    """One run. ``homes`` are the topics that letters may go to: a forged header sends nothing elsewhere.

    ``mended`` has new values by the letters' places; given, only those letters are sent.
    """

    def __init__(
        self, broker: Broker, topic: str, group: str, *, homes: Collection[str], mended: dict[str, bytes] | None
    ) -> None:
        self._broker = broker
        self._topic = topic
        self._group = group
        self._homes = homes
        self._mended = mended

    async def run(self, wanted: Wanted, *, dry: bool) -> Outcome:
        """Send the wanted letters that were not sent yet; in a dry run only count them.

        Raises TopicMissingError, TooScatteredError before the first letter whose mark can't be kept, or what the
        broker answers.
        """
        async with Marks(self._broker, self._topic, self._group) as marks:
            if dry:
                return await self._go_through(wanted, marks, None)
            producer = new_producer(self._broker)
            try:
                await producer.start()
                return await self._go_through(wanted, marks, Outbox(producer, lambda _: None))  # drained() raises it
            finally:
                await producer.stop()

    async def _go_through(self, wanted: Wanted, marks: Marks, outbox: Outbox | None) -> Outcome:
        sent = before = homeless = size = 0
        unknown = set(self._mended or ())
        chunk: list[Letter] = []
        async for letter in letters(self._broker, self._topic):
            if not wanted.includes(letter) or (self._mended is not None and letter.place not in self._mended):
                continue
            unknown.discard(letter.place)
            if letter in marks:
                before += 1
            elif letter.headers is None or letter.headers.topic not in self._homes:
                homeless += 1
            else:
                sent += 1
                size += len(letter.value or b"")
                chunk.append(letter)
                if len(chunk) >= CHUNK_LETTERS or size >= CHUNK_BYTES:
                    await self._send(chunk, marks, outbox)
                    chunk, size = [], 0
        await self._send(chunk, marks, outbox)
        return Outcome(sent, before, homeless, sorted(unknown), marks.keeps_notes)

    async def _send(self, chunk: list[Letter], marks: Marks, outbox: Outbox | None) -> None:
        if outbox is not None and chunk:
            notes = marks.add(chunk)
            await send_back(chunk, outbox, self._mended)
            await marks.commit(notes)
