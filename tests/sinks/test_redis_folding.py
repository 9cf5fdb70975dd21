"""Alerts about single people folded into one about many, in the view."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import redis.asyncio

from sinks.alert import Alert, Cohort
from sinks.redis_reading import RedisReading
from sinks.redis_view import RedisView
from tests.sinks.samples import alert

pytestmark = pytest.mark.redis

Client = redis.asyncio.Redis
REASON = "third_channel:customer"
SLACK = "slack"


def many(**changes: Any) -> Alert:
    """One about many, into which the alerts ``a`` to ``d`` are folded."""
    cohort = Cohort("people", {"rule": "third_channel", "party": "customer"}, 4, ["c-1"])
    values = {"alert_id": "many", "stakeholder": None, "rule": "many_at_once", "shift": None, "cohort": cohort}
    return alert(**(values | {"folded": ["a", "b", "c", "d"]} | changes))


def single(name: str, **changes: Any) -> Alert:
    return alert(**({"alert_id": name, "stakeholder": f"c-{name}"} | changes))


async def shown(client: Client, **filters: Any) -> dict[str, str | None]:
    return {one.alert_id: one.folded_into for one in await RedisReading(client).alerts(**filters)}


LOG = [many(version=1, folded=["a", "b"]), many(version=2), single("a"), single("b", severity="critical"), single("c")]


@pytest.mark.parametrize("order", [*itertools.islice(itertools.permutations(LOG), 0, 120, 7)])
async def test_whichever_comes_first_folded_ones_say_so_but_critical_ones(
    client: Client, order: tuple[Alert, ...]
) -> None:
    view = RedisView(client)
    for one in order:
        await view.send(one)
        await view.send(one)
    assert await shown(client) == {"b": None, "many": None, "a": "many", "c": "many"}
    assert await shown(client, with_folded=False) == {"b": None, "many": None}
    assert await shown(client, with_folded=False, limit=2) == {"b": None, "many": None}
    found = await RedisReading(client).alert("a")
    assert found is not None
    assert found.folded_into == "many"
    assert [one.folded_into for one in (await RedisReading(client).stakeholder("c-c")).alerts] == ["many"]


async def test_what_becomes_critical_is_no_longer_folded(client: Client) -> None:
    view = RedisView(client)
    await view.send_many([many(), single("a"), single("a", version=2, status="updated", severity="critical")])
    assert await shown(client) == {"a": None, "many": None}


@pytest.mark.parametrize("status", ["resolved", "retracted"])
async def test_when_the_one_about_many_ends_the_others_are_shown_again_if_they_are_open(
    client: Client, status: str
) -> None:
    view = RedisView(client)
    await view.send_many([single("a"), single("b"), many(), single("b", version=2, status="resolved")])
    assert await shown(client, with_folded=False) == {"many": None}
    await view.send(many(version=2, status=status, severity="info"))
    assert await shown(client, with_folded=False) == {"a": None}
    await view.send(many(version=1))  # once more, too late
    assert await shown(client, with_folded=False) == {"a": None}


async def test_when_the_one_about_many_is_forgotten_the_others_are_shown_again(client: Client) -> None:
    view = RedisView(client)
    await view.send_many([single("a"), many()])
    await view.forget_alert("many")
    assert await shown(client, with_folded=False) == {"a": None}
    assert not await view.withholds(SLACK, single("z"), REASON)


async def test_forgetting_an_alert_leaves_nothing_of_how_it_was_folded(client: Client) -> None:
    view = RedisView(client)
    await view.send_many([many(folded=["a"]), single("a")])
    assert await view.withholds(SLACK, single("a"), REASON)
    await view.forget_alert("a")
    await view.forget_alert("many")
    assert [key async for key in client.scan_iter() if b"changes" not in key] == []


async def test_nothing_of_folding_stays_for_ever(client: Client) -> None:
    view = RedisView(client, kept_days=2)
    await view.send(many())
    await view.withholds(SLACK, single("a"), REASON)
    for key in (view.keys.many(REASON), view.keys.folded("a"), view.keys.withheld("a")):
        assert 0 < await client.ttl(key) <= 2 * 86_400


async def test_a_sink_is_told_or_not_as_its_first_version_was(client: Client) -> None:
    view = RedisView(client)
    assert not await view.withholds(SLACK, single("before"), REASON)
    await view.send(many())
    assert await view.withholds(SLACK, single("a"), REASON)
    assert not await view.withholds(SLACK, single("other"), "exit_spike:customer")
    assert not await view.withholds(SLACK, single("before", version=2, status="updated"), REASON)
    assert await view.withholds(SLACK, single("a", version=2, status="updated"), REASON)
    assert not await view.withholds("terminal", single("a", version=2, status="updated"), REASON)
    await view.send(many(version=2, status="resolved"))
    assert await view.withholds(SLACK, single("a"), REASON)  # read once more
    assert await view.withholds(SLACK, single("a", version=3, status="resolved"), REASON)
    assert not await view.withholds(SLACK, single("after"), REASON)


async def test_a_critical_version_is_told_and_so_is_what_follows(client: Client) -> None:
    view = RedisView(client)
    await view.send(many())
    assert await view.withholds(SLACK, single("a"), REASON)
    assert not await view.withholds(SLACK, single("a", version=2, severity="critical"), REASON)
    assert not await view.withholds(SLACK, single("a", version=3, status="resolved", severity="info"), REASON)
    assert not await view.withholds(SLACK, single("b", severity="critical"), REASON)


async def test_two_about_many_for_one_reason_both_count(client: Client) -> None:
    view = RedisView(client)
    await view.send_many(
        [many(alert_id="new", folded=[]), many(alert_id="old"), many(alert_id="old", version=2, status="resolved")]
    )
    assert await view.withholds(SLACK, single("a"), REASON)
    await view.send(many(alert_id="new", version=2, status="resolved"))
    assert not await view.withholds(SLACK, single("z"), REASON)
