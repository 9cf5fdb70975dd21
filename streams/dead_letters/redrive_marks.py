"""The marks of ``redriven`` where they are kept: the committed offsets of a consumer group, each with its note."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from streams.broker.connection import client_settings
from streams.broker.topics import partitions_of
from streams.dead_letters.redriven import Redriven

if TYPE_CHECKING:
    from streams.broker.outbox import Outbox
    from streams.dead_letters.letters import Letter
    from streams.settings import Broker

ATTEMPTS: Final = 30


class Marks:
    """Which letters of a topic were redriven, by partition; an async context manager that holds the connection."""

    def __init__(self, broker: Broker, topic: str, group: str) -> None:
        self._broker = broker
        self._topic = topic
        self._group = group
        self._places: list[TopicPartition] = []
        self._redriven: dict[int, Redriven] = {}
        self._noted = False
        self.keeps_notes = True
        """Whether the broker gave back the notes that it was given; the embedded one keeps the offsets alone."""

    async def __aenter__(self) -> Marks:
        count = await partitions_of(self._broker, self._topic)
        self._places = [TopicPartition(self._topic, number) for number in range(count)]
        known = await self._known()
        self._consumer = AIOKafkaConsumer(
            **client_settings(self._broker), group_id=self._group, enable_auto_commit=False
        )
        await self._consumer.start()
        self._consumer.assign(self._places)
        begin = await self._consumer.beginning_offsets(self._places)
        for place in self._places:
            mark = self._redriven[place.partition] = Redriven(known[place].offset, known[place].metadata)
            mark.begin_at(begin[place])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    def __contains__(self, letter: Letter) -> bool:
        return letter.offset in self._redriven[letter.partition]

    def add(self, letters: list[Letter]) -> dict[TopicPartition, tuple[int, str]]:
        """Note these as redriven; gives what to commit. Raises TooScatteredError when that can't be kept."""
        for letter in letters:
            self._redriven[letter.partition].add(letter.offset)
        for mark in self._redriven.values():
            mark.begin_at(mark.first)
        return {place: (mark.first, mark.note()) for place, mark in self._by_place()}

    async def commit(self, notes: dict[TopicPartition, tuple[int, str]]) -> None:
        """Keep what ``add`` gave."""
        await self._consumer.commit(notes)
        noted = [place for place, (_, note) in notes.items() if note]
        if noted and not self._noted:
            self._noted = True
            known = await self._known()
            self.keeps_notes = all(known[place].metadata for place in noted)

    def _by_place(self) -> list[tuple[TopicPartition, Redriven]]:
        return [(place, self._redriven[place.partition]) for place in self._places]

    async def _known(self) -> dict[TopicPartition, Any]:
        admin = AIOKafkaAdminClient(**client_settings(self._broker))
        try:
            await admin.start()
            for _ in range(ATTEMPTS):
                try:
                    return await self._ask(admin)
                except GroupCoordinatorNotAvailableError:  # a young cluster makes its topic of offsets first
                    await asyncio.sleep(0.5)
            return await self._ask(admin)
        finally:
            await admin.close()

    async def _ask(self, admin: AIOKafkaAdminClient) -> dict[TopicPartition, Any]:
        known: dict[TopicPartition, Any] = await admin.list_consumer_group_offsets(self._group, partitions=self._places)
        return known


async def send_back(letters: list[Letter], outbox: Outbox, mended: dict[str, bytes] | None) -> None:
    """Send letters to their topics under their keys; returns when they are acknowledged."""
    for letter in letters:
        if letter.headers is not None:
            home = letter.headers.topic
            partitions = await outbox.learn(home)
            partition = letter.offset % partitions if letter.key is None else None
            value = letter.value if mended is None else mended[letter.place]
            outbox.put(home, letter.key, value, partition=partition)
    await outbox.drained()
