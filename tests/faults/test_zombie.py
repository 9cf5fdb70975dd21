"""A worker frozen for longer than its session: another has its partitions when it wakes, and it must not touch them."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.feeder import Feeder
from tests.faults.harness import TORTURE, beside
from tests.faults.oracle import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.harness import Cluster
    from tests.faults.processes import Worker

pytestmark = pytest.mark.broker


FREEZES: Final = 10 if TORTURE else 2


async def test_a_frozen_worker_ends_when_it_wakes_and_writes_nothing_wrong(new_cluster: Callable[..., Cluster]) -> None:
    async with new_cluster() as cluster:
        feeder = Feeder(cluster, per_second=4000, seed=22)
        workers = cluster.worker("monitor"), cluster.worker("monitor")
        longest = 0.0
        async with beside(feeder.run()):
            for worker in workers:
                worker.start()
                await worker.ready()
            for number in range(FREEZES):
                frozen, other = workers[number % 2], workers[1 - number % 2]
                longest = max(longest, await _freeze(frozen, other))
                frozen.start()
                await frozen.ready()
        await cluster.done("monitor", "interactions")
        figures = await check(cluster)
        for worker in workers:
            assert await worker.stop() == 0
    print(f"\n{FREEZES} zombies, gone {longest:.2f} s after they woke: {figures}")
    assert longest < 3
    assert figures.duplicates < 30


async def _freeze(frozen: Worker, other: Worker) -> float:
    """Freeze the worker until all is the other's and beyond; gives how long (s) it lived on."""
    await asyncio.sleep(1.7)
    loads = len(other.loads())
    frozen.signal(signal.SIGSTOP)
    await other.ready(loads + 1)  # the session is over
    await asyncio.sleep(1.5)
    frozen.signal(signal.SIGCONT)
    woken = time.monotonic()
    assert await frozen.ended() == 1
    assert "stood still for" in frozen.words()
    return time.monotonic() - woken
