"""State from a changelog: read by a consumer of its own, without a group, from the beginning to the end seen first."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from detectors.cuts import NOTHING_APPLIED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka import AIOKafkaConsumer, TopicPartition

    from streams.broker.role import Loader

log = logging.getLogger(__name__)

CUT_HEADER: Final = "cut"
"""The header of a tombstone in a changelog: it has no value to hold its cut."""


class RestoreError(RuntimeError):
    """The changelog has records but none came: going on would forget everybody."""


async def restore(consumer: AIOKafkaConsumer, place: TopicPartition, loader: Loader, *, begin: int, end: int) -> None:
    """Feed the changelog partition's offsets ``[begin, end)`` to the loader and let it finish.

    ``consumer`` is started, groupless and gives whole batches. Garbage collection rests meanwhile: with it, a
    million people take three times as long. Raises RestoreError when nothing comes for 60 s.
    """
    started = time.monotonic()
    collects = gc.isenabled()
    gc.disable()
    count = 0
    try:
        if begin < end:
            consumer.assign([place])
            consumer.seek(place, begin)
            count = await _read(consumer, place, loader, begin=begin, end=end)
        while loader.step():  # noqa: ASYNC110 - the step is the work; the sleep lets heartbeats through
            await asyncio.sleep(0)
    finally:
        if collects:
            gc.enable()
    seconds = time.monotonic() - started
    log.info("restored %s-%d: %d records in %.1f s, cut %d", *place, count, seconds, loader.cut)


def grave_cut(headers: Iterable[tuple[str, bytes]]) -> int:
    """The cut that a tombstone carries; -1 for one without."""
    return next((int(value) for name, value in headers if name == CUT_HEADER), NOTHING_APPLIED)


async def _read(consumer: AIOKafkaConsumer, place: TopicPartition, loader: Loader, *, begin: int, end: int) -> int:
    count = 0
    reached = begin
    heard = time.monotonic()
    while reached < end:
        answers: dict[Any, list[Any]] = await consumer.getmany(place, timeout_ms=1000)
        for batches in answers.values():
            for batch in batches:
                for record in batch.records:
                    grave = NOTHING_APPLIED if record.value is not None else grave_cut(record.headers)
                    loader.read(record.key, record.value, grave)
                count += len(batch.records)
                reached = batch.next
            await asyncio.sleep(0)
            heard = time.monotonic()
        if time.monotonic() - heard > 60:
            raise RestoreError(f"{place.topic}-{place.partition} gave nothing after offset {reached} of {end} for 60 s")
    return count
