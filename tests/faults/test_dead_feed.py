"""The purchases stop coming while page views go on: a dead feed is not two hundred silent customers."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from sinks.alert import decode_alert
from streams.broker import topics
from tests.faults.ingest_oracle import check_ingest
from tests.faults.oracle import check, flat
from tests.faults.sources import START, Shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinks.alert import Alert
    from tests.faults.harness import Cluster, Sender

pytestmark = pytest.mark.broker

PEOPLE: Final = 80
GONE: Final = range(0, PEOPLE, 8)  # who really stop when the feed dies
GAP_DAYS: Final = 5
DIES, RETURNS, ENDS = 60, 100, 101  # by which time those who stopped are at risk, and not yet lost


async def test_silence_is_held_while_the_feed_is_dead_and_judged_when_it_is_back(
    new_cluster: Callable[..., Cluster],
) -> None:
    async with new_cluster(monitor__silence_hours__purchases="72", monitor__tick_seconds="0.4") as cluster:
        shop = Shop(PEOPLE, seed=26)
        ingest, monitor = cluster.worker("ingest"), cluster.worker("monitor")
        ingest.start()
        monitor.start()
        await ingest.ready(1)
        await monitor.ready(1)
        async with cluster.sender() as sender:
            for day in range(DIES):
                await _send_day(cluster, sender, shop, day, buys=True)
            for day in range(DIES, RETURNS):
                await _send_day(cluster, sender, shop, day, buys=False)
            dead = await _wait_for(cluster, "dead_feed", 1)
            await asyncio.sleep(2)  # some ticks more
            assert [(alert.rule, alert.status) for alert in await _alerts(cluster)] == [("dead_feed", "open")]
            for day in range(DIES, RETURNS):
                await _send_purchases(cluster, sender, shop, day)
            await _send_day(cluster, sender, shop, ENDS, buys=True)
            back = await _wait_for(cluster, "dead_feed", 2)
            stopped = await _wait_for(cluster, "silent_stop", len(GONE))
        await cluster.done("ingest", "purchases", "page-views")
        assert await ingest.stop() == 0
        await cluster.done("monitor", topics.INTERACTIONS)
        assert await monitor.stop() == 0
        figures = await check_ingest(cluster, "purchases", "page-views")
        alerts = await check(cluster)
        last = await _alerts(cluster)
    print(f"\n{figures}; then {alerts}")
    assert [alert.status for alert in back] == ["open", "resolved"]
    assert dead[0].started_at < (START + timedelta(days=DIES + 1)).isoformat()
    assert {alert.stakeholder for alert in stopped} == {f"c{person}" for person in GONE}
    assert len(last) == 2 + len(GONE)


async def _send_day(cluster: Cluster, sender: Sender, shop: Shop, day: int, *, buys: bool) -> None:
    """A day of the shop: its purchases, if they come through, and a visit an hour."""
    if buys:
        await _send_purchases(cluster, sender, shop, day)
    for hour in range(24):
        at = START + timedelta(days=day, hours=hour)
        source, key, value = shop.view((day * 24 + hour) % PEOPLE, at, "Product Viewed")
        await sender.send(cluster.topic(source), key, value)
    await sender.flush()


async def _send_purchases(cluster: Cluster, sender: Sender, shop: Shop, day: int) -> None:
    for person in range(PEOPLE):
        if day % GAP_DAYS == person % GAP_DAYS and (day < DIES or person not in GONE):
            at = START + timedelta(days=day, minutes=person)
            source, key, value = shop.purchase(person, at)
            await sender.send(cluster.topic(source), key, value)
    await sender.flush()


async def _alerts(cluster: Cluster) -> list[Alert]:
    return [decode_alert(record.value or b"") for record in flat(await cluster.records(topics.ALERTS))]


async def _wait_for(cluster: Cluster, rule: str, count: int, seconds: float = 40) -> list[Alert]:
    deadline = time.monotonic() + seconds
    while True:
        found = [alert for alert in await _alerts(cluster) if alert.rule == rule]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{rule}: {len(found)} alerts\n{cluster.last_words()}"
        await asyncio.sleep(0.3)
