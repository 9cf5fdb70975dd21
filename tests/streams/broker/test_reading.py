"""Reading without a group, from a cluster in memory; the real ones read in tests/integration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from streams.broker import reading
from streams.broker.reading import Reader
from streams.settings import Broker
from tests.streams.broker.fake_consumer import FakeConsumer, Kept

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACE = TopicPartition("t", 0)


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Kept]]:
    made: dict[str, list[Kept]] = {"t": []}
    monkeypatch.setattr(FakeConsumer, "topics", made)
    monkeypatch.setattr(FakeConsumer, "begins", {})
    return made


def records(offsets: Iterable[int]) -> list[Kept]:
    return [Kept(offset, None, b"%d" % offset) for offset in offsets]


async def read(consumer: FakeConsumer | None = None) -> list[list[int]]:
    pages = Reader(consumer or FakeConsumer(), Broker()).pages(PLACE)
    return [[record.offset for record in page] async for page in pages]


async def test_a_partition_is_read_from_where_it_begins_to_where_it_ends(topics: dict[str, list[Kept]]) -> None:
    topics["t"] += records(range(2, 9))
    FakeConsumer.begins["t"] = 2
    assert await read() == [[2, 3, 4], [5, 6, 7], [8]]


async def test_a_partition_without_records_gives_none(topics: dict[str, list[Kept]]) -> None:
    FakeConsumer.begins["t"] = 7
    assert await read() == []


async def test_what_comes_while_it_is_read_is_left_for_another_time(topics: dict[str, list[Kept]]) -> None:
    topics["t"] += records(range(4))

    class Growing(FakeConsumer):
        async def getmany(self, place: TopicPartition, **options: Any) -> dict[TopicPartition, list[Kept]]:
            topics["t"] += records([len(topics["t"])])
            return await super().getmany(place, **options)

    assert await read(Growing()) == [[0, 1, 2], [3, 4]]


async def test_what_is_deleted_while_it_is_read_is_an_error(topics: dict[str, list[Kept]]) -> None:
    topics["t"] += records(range(9))

    class Losing(FakeConsumer):
        async def getmany(self, place: TopicPartition, **options: Any) -> dict[TopicPartition, list[Kept]]:
            page = await super().getmany(place, **options)
            FakeConsumer.begins["t"] = 5
            return page

    with pytest.raises(OffsetOutOfRangeError):
        await read(Losing())


async def test_single_records_are_found_where_they_are(topics: dict[str, list[Kept]]) -> None:
    topics["t"] += records([3, 4, 5, 6, 8, 20])
    FakeConsumer.begins["t"] = 3
    found = await Reader(FakeConsumer(), Broker()).records(PLACE, [20, 4, 5, 2, 7, 21, 99, 5])
    assert {offset: record.value for offset, record in found.items()} == {4: b"4", 5: b"5", 20: b"20"}
    assert await Reader(FakeConsumer(), Broker()).records(PLACE, []) == {}


async def test_a_broker_that_gives_nothing_for_long_is_an_error(
    topics: dict[str, list[Kept]], monkeypatch: pytest.MonkeyPatch
) -> None:
    topics["t"] += records(range(4))
    monkeypatch.setattr(reading, "SILENCE_SECONDS", 0.05)

    class Silent(FakeConsumer):
        async def getmany(self, place: TopicPartition, **_: Any) -> dict[TopicPartition, list[Kept]]:
            return {}

    with pytest.raises(TimeoutError, match=r"^t-0 gave nothing for 0\.05 s$"):
        await read(Silent())
