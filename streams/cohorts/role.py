"""Cohorts as a role: counts in, alerts about many out."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

from streams.broker import topics
from streams.broker.publishing import AlertTopics
from streams.cohorts.shard import CohortLoader

if TYPE_CHECKING:
    from sinks.metrics import Metrics
    from streams.broker.engine import Engine
    from streams.broker.outbox import Outbox
    from streams.settings import Settings


class CohortsRole:
    """Watches funnels, pages, brands and places; further cohort rules join by their files."""

    name: ClassVar[str] = "cohorts"
    beat_seconds: ClassVar[float] = 2.0
    reads_payloads: ClassVar[bool] = False
    longest_commit_seconds: ClassVar[float] = inf

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Build the rules; raises SettingsError when a knob is absurd."""
        self.metrics = metrics
        self.rules = settings.cohort_rules()
        self.rules_version = settings.rules_version()
        self.event_source = f"/{settings.broker.topic_prefix}rapport/cohorts"
        self.counts = settings.topic(topics.COHORT_COUNTS)
        self.alert_topics = AlertTopics(settings.topic(topics.ALERTS), settings.topic(topics.ALERT_STATE))
        self.dead_letters = settings.topic(topics.DEAD_LETTERS)
        self._changelog = settings.topic(topics.COHORTS_CHANGELOG)
        self.topics = (self.counts,)
        self.produces = (*self.alert_topics, self.dead_letters)

    def changelog(self, topic: str) -> str:
        """The topic that keeps what is known of each cohort."""
        return self._changelog

    def loader(self, topic: str, partition: int) -> CohortLoader:
        """A fresh loader for the partition."""
        return CohortLoader(self, partition)

    def assigned(self, shards: dict[tuple[str, int], Any], outbox: Outbox) -> None:
        """Nothing to prepare."""

    def beat(self, engine: Engine) -> None:
        """Nothing to do but what counts and their progress bring."""
