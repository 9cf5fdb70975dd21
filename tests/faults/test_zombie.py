"""A worker frozen for longer than its session: another has its partitions when it wakes, and it must not touch them."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.feeder import Feeder
from tests.faults.harness import beside
from tests.faults.oracle import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.harness import Cluster

pytestmark = pytest.mark.broker


async def test_a_frozen_worker_ends_when_it_wakes_and_writes_nothing_wrong(new_cluster: Callable[..., Cluster]) -> None:
    async with new_cluster() as cluster:
        feeder = Feeder(cluster, per_second=3000, seed=22)
        frozen, other = cluster.worker("monitor"), cluster.worker("monitor")
        async with beside(feeder.run()):
            frozen.start()
            await frozen.ready()
            other.start()
            await other.ready()
            await asyncio.sleep(1.7)
            loads = len(other.loads())
            frozen.signal(signal.SIGSTOP)
            await other.ready(loads + 1)  # the session is over: everything is the other's
            await asyncio.sleep(1.5)
            frozen.signal(signal.SIGCONT)
            woken = time.monotonic()
            assert await frozen.ended() == 1
            took = time.monotonic() - woken
            assert "stood still for" in frozen.words()
        await cluster.done("monitor", "interactions")
        figures = await check(cluster)
        assert await other.stop() == 0
    print(f"\nzombie gone {took:.2f} s after it woke: {figures}")
    assert took < 3
    assert figures.duplicates < 20
