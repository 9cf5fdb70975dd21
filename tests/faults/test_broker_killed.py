"""The broker is killed and comes back under load."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.feeder import Feeder
from tests.faults.harness import TORTURE, Pulse, beside
from tests.faults.oracle import check
from tests.faults.processes import kept_alive

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.broker.parts import ApacheKafka
    from tests.faults.harness import Cluster

pytestmark = pytest.mark.broker

KILLS: Final = 10 if TORTURE else 1


@pytest.mark.parametrize(
    "patience",
    [
        pytest.param("45", id="the-worker-waits"),
        pytest.param("2", id="the-worker-gives-up", marks=pytest.mark.skipif(not TORTURE, reason="make torture")),
    ],
)
async def test_nothing_is_lost_when_the_broker_is_killed_and_comes_back(
    patience: str, broker: ApacheKafka, new_cluster: Callable[..., Cluster]
) -> None:
    async with new_cluster(broker__flush_seconds=patience) as cluster:
        feeder = Feeder(cluster, per_second=2000, seed=23)
        pulse = Pulse(cluster, "monitor")
        worker = cluster.worker("monitor")
        worker.start()
        async with beside(kept_alive(worker)), beside(pulse.run()), beside(feeder.run()):
            await worker.ready()
            for _ in range(KILLS):
                await asyncio.sleep(2)
                broker.kill()
                await asyncio.sleep(3)
                await asyncio.to_thread(broker.start)
                await _commits_again(cluster)
        async with beside(kept_alive(worker)):
            await cluster.done("monitor", "interactions")
        assert await worker.stop() == 0
        figures = await check(cluster)
    print(f"\n{KILLS} broker kills: {figures}; {worker.starts - 1} restarts of the worker;", end=" ")
    print(f"longest time without a commit {pulse.longest:.1f} s")
    assert figures.duplicates < 15


async def _commits_again(cluster: Cluster, seconds: float = 90) -> None:
    """Wait until the worker's commits move on twice."""
    deadline = time.monotonic() + seconds
    seen: set[int] = set()
    while len(seen) < 3:
        assert time.monotonic() < deadline, cluster.last_words()
        seen.add(sum((await cluster.progress("monitor")).values()))
        await asyncio.sleep(0.25)
