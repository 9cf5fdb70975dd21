"""One test's corner of a real broker: its topics and workers, what it writes and finds there, and when all is done."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError, NotCoordinatorForGroupError

from streams.broker import topics
from streams.settings import load
from tests.faults.processes import ROOT, Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TORTURE = os.environ.get("RAPPORT_TORTURE") == "1"
PARTITIONS = 4


class Record(NamedTuple):
    """One record as the broker holds it."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Sender:
    """A producer that forgets no failure."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._sent: deque[asyncio.Future[Any]] = deque()

    async def send(self, topic: str, key: bytes | None, value: bytes | None, partition: int | None = None) -> None:
        """Hand over one record; without a partition it goes where its key belongs."""
        self._sent.append(await self._producer.send(topic, value, key=key, partition=partition))
        self.check()

    async def flush(self) -> None:
        """Wait until everything handed over is on the broker."""
        await self._producer.flush()
        self.check()

    def check(self) -> None:
        """Raise what made a record fail."""
        while self._sent and self._sent[0].done():
            self._sent.popleft().result()


class Cluster:
    """One test's topics on the broker, by a prefix of their own, and its workers."""

    def __init__(self, address: str, prefix: str, directory: Path, **settings: str) -> None:
        self.address = address
        self.directory = directory
        self.workers: list[Worker] = []
        self.environment = {
            "RAPPORT_BROKER__ADDRESS": address,
            "RAPPORT_BROKER__TOPIC_PREFIX": prefix,
            "RAPPORT_BROKER__PARTITIONS": str(PARTITIONS),
            "RAPPORT_BROKER__SESSION_SECONDS": "6",
            "RAPPORT_BROKER__REBALANCE_SECONDS": "15",
            "RAPPORT_METRICS__PORTS__INGEST": "0",
            "RAPPORT_METRICS__PORTS__MONITOR": "0",
            **{f"RAPPORT_{name.upper()}": value for name, value in settings.items()},
        }
        (directory / "rapport.toml").write_text("")
        self.settings = load(directory / "rapport.toml", self.environment)

    async def __aenter__(self) -> Self:
        self._reader = self._new_reader()
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await self._reader.start()
        await self._admin.start()
        await topics.create(self.settings)
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.abandon()
        await self._reader.stop()
        await self._admin.close()

    def _new_reader(self) -> AIOKafkaConsumer:
        """A consumer without a group."""
        return AIOKafkaConsumer(
            bootstrap_servers=self.address,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            fetch_max_wait_ms=20,
        )

    def worker(self, role: str, **settings: str) -> Worker:
        """A further process of the role, not yet started."""
        directory = self.directory / f"{role}-{len(self.workers)}"
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "HOME") if name in os.environ}
        own = {f"RAPPORT_{name.upper()}": value for name, value in settings.items()}
        environment = {**kept, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.directory), **self.environment, **own}
        made = Worker(role, environment, directory)
        self.workers.append(made)
        return made

    def topic(self, name: str) -> str:
        """The topic's name on the cluster."""
        return self.settings.topic(name)

    def places(self, name: str) -> list[TopicPartition]:
        """The topic's partitions."""
        return [TopicPartition(self.topic(name), number) for number in range(PARTITIONS)]

    @contextlib.asynccontextmanager
    async def sender(self, **settings: Any) -> AsyncIterator[Sender]:
        """A sender whose records are all on the broker when the context ends, or it fails."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.address,
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            max_batch_size=256 * 1024,
            max_request_size=16 * 1024 * 1024,
            **settings,
        )
        await producer.start()
        sender = Sender(producer)
        try:
            yield sender
        finally:
            await producer.stop()
            sender.check()

    async def records(self, name: str) -> dict[int, list[Record]]:
        """The whole topic, by partition, in order."""
        places = self.places(name)
        found: dict[int, list[Record]] = {place.partition: [] for place in places}
        reader = self._new_reader()
        await reader.start()
        try:
            end = await reader.end_offsets(places)
            for place in places:
                reader.assign([place])
                reader.seek(place, 0)
                while await reader.position(place) < end[place]:
                    found[place.partition] += [
                        Record(place.partition, each.offset, each.timestamp, each.key, each.value, list(each.headers))
                        for batch in (await reader.getmany(place, timeout_ms=500)).values()
                        for each in batch
                    ]
        finally:
            await reader.stop()
        return found

    async def progress(self, role: str) -> dict[TopicPartition, int]:
        """The offsets that the role's group has committed; nothing while the broker itself is not ready."""
        group = f"{self.settings.broker.topic_prefix}rapport-{role}"
        try:
            answer = await self._admin.list_consumer_group_offsets(group)
        except (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError):
            return {}
        return {place: each.offset for place, each in answer.items()}

    async def is_done(self, role: str, names: list[str]) -> bool:
        """Whether everything in these topics is committed by the role."""
        places = [place for name in names for place in self.places(name)]
        end: dict[TopicPartition, int] = await self._reader.end_offsets(places)
        committed = await self.progress(role)
        return all(committed.get(place, 0) == offset for place, offset in end.items())

    async def done(self, role: str, *names: str, seconds: float = 90) -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + seconds
        while not await self.is_done(role, list(names)):
            assert time.monotonic() < deadline, f"{role}: {await self.progress(role)}\n{self.last_words()}"
            await asyncio.sleep(0.2)

    def last_words(self) -> str:
        """The end of every worker's log."""
        return "\n".join(f"--- {worker.log}\n{worker.words()[-2000:]}" for worker in self.workers)


class Pulse:
    """Watches a group's commits: ``longest`` is the longest time (s) in which none moved."""

    def __init__(self, cluster: Cluster, role: str) -> None:
        self._cluster = cluster
        self._role = role
        self.longest = 0.0

    async def run(self) -> None:
        """Look four times a second, until cancelled."""
        last: dict[TopicPartition, int] = {}
        moved = time.monotonic()
        while True:
            with contextlib.suppress(KafkaError, OSError):
                found = await self._cluster.progress(self._role)
                if found != last:
                    last, moved = found, time.monotonic()
            self.longest = max(self.longest, time.monotonic() - moved)
            await asyncio.sleep(0.25)


@contextlib.asynccontextmanager
async def beside(work: Any) -> AsyncIterator[asyncio.Task[Any]]:
    """Run a coroutine beside the test; its failure is the test's, its end comes with the context."""
    task = asyncio.ensure_future(work)
    try:
        yield task
        if task.done():
            task.result()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
