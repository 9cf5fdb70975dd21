"""Ticks: what ingest says of how far each source has come."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from detectors.wire import SourceProgress, Tick, decode
from streams.broker import topics
from streams.ingest.role import REPLAY_BEATS, IngestRole
from streams.ingest.shard import SourceShard
from streams.roles import new_metrics
from streams.settings import Settings
from tests.streams.commands.samples import order

PURCHASES = "purchases"


class Record(NamedTuple):
    timestamp: int
    value: bytes
    partition: int = 0
    offset: int = 0
    key: bytes | None = None


class Batch(NamedTuple):
    records: list[Record]


class Outbox:
    """Keeps the last tick."""

    tick = Tick(0, [])

    def partitions(self, topic: str) -> int:
        return 1

    def put(self, topic: str, key: bytes | None, value: bytes, **_: Any) -> None:
        if isinstance(said := decode(value), Tick):
            self.tick = said


class Engine:
    """Has two sources, of which nothing waits unread as far as the broker has told."""

    def __init__(self) -> None:
        settings = Settings()
        self.outbox = Outbox()
        self.role = IngestRole(settings, new_metrics(settings))
        self.shards = {(source, 0): self.shard(source) for source in (PURCHASES, topics.PAGE_VIEWS)}
        self.role.assigned(self.shards, self.outbox)  # type: ignore[arg-type]

    def shard(self, source: str) -> SourceShard:
        return self.role.loader(self.role.topic_of[source], 0).shard()

    def lags(self) -> dict[tuple[str, int], int]:
        return dict.fromkeys(self.shards, 0)

    def purchase(self, at: datetime) -> None:
        value = json.dumps(order(1, at.isoformat())).encode()
        batch: Any = Batch([Record(int(time.time() * 1000), value)])
        self.shards[PURCHASES, 0].apply(batch, self.outbox)  # type: ignore[arg-type]

    def beat(self) -> dict[str, SourceProgress]:
        self.role.beat(self)  # type: ignore[arg-type]
        return {each.source: each for each in self.outbox.tick.sources}


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_nothing_overtakes_a_replayed_source_for_some_beats_after_its_last_event(engine: Engine) -> None:
    for _ in range(2):
        engine.purchase(datetime(2024, 3, 5, tzinfo=UTC))
        told = [engine.beat() for _ in range(REPLAY_BEATS + 1)]
        assert [each[PURCHASES].lagging for each in told] == [True] * REPLAY_BEATS + [False]
        assert not any(each[topics.PAGE_VIEWS].lagging for each in told)


def test_a_live_source_has_the_clock_s_time_at_once(engine: Engine) -> None:
    engine.purchase(datetime.now(tz=UTC))
    assert not engine.beat()[PURCHASES].lagging


def test_a_source_of_which_nothing_was_read_holds_up_nobody(engine: Engine) -> None:
    assert not any(each.lagging for each in engine.beat().values())
