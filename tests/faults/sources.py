"""What a shop sends: purchases and page views as Segment calls, some of them broken, and a feeder that writes them."""

from __future__ import annotations

import asyncio
import json
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.faults.harness import Cluster

START: Final = datetime(2001, 1, 1, tzinfo=UTC)
STEPS: Final = ("Product Added", "Checkout Started", "Payment Info Entered", "Order Completed")
BROKEN: Final = (b'{"broken', b"", b"[1, 2", b'"text"', b'{"type": "track"}', b"\xff\xfe\x00", b'{"type": 7}')
STEP_SECONDS: Final = 0.05

Source = tuple[str, bytes | None, bytes]


class Shop:
    """Records in the order they are sent, (topic, key, value); 2 % are broken, 3 % come twice. Seeded."""

    def __init__(self, people: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._people = people
        self._count = 0
        self.now = START

    def records(self, count: int) -> list[Source]:
        """The next so many, and a few more; a minute passes with each."""
        made: list[Source] = []
        while len(made) < count:
            self.now += timedelta(minutes=1)
            person = self._random.randrange(self._people)
            made += self._purchase(person) if self._random.random() < 0.4 else self._visit(person)
        return made

    def purchase(self, person: int, at: datetime) -> Source:
        """One order."""
        self._count += 1
        properties = {"order_id": f"o{self._count}", "total": round(self._random.uniform(5, 200), 2), "currency": "EUR"}
        return self._call("purchases", person, "Order Completed", at, properties)

    def view(self, person: int, at: datetime, step: str) -> Source:
        """One step on the way to an order."""
        return self._call("page-views", person, step, at, {"name": "tea", "path": "/checkout"})

    def _purchase(self, person: int) -> list[Source]:
        return self._marred(self.purchase(person, self.now))

    def _visit(self, person: int) -> list[Source]:
        """A visit as far as it goes, its calls a minute apart."""
        depth = self._random.randint(1, len(STEPS))
        visit = [self.view(person, self.now + timedelta(minutes=place), STEPS[place]) for place in range(depth)]
        return [each for call in visit for each in self._marred(call)]

    def _marred(self, source: Source) -> list[Source]:
        draw = self._random.random()
        if draw < 0.02:
            return [(source[0], source[1], self._random.choice(BROKEN)), source]
        return [source, source] if draw < 0.05 else [source]

    def _call(self, topic: str, person: int, event: str, at: datetime, properties: dict[str, Any]) -> Source:
        self._count += 1
        call = {
            "type": "track",
            "event": event,
            "messageId": f"m{self._count}",
            "userId": f"c{person}",
            "anonymousId": f"a{person}",
            "timestamp": at.isoformat(),
            "properties": properties,
        }
        return topic, f"a{person}".encode(), json.dumps(call).encode()


class ShopFeeder:
    """``sent`` counts the records so far."""

    def __init__(self, cluster: Cluster, *, per_second: int, people: int = 400, seed: int = 1) -> None:
        self.shop = Shop(people, seed)
        self.sent = 0
        self._cluster = cluster
        self._per_step = int(per_second * STEP_SECONDS)

    async def run(self) -> None:
        """Feed until cancelled; then everything handed over is on the broker."""
        started = time.monotonic()
        async with self._cluster.sender() as sender:
            for step in range(1_000_000_000):
                for topic, key, value in self.shop.records(self._per_step):
                    await sender.send(self._cluster.topic(topic), key, value)
                    self.sent += 1
                await asyncio.sleep(max(0.0, started + (step + 1) * STEP_SECONDS - time.monotonic()))
