"""`rapport explain` on real brokers: alerts that a monitor has raised there, recomputed from its log."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from detectors.wire import SourceProgress, Tick, decode, encode_tick
from sinks.alert import Alert, decode_alert
from sinks.redis_view import RedisView
from streams.broker.parts import ApacheKafka, EmbeddedBroker, EmbeddedRedis
from streams.commands import cli
from tests.detectors.explained import LIVES
from tests.detectors.lives import at, life

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[2]
PREFIXES: Final = itertools.count()
PARTITIONS: Final = 2
SECONDS: Final = 60.0
apache = pytest.param(
    ApacheKafka,
    id="apache-kafka",
    marks=[
        pytest.mark.broker,
        pytest.mark.skipif(not ApacheKafka.available(), reason="Apache Kafka needs Java 17 and Maven"),
    ],
)
embedded = pytest.param(
    EmbeddedBroker,
    id="embedded-broker",
    marks=pytest.mark.skipif(not EmbeddedBroker.available(), reason="no embedded broker for this platform"),
)
TOLD: Final = [(name, rule, table) for name, (rule, table, _) in LIVES.items() if " tick " not in table]
PEOPLE: Final = {f"p{number}": rule for number, (_, rule, _) in enumerate(TOLD)}
"""Whom each of the lives is of, and the rule that raises an alert about them."""


def records() -> list[tuple[bytes, bytes]]:
    """Everybody's life at once, by time."""
    everything = [
        (record.value or b"", f"p{number}".encode() if record.key == b"ann" else b"somebody")
        for number, (_, _, table) in enumerate(TOLD)
        for record in life(table)
    ]
    named = [(decode(value), value, key) for value, key in everything]
    named.sort(key=lambda each: each[0].occurred_at)  # type: ignore[union-attr]
    return [(key, value) for _, value, key in named]


class Company:
    """Topics on a broker, through which a monitor has gone; ``alerts`` are all versions that it raised."""

    def __init__(self, part: ApacheKafka | EmbeddedBroker, folder: Path) -> None:
        self.part = part
        self.folder = folder
        self.prefix = f"e{next(PREFIXES)}-"
        self.environment = {
            "RAPPORT_BROKER__ADDRESS": part.address,
            "RAPPORT_BROKER__TOPIC_PREFIX": self.prefix,
            "RAPPORT_BROKER__PARTITIONS": str(PARTITIONS),
            "RAPPORT_BROKER__IDEMPOTENT": "always" if part.idempotent_producer else "never",
            "RAPPORT_BROKER__SESSION_SECONDS": "6",
            "RAPPORT_BROKER__REBALANCE_SECONDS": "6",
            "RAPPORT_METRICS__PORTS__MONITOR": "0",
            "RAPPORT_REDIS__URL": "",
        }
        self.alerts: list[Alert] = []

    def rapport(self, *arguments: str, **environment: str) -> Result:
        return CliRunner(env=self.environment | environment).invoke(cli, list(arguments))

    def explain(self, alert: Alert, *arguments: str, **environment: str) -> dict[str, Any]:
        done = self.rapport(
            "explain", alert.alert_id, "--version", str(alert.version), "--json", *arguments, **environment
        )
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def live(self) -> None:
        """Let the monitor see everybody's life."""
        made = self.rapport("topics", "--create")
        assert made.exit_code == 0, made.output
        asyncio.run(self._send())
        with (self.folder / "monitor.log").open("wb") as log:
            monitor = subprocess.Popen(
                [sys.executable, "-m", "streams", "worker", "monitor"],
                env={**os.environ, **self.environment, "PYTHONPATH": str(ROOT)},
                cwd=self.folder,
                stderr=log,
            )
        try:
            self.alerts = asyncio.run(self._raised())
        finally:
            monitor.send_signal(signal.SIGTERM)
            try:
                monitor.wait(15)
            finally:
                monitor.kill()
                monitor.wait()

    def of(self, rule: str) -> Alert:
        """The first alert of the rule about somebody whose life is about it."""
        return next(each for each in self.alerts if each.rule == rule == PEOPLE.get(each.stakeholder or ""))

    def delete_before(self, partition: int, offset: int) -> None:
        """What retention does."""

        async def delete() -> None:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.part.address)
            await admin.start()
            try:
                place = TopicPartition(f"{self.prefix}interactions", partition)
                await admin.delete_records({place: RecordsToDelete(before_offset=offset)})
            finally:
                await admin.close()

        asyncio.run(delete())

    async def _send(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.part.address)
        await producer.start()
        topic = f"{self.prefix}interactions"
        try:
            for key, value in records():
                await producer.send(topic, value, key=key)
            await producer.flush()
            sources = [SourceProgress(source, 0, at(300)) for source in ("tickets", "purchases")]
            for number in range(PARTITIONS):
                await producer.send_and_wait(topic, encode_tick(Tick(at(300), sources)), partition=number)
        finally:
            await producer.stop()

    async def _raised(self) -> list[Alert]:
        """The alerts, once there is one about everybody and no more come."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.part.address)
        await consumer.start()
        found: list[Alert] = []
        end = time.monotonic() + SECONDS
        try:
            places = [TopicPartition(f"{self.prefix}alerts", number) for number in range(PARTITIONS)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            waited = False
            while not waited:
                assert time.monotonic() < end, (self.folder / "monitor.log").read_text()[-2000:]
                fetched = [record for page in (await consumer.getmany(timeout_ms=2000)).values() for record in page]
                found += [decode_alert(record.value) for record in fetched]
                about = {(each.stakeholder, each.rule) for each in found}
                waited = not fetched and PEOPLE.items() <= about
        finally:
            await consumer.stop()
        return found


@contextlib.contextmanager
def lived(part: ApacheKafka | EmbeddedBroker, folder: Path) -> Iterator[Company]:
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        for name in [name for name in os.environ if name.startswith("RAPPORT_")]:
            patched.delenv(name)
        made = Company(part, folder)
        made.live()
        yield made


@pytest.fixture(scope="module", params=[embedded, apache])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with request.param() as part, lived(part, tmp_path_factory.mktemp("company")) as made:
        yield made


@pytest.fixture(params=[apache])
def forgetful(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Company]:
    """On Apache Kafka: the embedded broker deletes nothing."""
    with request.param() as part, lived(part, tmp_path) as made:
        yield made


def test_every_version_of_every_alert_comes_out_the_same(company: Company) -> None:
    assert {each.rule for each in company.alerts} >= set(PEOPLE.values())
    for each in company.alerts:
        told = company.explain(each)
        assert told["recomputed"]["result"] == "same", told["recomputed"]
        assert {event["state"] for event in told["events"]} == {"found"}
        assert told["notes"] == []
    for rule in set(PEOPLE.values()):
        told = company.explain(company.of(rule))
        assert told["prevention"]["sentence"].endswith("and there would have been no alert."), rule


def test_it_reads_as_one_page(company: Company) -> None:
    raised = company.of("repeat_complaint")
    done = company.rapport("explain", raised.alert_id, "--version", "1")
    assert done.exit_code == 0, done.output
    assert "give the same, value for value" in done.stdout
    assert "prevention: One complaint fewer" in done.stdout


def test_the_latest_version_is_explained_by_default(company: Company) -> None:
    latest = max((each for each in company.alerts if each.rule == "press_deadline"), key=lambda each: each.version)
    done = company.rapport("explain", latest.alert_id, "--json")
    assert json.loads(done.stdout)["alert"]["version"] == latest.version > 1


def test_an_alert_of_the_live_view_is_not_looked_for_in_the_log(company: Company) -> None:
    raised = company.of("third_channel")
    with EmbeddedRedis() as redis:

        async def fill() -> None:
            client = Redis(port=redis.port or 0)
            await RedisView(client).send_many([raised])
            await client.aclose()

        asyncio.run(fill())
        url = f"redis://127.0.0.1:{redis.port}/0"
        told = company.explain(raised, RAPPORT_REDIS__URL=url)
    assert told["recomputed"]["result"] == "same"


def test_other_rules_and_unknown_alerts_are_told(company: Company) -> None:
    (company.folder / "new.toml").write_text("[rules.third_channel]\nchannels = 4\n")
    told = company.explain(company.of("third_channel"), "--config", "new.toml")
    assert told["recomputed"]["result"] == "none"
    assert told["notes"][0].startswith("The rules have changed since the alert")
    unknown = company.rapport("explain", "nobody")
    assert unknown.exit_code == 1
    assert "no alert 'nobody' is known" in unknown.stderr
    other = company.rapport("explain", company.of("third_channel").alert_id, "--version", "99")
    assert other.exit_code == 1
    assert "version 99 of alert" in other.stderr


def test_what_retention_has_deleted_is_told(forgetful: Company) -> None:
    raised = forgetful.of("silent_stop")
    others = [each for each in forgetful.alerts if each.rule == "third_channel"]
    first = raised.evidence[0]
    forgetful.delete_before(first.partition, first.offset + 1)
    told = forgetful.explain(raised)
    assert [each["state"] for each in told["events"]] == ["deleted", *["found"] * (len(raised.evidence) - 1)]
    assert told["log"]["begin"] == first.offset + 1
    assert told["recomputed"]["result"] != "same"
    assert told["notes"][0].startswith(f"1 of the {len(raised.evidence)} listed events are no longer in the log")
    assert [forgetful.explain(each)["recomputed"]["result"] for each in others] == ["same"] * len(others)
