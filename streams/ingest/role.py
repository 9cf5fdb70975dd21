"""Ingest as a role: every source topic in, ``interactions`` out, and the ticks by which time passes for the quiet."""

from __future__ import annotations

import time
from collections import deque
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, Final

from detectors.wire import SourceProgress, Tick, encode_tick
from streams.broker import topics
from streams.ingest.shard import SourceLoader, SourceShard

if TYPE_CHECKING:
    from faust.types import TP

    from sinks.metrics import Metrics
    from streams.broker.engine import Engine
    from streams.broker.outbox import Outbox
    from streams.settings import Settings

SETTLE_MS = 5_000
"""How far ticks stay behind the clock, so that events under way are not overtaken."""
REPLAY_BEATS: Final = 5
"""So many beats ticks stay behind what was read, for the same reason: in a replay a second may be months."""


class IngestRole:
    """Maps what sources say to what people did."""

    name: ClassVar[str] = "ingest"
    reads_payloads: ClassVar[bool] = False
    longest_commit_seconds: ClassVar[float] = inf

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.metrics = metrics
        self.settings = settings.ingest
        self.beat_seconds = settings.monitor.tick_seconds
        self.interactions = settings.topic(topics.INTERACTIONS)
        self.dead_letters = settings.topic(topics.DEAD_LETTERS)
        self.topic_of = {source: settings.topic(source) for source in topics.SOURCE_TOPICS}
        self.topics = tuple(self.topic_of.values())
        self.produces = (self.interactions, self.dead_letters)
        self._source_of = {topic: source for source, topic in self.topic_of.items()}
        self._changelogs = {settings.topic(topics.PAGE_VIEWS): settings.topic(topics.PAGE_VIEWS_CHANGELOG)}
        self._shards: dict[tuple[str, int], SourceShard] = {}
        self._newest = deque([0] * REPLAY_BEATS, maxlen=REPLAY_BEATS)

    def changelog(self, topic: str) -> str | None:
        """The topic that keeps open sessions, for the source that has some."""
        return self._changelogs.get(topic)

    def loader(self, topic: str, partition: int) -> SourceLoader:
        """A fresh loader for the partition."""
        return SourceLoader(self, self._source_of[topic], partition, has_sessions=topic in self._changelogs)

    def assigned(self, shards: dict[tuple[str, int], Any], outbox: Outbox) -> None:
        """Tell before any event that these sources have a clock of their own, and may be behind."""
        self._shards = shards
        self._tick(dict.fromkeys(shards, 1), outbox)

    def beat(self, engine: Engine) -> None:
        """Let time pass where nothing comes, and mark it in the log."""
        now_ms = int(time.time() * 1000)
        for shard in self._shards.values():
            shard.let_pass(now_ms - SETTLE_MS, engine.outbox)
        self._tick(engine.lags(), engine.outbox)

    def _tick(self, lags: dict[TP, int] | dict[tuple[str, int], int], outbox: Outbox) -> None:
        shards = self._shards
        progress = []
        for place, shard in shards.items():
            is_lagging = bool(lags.get(place, 1))
            progress.append(
                SourceProgress(shard.source, shard.number, shard.newest_ms, is_lagging, shard.longest_gap_ms)
            )
            shard.longest_gap_ms = 0
        at = self._newest[0]
        self._newest.append(max((shard.newest_ms for shard in shards.values()), default=0))
        if any(shard.is_live for shard in shards.values()):
            at = max(at, int(time.time() * 1000) - SETTLE_MS)
        value = encode_tick(Tick(at, progress))
        for partition in range(outbox.partitions(self.interactions)):
            outbox.put(self.interactions, None, value, partition=partition)
