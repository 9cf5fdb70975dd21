"""A second monitor comes and goes under load, politely and not: the partitions move, the results don't."""

from __future__ import annotations

import asyncio
import random
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

POLITE: Final = 12 if TORTURE else 3
RUDE: Final = 8 if TORTURE else 1
SEED: Final = 21


async def test_a_worker_that_comes_and_goes_moves_only_its_own_partitions(new_cluster: Callable[..., Cluster]) -> None:
    draw = random.Random(SEED)
    async with new_cluster() as cluster:
        feeder = Feeder(cluster, per_second=3000, seed=SEED)
        stays, comes = cluster.worker("monitor"), cluster.worker("monitor")
        stays.start()
        await stays.ready()
        async with beside(feeder.run()):
            for _ in range(POLITE):
                await _come(stays, comes)
                await asyncio.sleep(draw.uniform(0.5, 2))
                await _go(stays, comes)
        await cluster.done("monitor", "interactions")
        figures = await check(cluster)
        assert await stays.stop() == 0
    print(f"\n{POLITE} joins and leaves: {figures}")
    assert figures.duplicates < 0.3  # both commit all that they applied before they let go
    for kept, restored in stays.loads()[1:]:
        assert (kept, restored) in {(2, 0), (2, 2), (4, 0)}, stays.loads()
    assert sum(restored for _, restored in stays.loads()) == 4 + 2 * POLITE


async def test_a_worker_that_comes_and_is_killed_loses_nothing(new_cluster: Callable[..., Cluster]) -> None:
    draw = random.Random(SEED)
    async with new_cluster() as cluster:
        feeder = Feeder(cluster, per_second=3000, seed=SEED)
        stays, comes = cluster.worker("monitor"), cluster.worker("monitor")
        stays.start()
        await stays.ready()
        async with beside(feeder.run()):
            for _ in range(RUDE):
                await _come(stays, comes)
                await asyncio.sleep(draw.uniform(0.5, 2))
                loads = len(stays.loads())
                await comes.kill()
                await stays.ready(loads + 1)
        await cluster.done("monitor", "interactions")
        figures = await check(cluster)
        assert await stays.stop() == 0
    print(f"\n{RUDE} joins and kills: {figures}")
    assert figures.duplicates < 20


async def _come(stays: Worker, comes: Worker) -> None:
    loads = len(stays.loads())
    comes.start()
    await comes.ready()
    await stays.ready(loads + 1)


async def _go(stays: Worker, comes: Worker) -> None:
    loads = len(stays.loads())
    assert await comes.stop() == 0
    await stays.ready(loads + 1)
