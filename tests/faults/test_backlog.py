"""What waited while nobody read is committed as soon as it is worked off, however seldom commits are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from detectors.wire import encode_compact
from streams.broker import topics
from streams.broker.worker import BACKLOG_RECORDS
from tests.faults.company import Company
from tests.faults.oracle import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.harness import Cluster

pytestmark = pytest.mark.broker


async def test_a_backlog_is_committed_when_it_is_worked_off(new_cluster: Callable[..., Cluster]) -> None:
    async with new_cluster(broker__commit_seconds="60") as cluster:
        async with cluster.sender() as sender:
            for key, interaction in Company(2_000, 5).events(BACKLOG_RECORDS + 5_000):
                await sender.send(cluster.topic(topics.INTERACTIONS), key, encode_compact(interaction))
        worker = cluster.worker("monitor")
        worker.start()
        await worker.ready()
        await cluster.done("monitor", "interactions", seconds=25)
        assert (await check(cluster)).duplicates == 0
        assert await worker.stop() == 0
