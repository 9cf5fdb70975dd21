"""``kill -9`` of the monitor at random moments, again and again, while events flow."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.feeder import Feeder
from tests.faults.harness import TORTURE, Pulse, beside
from tests.faults.oracle import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.harness import Cluster

pytestmark = pytest.mark.broker

ROUNDS: Final = 200 if TORTURE else 20
SEED: Final = 20
EVENTS_PER_SECOND: Final = 3000


async def test_kill_9_at_random_moments_loses_nothing_and_invents_nothing(new_cluster: Callable[..., Cluster]) -> None:
    draw = random.Random(SEED)
    async with new_cluster(broker__instance_id="one", broker__commit_seconds="0.3") as cluster:
        feeder = Feeder(cluster, per_second=EVENTS_PER_SECOND, seed=SEED)
        pulse = Pulse(cluster, "monitor")
        worker = cluster.worker("monitor")
        async with beside(pulse.run()):
            async with beside(feeder.run()):
                for number in range(ROUNDS):
                    worker.start()
                    if number % 5:
                        await worker.ready()
                    await asyncio.sleep(draw.uniform(0.0, 3.0))
                    assert await worker.kill() == 128 + 9, worker.words()[-3000:]
            worker.start()
            await cluster.done("monitor", "interactions")
        assert await worker.stop() == 0
        figures = await check(cluster)
    print(f"\n{ROUNDS} kills: {figures}; longest time without a commit {pulse.longest:.1f} s")
    assert min(figures.rules[name] for name in ("silent_stop", "exit_spike", "third_channel")) > 20 * ROUNDS
    assert figures.duplicates < 60  # what came since the last commit, which a busy machine makes late


async def test_two_workers_of_one_name_on_one_machine_are_refused(new_cluster: Callable[..., Cluster]) -> None:
    async with new_cluster(broker__instance_id="one") as cluster:
        first, second = cluster.worker("monitor"), cluster.worker("monitor")
        first.start()
        await first.ready()
        second.start()
        assert await second.ended() == 1
        assert "broker.instance_id 'one' is in use" in second.words()
        assert await first.stop() == 0
