"""Ticks: what ingest says of how far each source has come."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from detectors.wire import Tick, decode
from streams.broker import topics
from streams.broker.outbox import Outbox
from streams.ingest.role import REPLAY_BEATS, SETTLE_MS, IngestRole
from streams.roles import new_metrics
from streams.settings import Settings
from tests.streams.commands.samples import order

PURCHASES = "purchases"


class Record(NamedTuple):
    timestamp: int
    value: bytes


class Producer:
    """Takes every batch and keeps its values."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    async def partitions_for(self, topic: str) -> set[int]:
        return {0}

    def create_batch(self) -> Any:
        return SimpleNamespace(_builder=SimpleNamespace(append=self._append))

    def _append(self, number: int, at: int, key: bytes | None, value: bytes, headers: Any) -> bool:
        self.values.append(value)
        return True

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> asyncio.Future[Any]:
        sent = asyncio.get_running_loop().create_future()
        sent.set_result(SimpleNamespace(offset=0))
        return sent


class Engine:
    """Has two sources, of which nothing waits unread as far as the broker has told."""

    def __init__(self) -> None:
        settings = Settings()
        self.producer = Producer()
        self.outbox = Outbox(self.producer, self.failed)  # type: ignore[arg-type]
        self.role = IngestRole(settings, new_metrics(settings))
        names = [self.role.topic_of[source] for source in (PURCHASES, topics.PAGE_VIEWS)]
        self.shards = {(name, 0): self.role.loader(name, 0).shard() for name in names}

    def failed(self, error: BaseException) -> None:
        raise error

    async def start(self) -> Engine:
        await self.outbox.learn(self.role.interactions)
        self.role.assigned(self.shards, self.outbox)
        return self

    def lags(self) -> dict[tuple[str, int], int]:
        return dict.fromkeys(self.shards, 0)

    def purchase(self, at: datetime) -> None:
        value = json.dumps(order(1, at.isoformat())).encode()
        batch: Any = SimpleNamespace(records=[Record(int(time.time() * 1000), value)])
        self.shards[self.role.topic_of[PURCHASES], 0].apply(batch, self.outbox)

    async def beat(self) -> Tick:
        self.role.beat(self)  # type: ignore[arg-type]
        await self.outbox.drained()
        tick = decode(self.producer.values[-1])
        assert isinstance(tick, Tick)
        return tick


async def test_a_replay_s_time_stays_some_beats_behind_its_newest_event() -> None:
    engine = await Engine().start()
    told = 0
    for day in (5, 6):
        at = datetime(2024, 3, day, tzinfo=UTC)
        engine.purchase(at)
        ticks = [await engine.beat() for _ in range(REPLAY_BEATS + 2)]
        newest = int(at.timestamp()) * 1000
        assert [tick.at for tick in ticks] == [told] * REPLAY_BEATS + [newest] * 2
        assert [each.newest_ms for each in ticks[0].sources if each.source == PURCHASES] == [newest]
        told = newest


async def test_a_live_source_has_nearly_the_clock_s_time_at_once() -> None:
    engine = await Engine().start()
    engine.purchase(datetime.now(tz=UTC))
    assert (await engine.beat()).at == pytest.approx(time.time() * 1000 - SETTLE_MS, abs=5_000)


async def test_a_source_of_which_nothing_waits_holds_up_nobody() -> None:
    engine = await Engine().start()
    engine.purchase(datetime(2024, 3, 5, tzinfo=UTC))
    tick = await engine.beat()
    assert len(tick.sources) == 2
    assert not any(each.lagging for each in tick.sources)
