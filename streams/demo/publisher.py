"""Sends the company's events to the source topics, each when it is due, and remembers when the broker got it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiokafka import AIOKafkaProducer

from streams.broker.connection import client_settings
from streams.demo.stories import INTERACTIONS
from streams.ingest.mappings import mapping_for

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Iterable

    from streams.demo.event import Event
    from streams.demo.pace import Pace
    from streams.settings import Settings

MOST_WAITING: Final = 20_000
"""Events under way, after which the company holds its breath: the broker is slower than its months."""
_STEP_SECONDS = 0.02
_LINGER_MS = 5
_encode = msgspec.json.Encoder().encode


class Publisher:
    """``sent`` counts events, ``at`` is the newest one's time; ``arrivals`` maps event times to the broker's (ms)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.sent = 0
        self.at = 0
        self.arrivals: dict[int, int] = {}

    async def play(self, days: Iterable[list[Event]], pace: Pace) -> float:
        """Send everything, never before its time; gives the seconds it took.

        Returns when the broker has acknowledged all; raises what aiokafka raises.
        """
        producer = AIOKafkaProducer(
            **client_settings(self._settings.broker), compression_type="zstd", linger_ms=_LINGER_MS, acks="all"
        )
        await producer.start()
        loop = asyncio.get_running_loop()
        began = loop.time()
        waiting: list[tuple[int, Future[Any]]] = []
        try:
            for events in days:
                for event in events:
                    while began + pace.due(event.at) > loop.time() or len(waiting) > MOST_WAITING:
                        waiting = await self._acknowledged(waiting)
                        await asyncio.sleep(_STEP_SECONDS)
                    waiting.append((event.at, await self._send(producer, event)))
            await asyncio.gather(*(future for _, future in waiting))
            self._note(waiting)
        finally:
            await producer.stop()
        return loop.time() - began

    async def _send(self, producer: AIOKafkaProducer, event: Event) -> Future[Any]:
        if event.source == INTERACTIONS:
            key = event.record["stakeholder"]
        else:
            key = mapping_for(event.source).key(event.record)
        sent: Future[Any] = await producer.send(
            self._settings.topic(event.source), _encode(event.record), key=None if key is None else key.encode()
        )
        self.sent += 1
        self.at = event.at
        return sent

    async def _acknowledged(self, waiting: list[tuple[int, Future[Any]]]) -> list[tuple[int, Future[Any]]]:
        """Note what the broker has taken; gives the rest."""
        done = [each for each in waiting if each[1].done()]
        self._note(done)
        return [each for each in waiting if not each[1].done()] if done else waiting

    def _note(self, done: list[tuple[int, Future[Any]]]) -> None:
        for at, future in done:
            self.arrivals[at] = future.result().timestamp
