"""``kill -9`` of ingest at random moments while purchases and page views come, some of them broken."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.harness import TORTURE, Pulse, beside
from tests.faults.ingest_oracle import check_ingest
from tests.faults.oracle import check
from tests.faults.sources import ShopFeeder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.harness import Cluster

pytestmark = pytest.mark.broker

ROUNDS: Final = 100 if TORTURE else 8
SEED: Final = 24
SOURCES: Final = ("purchases", "page-views")


async def test_every_source_record_becomes_what_it_says_however_often_ingest_is_killed(
    new_cluster: Callable[..., Cluster],
) -> None:
    draw = random.Random(SEED)
    async with new_cluster(broker__instance_id="one", broker__commit_seconds="0.3") as cluster:
        feeder = ShopFeeder(cluster, per_second=1500, seed=SEED)
        pulse = Pulse(cluster, "ingest")
        ingest, monitor = cluster.worker("ingest"), cluster.worker("monitor")
        async with beside(pulse.run()):
            async with beside(feeder.run()):
                for number in range(ROUNDS):
                    ingest.start()
                    if number % 4:
                        await ingest.ready()
                    await asyncio.sleep(draw.uniform(0.0, 2.5))
                    assert await ingest.kill() == 128 + 9, ingest.words()[-3000:]
            ingest.start()
            await cluster.done("ingest", *SOURCES)
        assert await ingest.stop() == 0
        figures = await check_ingest(cluster, *SOURCES)
        monitor.start()
        await cluster.done("monitor", "interactions")
        assert await monitor.stop() == 0
        alerts = await check(cluster)
    print(f"\n{ROUNDS} kills: {figures}; longest time without a commit {pulse.longest:.1f} s; then {alerts}")
    assert figures.dead > 10 * ROUNDS
    assert figures.interactions > 1000 * ROUNDS
