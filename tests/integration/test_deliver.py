"""The deliver role as a process of its own, against a real broker, a real Redis and a strict Slack."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from redis.asyncio import Redis

from sinks.alert import Alert, encode_alert
from sinks.cloud_events import cloud_event_headers
from sinks.redis_layout import LAYOUT
from sinks.redis_view import RedisView
from sinks.relationship import Relationship, encode_relationship
from streams.broker.parts import ApacheKafka, EmbeddedBroker, EmbeddedRedis
from streams.broker.topics import create
from streams.settings import load
from tests.fakes.slack import ACCEPT_THEN_DROP, DROP, Act, FakeSlack, refusal
from tests.sinks.samples import alert, relationship

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from streams.settings import Settings

pytestmark = pytest.mark.redis

Broker = ApacheKafka | EmbeddedBroker
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0


on_both_brokers = pytest.mark.parametrize(
    "broker",
    [
        pytest.param(EmbeddedBroker, id="embedded"),
        pytest.param(
            ApacheKafka,
            id="apache",
            marks=[
                pytest.mark.broker,
                pytest.mark.skipif(not ApacheKafka.available(), reason="Apache Kafka needs Java 17 and Maven"),
            ],
        ),
    ],
    indirect=True,
)


@pytest.fixture(scope="module")
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    with getattr(request, "param", EmbeddedBroker)() as part:
        yield part


class Stage:
    """One prefix on the broker, a Redis, a Slack, and the worker; ``published`` is what the topics hold."""

    def __init__(self, broker: Broker, redis: EmbeddedRedis, slack: FakeSlack, directory: Path) -> None:
        self.redis = redis
        self.slack = slack
        self.output = directory / "stdout"
        self.log = directory / "stderr"
        self.environment = {
            "RAPPORT_BROKER__ADDRESS": broker.address,
            "RAPPORT_BROKER__TOPIC_PREFIX": f"t{uuid.uuid4().hex[:8]}.",
            "RAPPORT_BROKER__PARTITIONS": "2",
            "RAPPORT_BROKER__IDEMPOTENT": "always" if broker.idempotent_producer else "never",
            "RAPPORT_BROKER__SESSION_SECONDS": "6",
            "RAPPORT_BROKER__REBALANCE_SECONDS": "6",
            "RAPPORT_BROKER__COMMIT_SECONDS": "0.2",
            "RAPPORT_REDIS__URL": f"redis://127.0.0.1:{redis.port}/0",
            "RAPPORT_DELIVER__TERMINAL": "true",
            "RAPPORT_DELIVER__SLACK_WEBHOOK_URL": slack.url(),
            "RAPPORT_DELIVER__SLACK_LOOPBACK": "true",
            "RAPPORT_METRICS__PORTS__DELIVER": "0",
            "TMPDIR": str(directory),
        }
        self.settings: Settings = load(None, self.environment)
        self.alerts: dict[str, Alert] = {}
        self.people: dict[str, Relationship] = {}
        self.client = Redis(port=redis.port or 0)
        self._producer = AIOKafkaProducer(bootstrap_servers=broker.address, acks="all")
        self._workers: list[subprocess.Popen[bytes]] = []

    async def __aenter__(self) -> Stage:
        await create(self.settings)
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in self._workers:
            if worker.poll() is None:
                worker.kill()
                worker.wait()
        await self._producer.stop()
        await self.client.aclose()

    def worker(self) -> subprocess.Popen[bytes]:
        """A deliver worker like ``rapport worker deliver``."""
        with self.output.open("ab") as output, self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "streams", "worker", "deliver"],
                stdout=output,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **self.environment},
            )
        self._workers.append(process)
        return process

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of ours, to its end."""
        command = [sys.executable, "-m", "streams", *arguments]
        environment = {**os.environ, **self.environment}
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )

    async def put(self, topic: str, key: str, value: bytes | None, **more: Any) -> None:
        await self._producer.send_and_wait(self.settings.topic(topic), value, key=key.encode(), **more)

    async def publish(self, one: Alert) -> None:
        """What the monitor does with a version of an alert."""
        headers = cloud_event_headers(one, "/test")
        await self.put("alerts", one.stakeholder or "", encode_alert(one), headers=headers)
        await self.put("alert-state", one.alert_id, encode_alert(one), headers=headers)
        self.alerts[one.alert_id] = one

    async def publish_many(self, names: list[str], **changes: Any) -> None:
        for name in names:
            await self.publish(alert(alert_id=name, stakeholder=f"of-{name}", **changes))

    async def tell(self, one: Relationship) -> None:
        await self.put("relationships", one.stakeholder, encode_relationship(one))
        self.people[one.stakeholder] = one

    async def forget(self, stakeholder: str) -> None:
        """What the monitor does when a person's state is dropped."""
        await self.put("relationships", stakeholder, None)
        self.people.pop(stakeholder)
        for name in [name for name, one in self.alerts.items() if one.stakeholder == stakeholder]:
            await self.put("alert-state", name, None)
            self.alerts.pop(name)

    def posted(self) -> Counter[tuple[str, int]]:
        """How often Slack shows each version of each alert."""
        shown: Counter[tuple[str, int]] = Counter()
        for message in self.slack.messages:
            words = message["blocks"][-1]["elements"][0]["text"].replace(",", "").split()
            shown[words[1], int(words[3])] += 1
        return shown

    def printed(self) -> Counter[str]:
        """How often the terminal shows each alert."""
        lines = self.output.read_text().splitlines()
        return Counter(line.split()[1] for line in lines if line.startswith("  alert "))

    async def view(self, prefix: str = "rapport:") -> dict[str, Any]:
        """All that the view holds under the prefix, without what depends on the hour."""
        held: dict[str, Any] = {}
        client: Any = self.client
        async for key in client.scan_iter(match=f"{prefix}*"):
            name = key.decode().removeprefix(prefix)
            if name.startswith(("view", "alerts:changes")):
                continue
            if name.startswith("alerts:closed"):
                held[name] = sorted(await client.zrange(key, 0, -1))
            elif await client.type(key) == b"zset":
                held[name] = await client.zrange(key, 0, -1, withscores=True)
            else:
                held[name] = await client.hgetall(key)
        return held

    async def expected(self) -> dict[str, Any]:
        """What the view must hold: the last words of the topics, written by the view itself under another prefix."""
        view = RedisView(self.client, prefix="expected:")
        await view.wipe()
        await view.send_many(self.alerts.values())
        await view.send_relationships(self.people.values())
        return await self.view("expected:")

    async def catches_up(self) -> None:
        """Wait until the view is what the topics say and is marked as complete."""

        async def is_equal() -> bool:
            try:
                marked = await self.client.get("rapport:view")
                return marked is not None and await self.view() == await self.expected()
            except Exception:  # noqa: BLE001 - Redis may be gone at the moment
                return False

        await until(is_equal, self)


async def until(question: Callable[[], Any], stage: Stage) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                answer = question()
                if await answer if asyncio.iscoroutine(answer) else answer:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        shown = f"posted {dict(stage.posted())}, printed {dict(stage.printed())}"
        pytest.fail(f"not within {SECONDS} s: {shown}\n{stage.log.read_text()[-3000:]}")


@pytest.fixture
async def stage(broker: Broker, tmp_path: Path) -> AsyncIterator[Stage]:
    with EmbeddedRedis() as redis:
        async with FakeSlack() as slack, Stage(broker, redis, slack, tmp_path) as made:
            yield made


def end(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0


@on_both_brokers
async def test_every_alert_arrives_once_and_not_again_after_a_restart(stage: Stage) -> None:
    names = [f"alert-{number}" for number in range(5)]
    await stage.publish_many(names)
    for number in range(50):
        await stage.tell(relationship(stakeholder=f"of-{number}", version=1))
    worker = stage.worker()
    once = Counter({(name, 1): 1 for name in names})
    await until(lambda: stage.posted() == once, stage)
    await stage.catches_up()
    await asyncio.to_thread(end, worker)
    assert stage.printed() == Counter(names)

    worker = stage.worker()
    await stage.publish(alert(alert_id="after", stakeholder="of-alert-0"))
    await until(lambda: ("after", 1) in stage.posted(), stage)
    await stage.catches_up()
    await asyncio.to_thread(end, worker)
    assert stage.posted() == once + Counter({("after", 1): 1})
    assert stage.printed() == Counter([*names, "after"])
    assert "xoxSECRETxox" not in stage.log.read_text() + stage.output.read_text()


async def test_no_storm_of_slack_loses_an_alert_or_holds_up_the_view(stage: Stage) -> None:
    limited = Act(status=429, body="rate_limited", headers={"Retry-After": "1"})
    stage.slack.script.extend(
        [limited, refusal("rollup_error"), DROP, ACCEPT_THEN_DROP, Act(status=503, body="upstream"), limited]
    )
    names = [f"alert-{number}" for number in range(4)]
    await stage.publish_many(names)
    stage.worker()
    await until(lambda: stage.printed() == Counter(names), stage)
    await stage.catches_up()
    assert len(stage.posted()) < len(names)
    await until(lambda: set(stage.posted()) == {(name, 1) for name in names}, stage)
    assert sum(stage.posted().values()) <= len(names) + 1  # one was accepted before the connection broke


async def test_alerts_that_slack_refuses_are_given_up_loudly_and_the_next_arrive(stage: Stage) -> None:
    stage.slack.script.append(refusal("invalid_payload"))
    await stage.publish_many(["refused", "fine"])
    stage.worker()
    await until(lambda: len(stage.posted()) == 1, stage)
    [(lucky, _)] = stage.posted()
    [unlucky] = {"refused", "fine"} - {lucky}
    assert f"slack: GIVEN UP alert {unlucky} version 1 after 1 attempts: refused" in stage.log.read_text()


async def test_a_redis_that_was_killed_and_flushed_is_what_the_topics_say_again(stage: Stage) -> None:
    stage.redis.kill()
    worker = stage.worker()  # Redis is down at the start
    await stage.publish_many(["a", "b", "c"])
    for number in range(300):
        await stage.tell(relationship(stakeholder=f"p-{number}", version=1))
    await until(lambda: len(stage.posted()) == 3, stage)  # nobody waits for Redis
    await asyncio.to_thread(stage.redis.start)
    await stage.catches_up()

    stage.redis.kill()
    await stage.publish(alert(alert_id="a", stakeholder="of-a", version=2, status="resolved"))
    await stage.tell(relationship(stakeholder="p-1", version=2, type="mad_bro"))
    await stage.tell(relationship(stakeholder="of-b", version=2))
    await stage.forget("of-b")
    await asyncio.to_thread(stage.redis.start)
    await stage.catches_up()
    assert "alert:b" not in await stage.view()

    await stage.client.flushall()
    await stage.catches_up()
    assert worker.poll() is None


@on_both_brokers
async def test_a_worker_killed_again_and_again_loses_nothing(stage: Stage) -> None:
    names = [f"alert-{number}" for number in range(6)]
    killed_after = (1, 3)
    publishing = asyncio.create_task(stage.publish_many(names))
    for count in killed_after:
        worker = stage.worker()
        await until(lambda count=count: len(stage.posted()) >= count, stage)  # type: ignore[misc]
        worker.kill()
        worker.wait()
        await stage.tell(relationship(stakeholder=f"while-down-{count}", version=1))
    await publishing
    stage.worker()
    await until(lambda: set(stage.posted()) == {(name, 1) for name in names}, stage)
    await stage.catches_up()
    assert set(stage.printed()) == set(names)
    assert max(stage.posted().values()) <= 1 + len(killed_after)


@on_both_brokers
async def test_a_second_worker_that_joins_and_leaves_loses_nothing_and_repeats_little(stage: Stage) -> None:
    names = [f"alert-{number}" for number in range(12)]
    await stage.publish_many(names)
    stage.worker()
    await until(lambda: len(stage.posted()) >= 2, stage)
    second = stage.worker()
    await until(lambda: stage.log.read_text().count("serves /metrics") == 2, stage)
    await until(lambda: len(stage.posted()) >= 6, stage)
    await asyncio.to_thread(end, second)
    await until(lambda: set(stage.posted()) == {(name, 1) for name in names}, stage)
    await stage.catches_up()
    assert sum(stage.posted().values()) <= len(names) + 2  # what was being sent when its partition moved


async def test_a_record_that_is_no_alert_is_buried_and_the_next_is_delivered(stage: Stage) -> None:
    await stage.put("alerts", "k", b"\x00 no alert")
    await stage.put("relationships", "k", b'{"stakeholder":"another"}')
    await stage.publish_many(["fine"])
    stage.worker()
    await until(lambda: ("fine", 1) in stage.posted(), stage)
    buried = await records(stage, "dead-letters", 2)
    assert sorted((headers["reason"], value) for value, headers in buried) == [
        (b"bad_alert", b"\x00 no alert"),
        (b"bad_relationship", b'{"stakeholder":"another"}'),
    ]


async def test_rebuild_makes_the_view_from_the_log_alone(stage: Stage) -> None:
    await stage.publish_many(["a", "b"])
    for number in range(300):
        await stage.tell(relationship(stakeholder=f"p-{number}", version=1))
    await stage.tell(relationship(stakeholder="of-b", version=1))
    await stage.forget("of-b")
    await RedisView(stage.client).send(alert(alert_id="stale"))
    done = await asyncio.to_thread(stage.run, "rebuild")
    assert done.returncode == 0, done.stderr
    made = "the view is made anew: 2 versions of alerts and 301 of relationships, 2 forgotten, in "
    assert done.stdout.startswith(made)
    assert await stage.view() == await stage.expected()
    assert await stage.client.get("rapport:view") == LAYOUT.encode()


@pytest.mark.broker
@pytest.mark.skipif(not ApacheKafka.available(), reason="Apache Kafka needs Java 17 and Maven")
@pytest.mark.parametrize("broker", [ApacheKafka], indirect=True)
async def test_rebuild_leaves_the_view_alone_when_a_topic_is_missing(stage: Stage) -> None:
    await RedisView(stage.client).send(alert())
    stage.environment["RAPPORT_BROKER__TOPIC_PREFIX"] = "nowhere."
    done = await asyncio.to_thread(stage.run, "rebuild")
    assert done.returncode == 1
    assert "topic nowhere.alert-state is missing: `rapport topics --create` makes it" in done.stderr
    assert "alert:6b2f7a54-9a2f-5a63-8a2b-2f1d5ac0de01" in await stage.view()


async def test_rebuild_leaves_the_view_alone_when_the_broker_is_not_there(stage: Stage) -> None:
    await RedisView(stage.client).send(alert())
    stage.environment["RAPPORT_BROKER__ADDRESS"] = "127.0.0.1:1"
    done = await asyncio.to_thread(stage.run, "rebuild")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("rapport: broker 127.0.0.1:1 can't be reached: ")
    assert "alert:6b2f7a54-9a2f-5a63-8a2b-2f1d5ac0de01" in await stage.view()


async def test_commands_show_what_was_delivered(stage: Stage) -> None:
    await stage.publish_many(["a"])
    await stage.tell(relationship(stakeholder="of-a", version=1))
    await asyncio.to_thread(stage.run, "rebuild")
    shown = await asyncio.to_thread(stage.run, "stakeholder", "of-a")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "customer of-a: regular joe, since 2026-01-01 00:00 UTC" in shown.stdout
    assert "1 open alert" in shown.stdout


async def records(stage: Stage, topic: str, count: int) -> list[tuple[bytes, dict[str, bytes]]]:
    consumer = AIOKafkaConsumer(
        stage.settings.topic(topic),
        bootstrap_servers=stage.settings.broker.address,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(SECONDS):
            found = [await consumer.getone() for _ in range(count)]
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await consumer.stop()
    return [(record.value, dict(record.headers)) for record in found]
