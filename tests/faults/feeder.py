"""Writes what a company's people do into ``interactions`` at a steady rate, with ticks, as ingest would."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from detectors.wire import encode_compact, encode_tick
from streams.broker import topics
from tests.faults.company import Company
from tests.faults.harness import PARTITIONS

if TYPE_CHECKING:
    from tests.faults.harness import Cluster, Sender

STEP_SECONDS: Final = 0.05
STEPS_A_TICK: Final = 5


class Feeder:
    """``sent`` counts the interactions so far."""

    def __init__(self, cluster: Cluster, *, per_second: int, people: int = 2000, seed: int = 1) -> None:
        self.company = Company(people, seed)
        self.sent = 0
        self._topic = cluster.topic(topics.INTERACTIONS)
        self._cluster = cluster
        self._per_step = int(per_second * STEP_SECONDS)

    async def run(self) -> None:
        """Feed until cancelled; then everything handed over is on the broker, and one tick more.

        What could not be sent in time (the broker is away) is caught up with, as a source does.
        """
        started = time.monotonic()
        async with self._cluster.sender() as sender:
            try:
                for step in range(1_000_000_000):
                    await self._feed(sender)
                    if step % STEPS_A_TICK == 0:
                        await self._tick(sender)
                    await asyncio.sleep(max(0.0, started + (step + 1) * STEP_SECONDS - time.monotonic()))
            finally:
                await self._tick(sender)

    async def _feed(self, sender: Sender) -> None:
        for key, interaction in self.company.events(self._per_step):
            await sender.send(self._topic, key, encode_compact(interaction))
        self.sent += self._per_step

    async def _tick(self, sender: Sender) -> None:
        value = encode_tick(self.company.tick())
        for partition in range(PARTITIONS):
            await sender.send(self._topic, None, value, partition)
