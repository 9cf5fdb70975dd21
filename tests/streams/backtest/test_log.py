"""The topic read side by side, from a consumer that holds it in memory."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from aiokafka import TopicPartition

from streams.backtest import log as log_module
from streams.backtest.backtest import Page
from streams.backtest.log import PAGE, Log


class Stored(NamedTuple):
    offset: int
    timestamp: int = 5
    key: bytes | None = b"c-1"
    value: bytes | None = b"{}"


class Consumer:
    """Gives records from where each partition is sought to; ``grown``: what came after the first fetch."""

    def __init__(self, records: dict[TopicPartition, list[Stored]], *, grown: int = 0) -> None:
        self.records = records
        self.grown = grown
        self.places: dict[TopicPartition, int] = {}
        self.assigned: list[TopicPartition] = []

    def assign(self, places: list[TopicPartition]) -> None:
        self.assigned = list(places)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.places[place] = offset

    def highwater(self, place: TopicPartition) -> int:
        return self.records[place][-1].offset + 1 - self.grown

    async def position(self, place: TopicPartition) -> int:
        return self.places[place]

    async def getmany(
        self, place: TopicPartition, *, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Stored]]:
        assert timeout_ms > 0
        found = [each for each in self.records[place] if each.offset >= self.places[place]][:max_records]
        if not found:
            return {}
        self.places[place] = found[-1].offset + 1
        return {place: found}


def place(number: int) -> TopicPartition:
    return TopicPartition("interactions", number)


def read(consumer: Any, first: dict[int, int], end: dict[int, int]) -> list[Page]:
    log = Log(
        consumer,
        {place(number): offset for number, offset in first.items()},
        {place(number): offset for number, offset in end.items()},
    )

    async def pages() -> list[Page]:
        return [page async for page in log.pages()]

    return asyncio.run(pages())


def offsets(pages: list[Page], number: int) -> list[int]:
    return [record[0] for page in pages for record in page.records.get(number, ())]


def test_every_record_comes_once_in_the_order_of_its_partition() -> None:
    consumer = Consumer({place(0): list(map(Stored, range(5))), place(1): list(map(Stored, (3, 7, 8)))})
    pages = read(consumer, {0: 0, 1: 3}, {0: 5, 1: 9})
    assert (offsets(pages, 0), offsets(pages, 1)) == ([0, 1, 2, 3, 4], [3, 7, 8])
    assert pages[0].records[0][0] == (0, 5, b"c-1", b"{}")
    assert pages[0].place(1, 7) == ("interactions-1", 7)
    assert (sum(page.size for page in pages), pages[-1].done) == (8, 8)


def test_partitions_of_different_lengths_end_together() -> None:
    long, short = 9 * PAGE, 3 * PAGE
    consumer = Consumer(
        {place(0): [Stored(each) for each in range(long)], place(1): [Stored(each) for each in range(short)]}
    )
    pages = read(consumer, {0: 0, 1: 0}, {0: long, 1: short})
    assert len(pages) == 12
    assert {len(page.records[1]) * 3 for page in pages} == {len(page.records[0]) for page in pages} == {1_500}


def test_what_comes_after_the_first_fetch_is_left_out() -> None:
    consumer = Consumer({place(0): list(map(Stored, range(10)))}, grown=4)
    assert offsets(read(consumer, {0: 0}, {0: 6}), 0) == [0, 1, 2, 3, 4, 5]


def test_the_end_is_that_of_the_fetch_where_the_broker_understates_it() -> None:
    consumer = Consumer({place(0): list(map(Stored, range(10)))})
    assert offsets(read(consumer, {0: 0}, {0: 1}), 0) == list(range(10))


def test_an_empty_partition_is_not_waited_for() -> None:
    consumer = Consumer({place(0): [Stored(0)], place(1): []})
    assert offsets(read(consumer, {0: 0, 1: 4}, {0: 1, 1: 4}), 0) == [0]
    assert consumer.assigned == [place(0)]
    assert read(consumer, {0: 1, 1: 4}, {0: 1, 1: 4}) == []


def test_a_partition_that_gives_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 1_000, 25))
    monkeypatch.setattr(log_module, "time", SimpleNamespace(monotonic=lambda: next(times)))
    consumer = Consumer({place(0): [Stored(0)]})
    with pytest.raises(TimeoutError, match="interactions-0 gave nothing for 60 s before its end"):
        read(consumer, {0: 1}, {0: 2})
