"""What our consumer does otherwise than Faust's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streams.broker import transport

if TYPE_CHECKING:
    import pytest


async def test_when_all_buffers_are_full_it_looks_again_soon_and_not_in_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    consumer = object.__new__(transport.BatchConsumer)
    consumer.flow_active = True
    monkeypatch.setattr(consumer, "_get_active_partitions", set)
    assert await consumer._wait_next_records(1.0) == ({}, set())
    assert slept == [transport.FULL_SECONDS]
    assert transport.FULL_SECONDS < 0.05
