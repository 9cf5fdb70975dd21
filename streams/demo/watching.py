"""Reads the alerts as they are raised, and tells when everything that was sent has been read to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from sinks.alert import decode_alert
from streams.broker import topics
from streams.broker.connection import client_settings
from streams.ingest.role import REPLAY_BEATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sinks.alert import Alert
    from streams.settings import Settings

LONGEST_SECONDS: Final = 120.0
"""How long the roles may take to read what was sent, after the last event."""
FETCH_MS: Final = 50
"""How long the broker may wait for more: the embedded one always waits so long, even with alerts at hand."""
_ASK_AGAIN_SECONDS = 0.1
_TICKS = REPLAY_BEATS + 4

Ends = dict[TopicPartition, int]


class Watching:
    """``alerts`` holds each version once, in the order of reading, with the broker's time (ms) of its record."""

    def __init__(self, settings: Settings, shown: Callable[[Alert], None]) -> None:
        """``shown`` is called with each new version."""
        self._settings = settings
        self._shown = shown
        self._tick_seconds = settings.monitor.tick_seconds
        self.alerts: dict[tuple[str, int], tuple[Alert, int]] = {}
        self._position: Ends = {}

    async def read(self) -> None:
        """Read alerts for ever."""
        consumer = AIOKafkaConsumer(
            **client_settings(self._settings.broker),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_MS,
        )
        await consumer.start()
        try:
            consumer.assign(self._places([topics.ALERTS]))
            while True:
                for place, records in (await consumer.getmany(timeout_ms=200)).items():
                    for record in records:
                        self._take(decode_alert(record.value), record.timestamp)
                    self._position[place] = records[-1].offset + 1
        finally:
            await consumer.stop()

    async def finished(self) -> None:
        """Return when every event sent so far is judged, time has passed to the newest of them, and all is read.

        In the order of an event's way, each role's commit past the end of its topic tells that its outputs are
        there. Raises TimeoutError after two minutes.
        """
        broker = client_settings(self._settings.broker)
        admin = AIOKafkaAdminClient(**broker)
        consumer = AIOKafkaConsumer(**broker, enable_auto_commit=False)
        await asyncio.gather(admin.start(), consumer.start())
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._passed(admin, "ingest", await self._ends(consumer, topics.SOURCE_TOPICS))
                await asyncio.sleep(_TICKS * self._tick_seconds)  # then a tick tells that nothing waits any more
                await self._passed(admin, "monitor", await self._ends(consumer, [topics.INTERACTIONS]))
                await self._passed(admin, "cohorts", await self._ends(consumer, [topics.COHORT_COUNTS]))
                await self._read_to(await self._ends(consumer, [topics.ALERTS]))
        finally:
            await asyncio.gather(admin.close(), consumer.stop())

    def _take(self, alert: Alert, arrived: int) -> None:
        version = (alert.alert_id, alert.version)
        if version not in self.alerts:
            self.alerts[version] = (alert, arrived)
            self._shown(alert)

    def _places(self, names: Iterable[str]) -> list[TopicPartition]:
        settings = self._settings
        return [TopicPartition(settings.topic(name), p) for name in names for p in range(settings.broker.partitions)]

    async def _ends(self, consumer: AIOKafkaConsumer, names: Iterable[str]) -> Ends:
        ends: Ends = await consumer.end_offsets(self._places(names))
        return ends

    async def _passed(self, admin: AIOKafkaAdminClient, role: str, ends: Ends) -> None:
        """Wait until the role has committed up to these ends."""
        group = f"{self._settings.broker.topic_prefix}rapport-{role}"
        wanted = {place: end for place, end in ends.items() if end}
        while wanted:
            committed = await admin.list_consumer_group_offsets(group, partitions=list(wanted))
            wanted = {place: end for place, end in wanted.items() if committed[place].offset < end}
            await asyncio.sleep(_ASK_AGAIN_SECONDS if wanted else 0)

    async def _read_to(self, ends: Ends) -> None:
        while any(self._position.get(place, 0) < end for place, end in ends.items()):  # noqa: ASYNC110 - read() moves it
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
