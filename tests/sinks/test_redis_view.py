from __future__ import annotations

import asyncio
import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest
import redis.asyncio
from redis import exceptions
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from sinks import Reason, SinkError
from sinks.alert import Alert
from sinks.redis_layout import redis_failures
from sinks.redis_reading import RedisReading
from sinks.redis_view import RedisView
from tests.sinks.samples import ALERT_ID, alert, changed, cohort_alert, relationship

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

pytestmark = pytest.mark.redis

Client = redis.asyncio.Redis


async def everything(client: Any) -> dict[bytes, Any]:
    """All that Redis holds, but for the stream, whose ids are times."""
    held: dict[bytes, Any] = {}
    async for key in client.scan_iter():
        kind = await client.type(key)
        if kind == b"hash":
            held[key] = await client.hgetall(key)
        elif kind == b"zset":
            held[key] = await client.zrange(key, 0, -1, withscores=True)
        elif kind == b"string":
            held[key] = await client.get(key)
    return held


def lives(seed: int) -> list[Alert]:
    """Eight alerts of three people, each with up to four versions that change all that may change."""
    draw = random.Random(seed)
    people = [draw.choice(["c-1", "c-2", None, "c-3"]) for _ in range(8)]
    return [
        alert(
            alert_id=f"alert-{number}",
            version=version,
            stakeholder=person,
            status=draw.choice(["open", "updated", "resolved", "retracted"]),
            severity=draw.choice(["info", "warning", "critical"]),
            rule=f"rule_{number % 3}",
            started_at=f"2026-03-0{number + 1}T00:00:00.000Z",
        )
        for number, person in enumerate(people)
        for version in range(1, draw.randint(2, 5))
    ]


async def test_an_alert_is_in_every_index_it_belongs_to(client: Client) -> None:
    await RedisView(client).send(alert(severity="critical"))
    held = await everything(client)
    score = 1772360100000.0
    assert held[b"rapport:alerts:open:critical"] == [(ALERT_ID.encode(), score)]
    assert held[b"rapport:alerts:by:c-1042"] == [(ALERT_ID.encode(), score)]
    assert held[b"rapport:board:rules"] == [(b"third_channel", 1.0)]
    assert held[b"rapport:board:stakeholders"] == [(b"c-1042", 1_000_000.0)]
    assert held[f"rapport:alert:{ALERT_ID}".encode()][b"version"] == b"1"
    assert await client.ttl(f"rapport:alert:{ALERT_ID}") == -1
    assert len(held) == 5


async def test_the_same_version_twice_changes_nothing(client: Client) -> None:
    view = RedisView(client)
    assert await view.send_many([alert(), alert(), alert(summary="another text")]) == 1
    before = await everything(client)
    await view.send(alert(status="resolved"))
    assert await everything(client) == before
    assert await client.xlen("rapport:alerts:changes") == 1


@pytest.mark.parametrize("seed", range(5))
async def test_any_order_and_any_repetition_of_versions_ends_in_the_same_view(client: Client, seed: int) -> None:
    versions = lives(seed)
    view = RedisView(client, now=lambda: 1_800_000_000.0)
    await view.send_many(versions)
    expected = await everything(client)
    await client.flushall()
    shuffled = versions * 3
    random.Random(seed).shuffle(shuffled)
    for start in range(0, len(shuffled), 7):
        await view.send_many(shuffled[start : start + 7])
    assert await everything(client) == expected


@pytest.mark.parametrize("seed", range(5))
async def test_boards_and_indexes_agree_with_the_latest_versions(client: Client, seed: int) -> None:
    versions = lives(seed)
    await RedisView(client).send_many(versions)
    latest = {one.alert_id: one for one in versions}
    still_open = [one for one in latest.values() if one.status in ("open", "updated")]
    reading = RedisReading(client)
    weight = {"info": 1, "warning": 1000, "critical": 1_000_000}
    by_rule: dict[str, int] = {}
    by_person: dict[str, int] = {}
    for one in still_open:
        by_rule[one.rule] = by_rule.get(one.rule, 0) + 1
        if one.stakeholder is not None:
            by_person[one.stakeholder] = by_person.get(one.stakeholder, 0) + weight[one.severity]
    assert dict(await reading.top_rules()) == by_rule
    assert dict(await reading.top_stakeholders()) == by_person
    assert sum((await reading.open_counts()).values()) == len(still_open)
    assert {one.alert_id for one in await reading.alerts()} == {one.alert_id for one in still_open}


async def test_writers_at_the_same_time_leave_the_highest_version(client: Client, redis_port: int) -> None:
    others = [Client(port=redis_port) for _ in range(4)]
    versions = [alert(version=version, severity=severity) for version, severity in enumerate(
        itertools.islice(itertools.cycle(["info", "warning", "critical"]), 40), start=1)]  # fmt: skip
    await asyncio.gather(*(RedisView(other).send_many(versions[n::4]) for n, other in enumerate(others)))
    for other in others:
        await other.aclose()
    found = await RedisReading(client).alert(ALERT_ID)
    assert found is not None
    assert found.version == 40
    assert await RedisReading(client).open_counts() == {"info": 1, "warning": 0, "critical": 0}


async def test_a_resolved_alert_leaves_the_boards_and_expires(client: Client) -> None:
    view = RedisView(client, kept_days=2)
    await view.send_many([alert(), alert(version=2, status="resolved")])
    reading = RedisReading(client)
    assert await reading.alerts() == []
    assert await reading.top_rules() == []
    assert await reading.top_stakeholders() == []
    assert [one.version for one in await reading.alerts(statuses=["resolved"])] == [2]
    assert 2 * 86_400 - 5 <= await client.ttl(f"rapport:alert:{ALERT_ID}") <= 2 * 86_400
    assert await client.ttl("rapport:alerts:by:c-1042") > 0


async def test_a_reopened_alert_no_longer_expires(client: Client) -> None:
    view = RedisView(client)
    await view.send_many([alert(version=1, status="resolved"), alert(version=2, status="updated")])
    assert await client.ttl(f"rapport:alert:{ALERT_ID}") == -1
    assert await client.ttl("rapport:alerts:by:c-1042") == -1
    assert await RedisReading(client).alerts(statuses=["resolved"]) == []


async def test_expired_alerts_are_dropped_from_the_indexes_by_later_writes(client: Client) -> None:
    now = [1000.0]
    view = RedisView(client, kept_days=1, now=lambda: now[0])
    await view.send(alert(status="resolved"))
    await client.delete(f"rapport:alert:{ALERT_ID}")  # what Redis does at the expiry
    now[0] += 2 * 86_400
    await view.send(alert(alert_id="next", version=1))
    assert await client.zrange("rapport:alerts:closed:resolved", 0, -1) == []
    assert await client.zrange("rapport:alerts:by:c-1042", 0, -1) == [b"next"]


async def test_an_alert_that_moves_to_another_person_after_a_merge_leaves_the_first(client: Client) -> None:
    await RedisView(client).send_many([alert(), alert(version=2, stakeholder="c-7", status="updated")])
    reading = RedisReading(client)
    assert (await reading.stakeholder("c-1042")).alerts == []
    assert [one.version for one in (await reading.stakeholder("c-7")).alerts] == [2]
    assert await reading.top_stakeholders() == [("c-7", 1000)]


async def test_an_alert_of_a_cohort_belongs_to_no_person(client: Client) -> None:
    await RedisView(client).send(cohort_alert())
    reading = RedisReading(client)
    assert await reading.top_stakeholders() == []
    assert [one.rule for one in await reading.alerts()] == ["funnel_drop"]


@pytest.mark.parametrize("odd", ["a:b", "*", "{x}", "new\nline", "'\"\\", "ключ", "", " ", "\x00", "a]b[c?"])
async def test_an_id_may_hold_any_character(client: Client, odd: str) -> None:
    view = RedisView(client)
    await view.send(alert(alert_id=odd, stakeholder=odd, rule=odd))
    await view.send_relationship(relationship(stakeholder=odd, type=odd))
    reading = RedisReading(client)
    seen = await reading.stakeholder(odd)
    assert seen.relationship == relationship(stakeholder=odd, type=odd)
    assert [one.alert_id for one in seen.alerts] == [odd]
    assert await reading.top_rules() == [(odd, 1)]
    assert await reading.relationships(odd) == [relationship(stakeholder=odd, type=odd)]
    assert await view.forget_alert(odd)
    assert await view.forget_relationship(odd)
    assert await everything(client) == {}


async def test_open_alerts_come_by_severity_and_then_by_age(client: Client) -> None:
    days = {"a": (3, "info"), "b": (2, "critical"), "c": (1, "warning"), "d": (1, "critical"), "e": (2, "warning")}
    await RedisView(client).send_many(
        alert(alert_id=one, severity=severity, started_at=f"2026-03-0{day}T00:00:00.000Z")
        for one, (day, severity) in days.items()
    )
    reading = RedisReading(client)
    assert [one.alert_id for one in await reading.alerts()] == ["d", "b", "c", "e", "a"]
    assert [one.alert_id for one in await reading.alerts(limit=2)] == ["d", "b"]
    assert [one.alert_id for one in await reading.alerts(severities=["warning"])] == ["c", "e"]


async def test_filters_of_status_and_stakeholder_work_together(client: Client) -> None:
    await RedisView(client).send_many(
        [
            alert(alert_id="1", stakeholder="x"),
            alert(alert_id="2", stakeholder="x", status="updated"),
            alert(alert_id="3", stakeholder="x", status="resolved"),
            alert(alert_id="4", stakeholder="y", status="updated"),
            alert(alert_id="5", stakeholder="y", status="retracted"),
        ]
    )
    reading = RedisReading(client)

    async def ids(**filters: Any) -> list[str]:
        return [one.alert_id for one in await reading.alerts(**filters)]

    assert await ids(stakeholder="x") == ["1", "2"]
    assert await ids(statuses=["updated"]) == ["2", "4"]
    assert await ids(statuses=["resolved", "retracted"]) == ["3", "5"]
    assert await ids(stakeholder="y", statuses=["updated", "retracted"]) == ["4", "5"]
    assert await ids(stakeholder="nobody") == []


async def test_more_alerts_than_a_page_are_all_read(client: Client) -> None:
    alerts = [alert(alert_id=f"{number:04}") for number in range(1100)]
    assert await RedisView(client).send_many(alerts) == 1100
    assert [one.alert_id for one in await RedisReading(client).alerts(limit=2000)] == [one.alert_id for one in alerts]


async def test_an_older_relationship_never_overwrites_a_newer_one(client: Client) -> None:
    view = RedisView(client)
    await view.send_relationship(relationship(version=5, type="mad_bro"))
    await view.send_relationship(relationship(version=4))
    await view.send_relationship(relationship(version=5))
    reading = RedisReading(client)
    assert (await reading.stakeholder("c-1042")).relationship == relationship(version=5, type="mad_bro")
    assert await reading.relationships("regular_joe") == []


async def test_a_relationship_moves_from_its_old_type_to_the_new_one(client: Client) -> None:
    view = RedisView(client)
    assert await view.send_relationships([relationship(version=0), relationship(version=1, type="mad_bro")]) == 2
    reading = RedisReading(client)
    assert await reading.relationships("regular_joe") == []
    assert [one.version for one in await reading.relationships("mad_bro")] == [1]


async def test_relationships_of_a_type_come_last_seen_first(client: Client) -> None:
    await RedisView(client).send_relationships(
        relationship(stakeholder=f"c-{day}", last_seen=f"2026-03-0{day}T00:00:00.500Z") for day in (2, 3, 1)
    )
    reading = RedisReading(client)
    assert [one.stakeholder for one in await reading.relationships("regular_joe", limit=2)] == ["c-3", "c-2"]


async def test_forgetting_leaves_nothing_of_the_person(client: Client) -> None:
    view = RedisView(client)
    await view.send(alert())
    await view.send_relationship(relationship())
    assert [await view.forget_alert(ALERT_ID), await view.forget_relationship("c-1042")] == [True, True]
    assert [await view.forget_alert(ALERT_ID), await view.forget_relationship("c-1042")] == [False, False]
    assert await everything(client) == {}
    stream: Any = await client.xrange("rapport:alerts:changes")
    assert [set(fields) for _, fields in stream] == [{b"id", b"version"}]


async def test_following_yields_each_change_in_its_latest_version(client: Client) -> None:
    view, reading = RedisView(client), RedisReading(client)
    await view.send(alert(alert_id="before"))
    seen: list[tuple[str, int]] = []

    async def follow() -> None:
        async for one in reading.follow(block_seconds=0.2):
            seen.append((one.alert_id, one.version))
            if len(seen) == 1:
                await view.send_many([alert(version=2, status="updated"), alert(version=3, status="resolved")])
            if len(seen) == 2:
                return

    following = asyncio.create_task(follow())
    async with asyncio.timeout(10):
        while not any("xread" in str(one) for one in await client.client_list()):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0)
    await view.send(alert())
    await asyncio.wait_for(following, 10)
    assert seen == [(ALERT_ID, 1), (ALERT_ID, 3)]


async def test_following_after_a_known_place_catches_up_and_skips_the_forgotten(client: Client) -> None:
    view, reading = RedisView(client), RedisReading(client)
    await view.send_many([alert(alert_id="1"), alert(alert_id="2"), alert(alert_id="3")])
    await view.forget_alert("2")
    stream = reading.follow(after="0-0", block_seconds=0.01)
    assert [(await anext(stream)).alert_id for _ in range(2)] == ["1", "3"]
    await stream.aclose()  # type: ignore[attr-defined]


async def test_a_flush_is_noticed_and_another_build_too(client: Client) -> None:
    view = RedisView(client)
    assert await view.flushed("build-1")
    await view.begin()
    assert await view.mark("build-1")
    assert not await view.flushed("build-1")
    assert await view.flushed("build-2")
    await client.flushall()
    assert await view.flushed("build-1")


async def test_a_view_that_was_flushed_or_wiped_while_it_was_built_is_not_marked(client: Client) -> None:
    view, other = RedisView(client), RedisView(client)
    assert not await view.mark("build-1")
    await view.begin()
    await client.flushall()
    await other.begin()  # another worker's work says nothing about ours
    assert not await view.mark("build-1")
    assert await view.flushed("build-1")
    assert await other.mark("build-1")
    await view.begin()
    await view.wipe()
    assert not await view.mark("build-1")


async def test_wiping_takes_the_view_and_nothing_else(client: Client) -> None:
    view = RedisView(client, prefix="a[b]*:")
    await client.set("ab:other", "kept")
    await client.set("a[b]x:other", "kept")
    await view.send_many(alert(alert_id=str(number)) for number in range(1200))
    await view.begin()
    await view.mark("build-1")
    assert await view.wipe() == 1206
    assert sorted(await everything(client)) == [b"a[b]x:other", b"ab:other"]


async def test_two_prefixes_do_not_meet(client: Client) -> None:
    await RedisView(client, prefix="one:").send(alert())
    assert await RedisReading(client, prefix="two:").alert(ALERT_ID) is None
    assert await RedisReading(client, prefix="one:").alert(ALERT_ID) == alert()


async def test_a_redis_that_is_gone_is_a_lost_connection_and_all_can_be_sent_again(
    start_redis: Callable[[], tuple[int, subprocess.Popen[bytes]]],
) -> None:
    port, process = start_redis()
    client = Client(port=port, retry=Retry(NoBackoff(), 0))
    view, reading = RedisView(client), RedisReading(client)
    await view.send(alert())
    process.kill()
    process.wait()
    calls = [view.send(alert()), view.send_relationship(relationship()), view.flushed("x"), view.wipe(),
             reading.alerts(), reading.stakeholder("c"), reading.top_rules(), reading.relationships("x")]  # fmt: skip
    for call in calls:
        with pytest.raises(SinkError) as caught:
            await call
        assert (caught.value.reason, caught.value.retryable) == (Reason.CONNECTION_LOST, True)
        assert str(port) not in str(caught.value)
    await view.close()


async def test_a_forgotten_script_is_loaded_again(client: Client) -> None:
    view = RedisView(client)
    await view.send(alert())
    await client.script_flush()
    await view.send(alert(version=2))
    found = await RedisReading(client).alert(ALERT_ID)
    assert found == changed(alert(), version=2)


async def test_a_key_of_another_kind_in_the_way_is_refused_for_good(client: Client) -> None:
    await client.set("rapport:board:rules", "not a set")
    with pytest.raises(SinkError) as caught:
        await RedisView(client).send(alert())
    assert (caught.value.reason, caught.value.retryable) == (Reason.REFUSED, False)


async def test_a_full_redis_may_be_tried_again(client: Client) -> None:
    await client.config_set("maxmemory", "1")
    try:
        with pytest.raises(SinkError) as caught:
            await RedisView(client).send(alert())
    finally:
        await client.config_set("maxmemory", "0")
    assert (caught.value.reason, caught.value.retryable) == (Reason.SERVER_ERROR, True)


@pytest.mark.parametrize(
    ("error", "reason", "retryable"),
    [
        (exceptions.AuthenticationError("x"), Reason.MISCONFIGURED, False),
        (exceptions.NoPermissionError("x"), Reason.MISCONFIGURED, False),
        (exceptions.TimeoutError("x"), Reason.TIMED_OUT, True),
        (exceptions.BusyLoadingError("x"), Reason.CONNECTION_LOST, True),
        (OSError("x"), Reason.CONNECTION_LOST, True),
        (exceptions.ReadOnlyError("x"), Reason.SERVER_ERROR, True),
        (exceptions.ResponseError("MISCONF can't save"), Reason.SERVER_ERROR, True),
        (exceptions.ResponseError("ERR unknown"), Reason.REFUSED, False),
    ],
)
def test_each_failure_of_redis_has_its_reason(error: Exception, reason: Reason, retryable: bool) -> None:
    with pytest.raises(SinkError) as caught, redis_failures():
        raise error
    assert (caught.value.reason, caught.value.retryable) == (reason, retryable)


@pytest.mark.parametrize("days", [0, -1, 4000, float("nan")])
def test_an_absurd_number_of_days_is_refused_with_the_allowed_ones(days: float) -> None:
    with pytest.raises(ValueError, match="allowed: more than 0, at most 3650"):
        RedisView(Client(), kept_days=days)
