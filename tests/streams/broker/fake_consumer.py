"""A cluster in memory: topics of one partition, of which retention may have deleted the beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from aiokafka.errors import OffsetOutOfRangeError

if TYPE_CHECKING:
    from aiokafka import TopicPartition

PAGE = 3


class Kept(NamedTuple):
    """A record as a consumer gives it."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = -1


class FakeConsumer:
    """Reads ``topics``; like the client it raises for an offset that is not there any more, or not yet."""

    topics: ClassVar[dict[str, list[Kept]]] = {}
    begins: ClassVar[dict[str, int]] = {}

    def __init__(self, **_: Any) -> None:
        self._place: TopicPartition | None = None
        self._at = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def assign(self, places: list[TopicPartition]) -> None:
        (self._place,) = places

    def seek(self, place: TopicPartition, offset: int) -> None:
        assert place == self._place
        self._at = offset

    async def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {place: self.begins.get(place.topic, 0) for place in places}

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {place: self.highwater(place) for place in places}

    def highwater(self, place: TopicPartition) -> int:
        return max((record.offset + 1 for record in self.topics[place.topic]), default=self.begins.get(place.topic, 0))

    async def position(self, _: TopicPartition) -> int:
        return self._at

    async def getmany(self, place: TopicPartition, **_: Any) -> dict[TopicPartition, list[Kept]]:
        if not self.begins.get(place.topic, 0) <= self._at <= self.highwater(place):
            raise OffsetOutOfRangeError({place: self._at})
        page = [record for record in self.topics[place.topic] if record.offset >= self._at][:PAGE]
        self._at = page[-1].offset + 1 if page else self._at
        return {place: page} if page else {}
