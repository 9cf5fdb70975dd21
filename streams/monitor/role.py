"""The monitor as a role: which topics it reads and writes, and what its partitions share."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

from streams.broker import topics
from streams.broker.publishing import AlertTopics
from streams.monitor import payload
from streams.monitor.core import new_core
from streams.monitor.shard import MonitorLoader, MonitorShard

if TYPE_CHECKING:
    from sinks.metrics import Metrics
    from streams.broker.engine import Engine
    from streams.broker.outbox import Outbox
    from streams.settings import Settings


class MonitorRole:
    """Applies interactions to people."""

    name: ClassVar[str] = "monitor"
    beat_seconds: ClassVar[float] = 2.0
    reads_payloads: ClassVar[bool] = payload.IS_COMPILED
    longest_commit_seconds: ClassVar[float] = inf

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Build the rules; raises SettingsError when a knob is absurd."""
        self.metrics = metrics
        self.core = new_core(settings)
        self.rules_version = settings.rules_version()
        self.event_source = f"/{settings.broker.topic_prefix}rapport/monitor"
        self.interactions = settings.topic(topics.INTERACTIONS)
        self.alert_topics = AlertTopics(settings.topic(topics.ALERTS), settings.topic(topics.ALERT_STATE))
        self.cohort_counts = settings.topic(topics.COHORT_COUNTS)
        self.relationships = settings.topic(topics.RELATIONSHIPS)
        self.dead_letters = settings.topic(topics.DEAD_LETTERS)
        self._changelog = settings.topic(topics.MONITOR_CHANGELOG)
        self.topics = (self.interactions,)
        self.produces = (*self.alert_topics, self.relationships, self.cohort_counts, self.dead_letters)
        self._shards: list[MonitorShard] = []

    def changelog(self, topic: str) -> str:
        """The topic that keeps what is known of each person."""
        return self._changelog

    def loader(self, topic: str, partition: int) -> MonitorLoader:
        """A fresh loader for the partition."""
        return MonitorLoader(self, partition)

    def assigned(self, shards: dict[tuple[str, int], Any], outbox: Outbox) -> None:
        """Remember the shards, to report on them."""
        self._shards = list(shards.values())

    def beat(self, engine: Engine) -> None:
        """Report how much is held."""
        self.metrics.state(
            people=sum(len(shard.partition.people) for shard in self._shards),
            armed_deadlines=sum(shard.partition.agenda.armed for shard in self._shards),
        )
