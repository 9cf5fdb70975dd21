"""Deliver as a role: the alerts to every sink, the state of everybody to every view."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sinks import Folds, SinkError, View, configured
from streams.broker import topics
from streams.deliver.change import read_alert, read_alert_state, read_relationship
from streams.deliver.folding import Folding
from streams.deliver.messenger import Messenger
from streams.deliver.patience import Patience
from streams.deliver.shard import DeliverLoader
from streams.deliver.state_log import read_states
from streams.deliver.view_lane import ViewLane
from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sinks import Sink
    from sinks.metrics import Metrics
    from streams.broker.engine import Engine
    from streams.broker.outbox import Outbox
    from streams.deliver.change import Read
    from streams.deliver.lane import Lane
    from streams.deliver.shard import DeliverShard
    from streams.settings import Settings

REST_SECONDS: Final = 4.0
"""How long the end of the worker waits for what is being sent."""


class DeliverRole:
    """Hands over and waits; each sink has a lane of its own, so that none holds up another."""

    name: ClassVar[str] = "deliver"
    beat_seconds: ClassVar[float] = 1.0
    reads_payloads: ClassVar[bool] = False
    longest_commit_seconds: ClassVar[float] = 1.0

    def __init__(self, settings: Settings, metrics: Metrics, sinks: Iterable[Sink | View] | None = None) -> None:
        """Make the sinks that the settings ask for, unless given; raises SettingsError when one of them is absurd."""
        self.metrics = metrics
        self.dead_letters = settings.topic(topics.DEAD_LETTERS)
        self._alerts = settings.topic(topics.ALERTS)
        self._states = state_readers(settings)
        self.readers: Mapping[str, Read] = {self._alerts: read_alert, **self._states}
        self.topics = tuple(self.readers)
        self.produces = (self.dead_letters,)
        self._sinks = list(configured_sinks(settings) if sinks is None else sinks)
        patience = Patience(settings.deliver.attempts)
        folding = Folding(next((sink for sink in self._sinks if isinstance(sink, Folds)), None))
        self._messengers: list[Lane] = []
        self._views: list[Lane] = []
        for sink in self._sinks:
            if isinstance(sink, View):
                lane = ViewLane(sink, metrics, lambda: read_states(settings.broker, self._states))
                self._views.append(lane)
            else:
                self._messengers.append(Messenger(sink, metrics, patience, folding))
        self._shards: set[DeliverShard] = set()

    def changelog(self, topic: str) -> None:
        """Nothing is kept: the committed offsets say what is delivered."""

    def loader(self, topic: str, partition: int) -> DeliverLoader:
        """A fresh loader for the partition."""
        return DeliverLoader(self, topic, partition)

    def lanes_of(self, topic: str) -> Sequence[Lane]:
        """The lanes that take what this topic says."""
        return self._messengers if topic == self._alerts else self._views

    def assigned(self, shards: dict[tuple[str, int], Any], outbox: Outbox) -> None:
        """Drop what waits of partitions that are gone or read anew, and begin to deliver."""
        current = set(shards.values())
        for shard in self._shards - current:
            shard.is_live = False
        self._shards = current
        for lane in self._lanes():
            lane.purge()
            lane.start()

    def beat(self, engine: Engine) -> None:
        """Report how much waits; raises what ended a lane, which ends the worker."""
        for lane in self._lanes():
            lane.check()
        self.metrics.queue(sum(len(lane.waiting) for lane in self._lanes()))

    def is_full(self, topic: str) -> bool:
        """Whether too much of the topic waits for the slowest of its sinks."""
        return any(lane.is_full() for lane in self.lanes_of(topic))

    async def rest(self) -> None:
        """Let what is being sent arrive, within seconds, and close every sink."""
        await asyncio.gather(*(lane.rest(REST_SECONDS) for lane in self._lanes()))
        for sink in self._sinks:
            await sink.close()

    def _lanes(self) -> list[Lane]:
        return [*self._messengers, *self._views]


def state_readers(settings: Settings) -> dict[str, Read]:
    """The compacted topics that a view is made of and how they are read; alerts first, as somebody waits for them."""
    return {
        settings.topic(topics.ALERT_STATE): read_alert_state,
        settings.topic(topics.RELATIONSHIPS): read_relationship,
    }


def configured_sinks(settings: Settings) -> list[Sink | View]:
    """The sinks that the settings ask for; raises SettingsError."""
    try:
        return configured(settings)
    except (SinkError, ValueError) as error:
        raise SettingsError(str(error)) from None
