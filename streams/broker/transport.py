"""Faust driven by whole batches: thin overrides of its consumer, thread and producer, none of its files changed.

Faust's acknowledgements and tables are not used. What it acknowledges too early, and which of its commits lose work,
stands in ``docs/engine.md``; the :class:`~streams.broker.engine.Engine` says what is applied and may be committed.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import faust
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError
from faust.serializers.schemas import Schema
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams.broker.engine import EngineError
from streams.broker.role import Deferring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.broker.engine import Engine

FETCH_SECONDS = 1.0
PAUSE_SECONDS = 0.1
FULL_SECONDS = 0.005


class BatchSchema(Schema):
    """Hands a fetched message to the agent as it is: nothing is decoded in Faust."""

    def compile(self, app: Any, **_: Any) -> Any:
        """Give the decoder that Faust calls for each message."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(message.key, message.value, message.headers, message)

        return decode


class PatientThread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread with a fetch wait of our own: Faust has 1.5 s fixed in its code."""

    app: Any

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.fetch_wait_ms  # noqa: SLF001 - read when it starts, which is later
        return consumer


class BatchConsumer(driver.Consumer):
    """One message a fetch and partition; commits and seeks as the engine says."""

    app: Any
    _is_astray = False

    @property
    def engine(self) -> Engine:
        """The engine of this worker."""
        engine: Engine = self.app.engine
        return engine

    def _new_consumer_thread(self) -> PatientThread:
        return PatientThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                await self._drain_once()
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise

    async def _drain_once(self) -> None:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        if self._is_astray and self.engine.is_ready:
            self._is_astray = False
            await self.perform_seek()
        generation = self.app.consumer_generation_id
        records, _ = await self._wait_next_records(FETCH_SECONDS)
        for place, batches in (records or {}).items():
            if not self._is_current(generation):
                # A fetch may outlast a rebalance and take records from behind its seek: then nobody would get them.
                self._is_astray = True
                return
            tp = TP(place.topic, place.partition)
            await self.callback(_message(tp, generation, batches))
        await asyncio.sleep(0)

    async def _wait_next_records(self, timeout: float) -> tuple[Any, set[TP] | None]:  # noqa: ASYNC109 - Faust's signature
        """Wait a moment when the buffers of all partitions are full: Faust sleeps for a second then."""
        if self.flow_active and not self._get_active_partitions():
            await asyncio.sleep(FULL_SECONDS)
            return {}, set()
        found: tuple[Any, set[TP] | None] = await super()._wait_next_records(timeout)
        return found

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, Any]:  # noqa: ASYNC109 - Faust's signature
        """Leave out the topics of which too much waits already; the others go on."""
        role = self.engine.role
        if isinstance(role, Deferring) and active_partitions:
            active_partitions = {tp for tp in active_partitions if not role.is_full(tp.topic)}
            if not active_partitions:  # for the client below, none would mean all
                await asyncio.sleep(PAUSE_SECONDS)
                return {}
        fetched: Mapping[TP, Any] = await super()._getmany(active_partitions, timeout)
        return fetched

    def _is_current(self, generation: int) -> bool:
        return bool(self.flow_active and self.engine.is_ready and generation == self.app.consumer_generation_id)

    async def perform_seek(self) -> None:
        """Seek every assigned partition to the next offset that the engine has not applied."""
        positions = self.engine.positions()
        assigned = self.assignment()
        try:
            await self.seek_wait({tp: offset for tp, offset in positions.items() if tp in assigned})
        except IllegalStateError:
            if self.engine.is_ready:
                raise  # in a rebalance the next assignment seeks again

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> list[TP]:
        return []

    async def _commit_tps(self, tps: Iterable[TP], start_new_transaction: bool) -> bool:  # noqa: FBT001 - Faust's signature
        engine = self.engine
        if not engine.is_ready:
            return False
        started = time.monotonic()
        try:
            offsets = await engine.flush()
            if not offsets:
                return False
            if not await self._commit(offsets):
                raise EngineError(  # noqa: TRY301 - any failure in a commit takes the same way
                    f"the broker refused the offsets {offsets}: the partitions are no longer ours"
                )
        except Exception as error:
            engine.failed(error)
            raise
        engine.committed(offsets, time.monotonic() - started)
        return True

    async def settle(self) -> None:
        """Apply nothing more, and commit what is applied; Faust's own commit leaves that to one under way."""
        self.engine.may_apply = False
        self.stop_flow()
        self.app.flow_control.suspend()
        self.app.flow_control.clear()
        while self._commit_fut is not None:  # noqa: ASYNC110 - Faust keeps no event for it
            await asyncio.sleep(0.005)
        await self.commit()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Write and commit everything before the partitions go: otherwise each rebalance would repeat work."""
        if self.engine.is_ready and not self.app.should_stop:
            await self.settle()
        self.engine.is_ready = False
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Wait with everything until the engine has loaded the new assignment."""
        self.engine.is_ready = False
        await super().on_partitions_assigned(assigned, generation_id)

    async def committed(self, places: list[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The group's committed offsets; 0 where none is."""
        client = self._thread._ensure_consumer()  # noqa: SLF001 - Faust offers no other way to ask
        found = {}
        for place in places:
            found[place] = await self._thread.call_thread(client.committed, place) or 0
        return found


class SafeProducer(driver.Producer):
    """Acknowledged by all in-sync replicas and, where the broker knows it, idempotent."""

    app: Any

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": self.app.is_idempotent}


class BatchTransport(driver.Transport):
    """Faust's Kafka transport with our consumer and producer."""

    Consumer = BatchConsumer
    Producer = SafeProducer


class RapportApp(faust.App):
    """A Faust app of one role; the others are set before it starts."""

    engine: Engine
    is_idempotent: bool
    fetch_wait_ms: int

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_producer, self)


def _message(tp: TP, generation: int, batches: list[Any]) -> ConsumerMessage:
    return ConsumerMessage(
        tp.topic,
        tp.partition,
        batches[-1].next - 1,
        0.0,
        0,
        None,
        None,
        (generation, tp, batches),
        None,
        0,
        0,
        tp,
        generation_id=generation,
    )
