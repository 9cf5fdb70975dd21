"""Recorded source events sent to their topic, keyed as the source would key them, as fast as asked for."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiokafka import AIOKafkaProducer

from detectors.interaction import Interaction
from detectors.wire import WireError, decode
from streams.broker.connection import client_settings
from streams.broker.outbox import Outbox
from streams.broker.topics import partitions_of
from streams.files.recordings import BadLine, Recorded
from streams.ingest import people
from streams.ingest.mapper import Mapper
from streams.ingest.mappings import mapping_for
from streams.ingest.mappings.interactions import SOURCE as INTERACTIONS
from streams.ingest.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from streams.ingest.settings import IngestSettings
    from streams.settings import Broker

BATCH_BYTES: Final = 512 * 1024
REQUEST_BYTES: Final = 16 * 1024 * 1024
BACKLOG_BYTES: Final = 16 * 1024 * 1024
STEP: Final = 200
"""Records between two moments in which the sending gets its turn."""

_decode = msgspec.json.Decoder().decode


class Keyer:
    """Knows the key and the event time of one source's records; ValueError naming the sources there are."""

    def __init__(self, source: str, settings: IngestSettings) -> None:
        self._mapping = mapping_for(source)
        self._mapper = Mapper(source, settings)
        self._order = settings.identity_order
        self._is_canonical = source == INTERACTIONS

    def key(self, value: bytes) -> bytes | None:
        """The key to send the record under, None for none; raises ValueError saying what is wrong with it."""
        if self._is_canonical:
            return self._stakeholder(value).encode()
        record = _json(value)
        found = self._mapping.key(record) if type(record) is dict else None
        return None if found is None else found.encode(errors="replace")

    def occurred_at(self, value: bytes) -> int | None:
        """Epoch milliseconds of the first thing the record tells of; None if it tells of nothing."""
        if self._is_canonical:
            return _canonical(value).occurred_at
        made = self._mapper.map(value, int(time.time() * 1000)).interactions
        return min((interaction.occurred_at for interaction in made), default=None)

    def _stakeholder(self, value: bytes) -> str:
        interaction = _canonical(value)
        if interaction.stakeholder is not None:
            return interaction.stakeholder
        try:
            return people.stakeholder(interaction.identities or {}, self._order)
        except Refused as refused:
            raise ValueError(str(refused)) from None


class Pace:
    """When to send what: ``speed`` times as fast as it happened; None: at once."""

    def __init__(self, speed: float | None) -> None:
        self._speed = speed
        self._first: tuple[int, float] | None = None

    def delay(self, at_ms: int | None, now: float) -> float:
        """Seconds to wait before an event of that time, ``now`` being a running clock; 0 for one out of order."""
        if self._speed is None or at_ms is None:
            return 0.0
        if self._first is None:
            self._first = (at_ms, now)
        first_ms, start = self._first
        return max(0.0, start + (at_ms - first_ms) / 1000 / self._speed - now)


class Replay:
    """Sends records to one topic; ``sent`` and ``bad`` count what became of them."""

    def __init__(
        self,
        keyer: Keyer,
        pace: Pace,
        *,
        is_paced: bool,
        told: Callable[[BadLine], None],
        moved: Callable[[int], None],
    ) -> None:
        """``told`` hears of each line that is no record, ``moved`` now and then how many were sent."""
        self._keyer = keyer
        self._pace = pace
        self._is_paced = is_paced
        self._told = told
        self._moved = moved
        self._keyless = 0
        self._error: BaseException | None = None
        self.sent = 0
        self.bad = 0

    async def run(self, records: AsyncIterator[Recorded | BadLine], broker: Broker, topic: str) -> None:
        """Send them all in their order; what was sent is acknowledged when this ends, however it ends.

        Raises TopicMissingError, or what the broker answers.
        """
        partitions = await partitions_of(broker, topic)
        producer = new_producer(broker)
        try:
            await producer.start()
            outbox = Outbox(producer, self._failed)
            await outbox.learn(topic)
            try:
                await self._send_all(records, outbox, topic, partitions)
            finally:
                await outbox.drained()
        finally:
            await producer.stop()

    async def _send_all(
        self, records: AsyncIterator[Recorded | BadLine], outbox: Outbox, topic: str, partitions: int
    ) -> None:
        async for each in records:
            if isinstance(each, BadLine):
                self._refuse(each)
            else:
                await self._send(each, outbox, topic, partitions)
            if (self.sent + self.bad) % STEP == 0:
                await self._give_way(outbox)
        await self._give_way(outbox)

    async def _send(self, record: Recorded, outbox: Outbox, topic: str, partitions: int) -> None:
        try:
            key = self._keyer.key(record.value)
        except ValueError as error:
            self._refuse(BadLine(record.name, record.line, str(error)))
            return
        if self._is_paced:
            delay = self._pace.delay(self._keyer.occurred_at(record.value), time.monotonic())
            if delay > 0:
                await self._give_way(outbox)
                await asyncio.sleep(delay)
        partition = None
        if key is None:  # nobody to keep in order: spread over the partitions
            partition = self._keyless % partitions
            self._keyless += 1
        outbox.put(topic, key, record.value, partition=partition)
        self.sent += 1

    async def _give_way(self, outbox: Outbox) -> None:
        await asyncio.sleep(0)
        while outbox.backlog_bytes > BACKLOG_BYTES and self._error is None:  # noqa: ASYNC110 - rare
            await asyncio.sleep(0.002)
        if self._error is not None:
            raise self._error
        self._moved(self.sent)

    def _refuse(self, bad: BadLine) -> None:
        self.bad += 1
        self._told(bad)

    def _failed(self, error: BaseException) -> None:
        self._error = error


def new_producer(broker: Broker) -> AIOKafkaProducer:
    """A producer for records of any size that ingest takes; idempotent unless the settings say otherwise."""
    return AIOKafkaProducer(
        **client_settings(broker),
        acks="all",
        enable_idempotence=broker.idempotent == "always",
        compression_type="zstd",
        max_batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
        request_timeout_ms=30_000,
    )


def _canonical(value: bytes) -> Interaction:
    if not value.startswith(b"{"):
        raise WireError("no JSON object; allowed: an interaction as published by `rapport schema`")
    interaction = decode(value)
    assert isinstance(interaction, Interaction)  # noqa: S101 - a tick is no JSON object
    return interaction


def _json(value: bytes) -> Any:
    """The decoded record; half an emoji, which ingest mends, is no reason to refuse it."""
    try:
        return _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = f"no JSON: {error}; allowed: one JSON object a line, in UTF-8"
    try:
        return json.loads(value, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ValueError(reason) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
