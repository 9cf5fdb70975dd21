"""`rapport replay`, `dead-letters` and `redrive` on real brokers."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from click.testing import CliRunner, Result

from sinks.dead_letter import DeadLetterHeaders, encode_headers
from streams.broker.parts import ApacheKafka, EmbeddedBroker
from streams.commands import cli
from tests.streams.commands.samples import complaint, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PREFIXES = itertools.count()
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


class Sent(NamedTuple):
    key: bytes | None
    value: bytes | None


class Company:
    """One company's topics on a broker, and `rapport` with settings that lead there."""

    def __init__(self, part: ApacheKafka | EmbeddedBroker, folder: Path) -> None:
        self.address = part.address
        self.prefix = f"t{next(PREFIXES)}-"
        self.folder = folder
        self.keeps_notes = isinstance(part, ApacheKafka)
        self.environment = {
            "RAPPORT_BROKER__ADDRESS": part.address,
            "RAPPORT_BROKER__TOPIC_PREFIX": self.prefix,
            "RAPPORT_BROKER__IDEMPOTENT": "always" if part.idempotent_producer else "never",
        }

    def rapport(self, *arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner(env=self.environment).invoke(cli, list(arguments), input=stdin)

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def records(self, topic: str) -> list[Sent]:
        """Everything in the topic, by partition."""
        return asyncio.run(self._records(topic))

    def bury_at_once(self, letters: list[tuple[str, str, bytes, bytes]]) -> None:
        """Put (source, reason, value, key) into one partition of the dead letters as one batch."""
        asyncio.run(self._bury_at_once(letters))

    def bury(self, *letters: tuple[str, str, bytes, bytes | None], partitions: int = 4) -> None:
        """Put (source, reason, value, key) into so many partitions of the dead letters, in turn."""
        asyncio.run(self._bury(letters, partitions))

    async def _records(self, topic: str) -> list[Sent]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address)
        await consumer.start()
        try:
            places = [TopicPartition(self.prefix + topic, number) for number in range(4)]
            end = await consumer.end_offsets(places)
            found: list[Sent] = []
            for place in places:
                consumer.assign([place])
                consumer.seek(place, 0)
                while await consumer.position(place) < end[place]:
                    got = await consumer.getmany(timeout_ms=1000)
                    end[place] = max(end[place], consumer.highwater(place) or 0)  # the embedded broker understates it
                    found += [Sent(record.key, record.value) for record in got.get(place, ())]
            return found
        finally:
            await consumer.stop()

    async def _bury_at_once(self, letters: list[tuple[str, str, bytes, bytes]]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.address)
        await producer.start()
        try:
            batch = producer.create_batch()
            for number, (source, reason, value, key) in enumerate(letters):
                headers = self._headers(number, source, reason, key)
                batch.append(key=source.encode(), value=value, timestamp=None, headers=headers)
            await (await producer.send_batch(batch, f"{self.prefix}dead-letters", partition=0))
        finally:
            await producer.stop()

    def _headers(self, number: int, source: str, reason: str, key: bytes | None) -> list[tuple[str, Any]]:
        headers: list[tuple[str, Any]] = encode_headers(
            DeadLetterHeaders(
                topic=self.prefix + source,
                partition="0",
                offset=str(number),
                time="2024-01-01T00:00:00.000Z",
                reason=reason,
                detail=f"detail {number}",
            )
        )
        return headers + ([] if key is None else [("key", key)])

    async def _bury(self, letters: tuple[tuple[str, str, bytes, bytes | None], ...], partitions: int) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.address)
        await producer.start()
        try:
            for number, (source, reason, value, key) in enumerate(letters):
                headers = self._headers(number, source, reason, key)
                await producer.send_and_wait(
                    f"{self.prefix}dead-letters",
                    value,
                    key=source.encode(),
                    headers=headers,
                    partition=number % partitions,
                )
        finally:
            await producer.stop()


@pytest.fixture(scope="module", params=[embedded, apache])
def part(request: pytest.FixtureRequest) -> Iterator[ApacheKafka | EmbeddedBroker]:
    with request.param() as started:
        yield started


@pytest.fixture(scope="module", params=[apache])
def kafka(request: pytest.FixtureRequest) -> Iterator[ApacheKafka]:
    with request.param() as started:
        yield started


def company_on(part: ApacheKafka | EmbeddedBroker, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("RAPPORT_")]:
        monkeypatch.delenv(name)
    made = Company(part, folder)
    created = made.rapport("topics", "--create")
    assert created.exit_code == 0, created.output
    return made


@pytest.fixture
def company(part: ApacheKafka | EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    return company_on(part, tmp_path, monkeypatch)


@pytest.fixture
def kafka_company(kafka: ApacheKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    return company_on(kafka, tmp_path, monkeypatch)


def order(number: int, person: str = "c-1", at: int = 1_700_000_000_000) -> bytes:
    properties = {"order_id": f"o-{number}", "total": 5}
    call = {"event": "Order Completed", "userId": person, "timestamp": at, "properties": properties}
    return json.dumps(call).encode()


def test_values_are_sent_untouched_under_the_key_of_their_mapping(company: Company) -> None:
    values = [order(number, f"c-{number % 7}") for number in range(1000)]
    result = company.rapport("replay", "purchases", company.file("a.jsonl", b"\n".join(values)))
    assert result.exit_code == 0, result.output
    assert "1,000 records sent to " in result.stderr
    sent = company.records("purchases")
    assert sorted(each.value or b"" for each in sent) == sorted(values)
    assert all(each.key == json.loads(each.value or b"")["userId"].encode() for each in sent)


def test_one_persons_records_keep_their_order(company: Company) -> None:
    values = [order(number) for number in range(500)]
    files = [company.file("a.jsonl", b"\n".join(values[:250])), company.file("b.jsonl", b"\n".join(values[250:]))]
    assert company.rapport("replay", "purchases", *files).exit_code == 0
    assert [each.value for each in company.records("purchases")] == values


def test_records_of_nobody_are_spread_over_the_partitions(company: Company) -> None:
    assert company.rapport("replay", "purchases", "-", stdin=b"{}\n" * 8).exit_code == 0
    assert company.records("purchases") == [Sent(None, b"{}")] * 8


def test_a_bad_line_is_named_and_the_rest_is_sent(company: Company) -> None:
    path = company.file("a.jsonl", order(1) + b"\nno json\n" + order(2))
    result = company.rapport("replay", "purchases", path)
    assert result.exit_code == 1
    assert f"{path}:2: no JSON: " in result.stderr
    assert "1 line refused" in result.stderr
    assert len(company.records("purchases")) == 2


def test_interactions_are_keyed_by_whom_they_are_of(company: Company) -> None:
    known = {"id": "i", "occurred_at": 1_700_000_000_000, "kind": "login_made", "source": "crm", "channel": "site"}
    lines = [known | {"stakeholder": "s-1"}, known | {"identities": {"email": "a@b.example"}}, known]
    content = b"\n".join(json.dumps(each).encode() for each in lines)
    result = company.rapport("replay", "interactions", "-", stdin=content)
    assert result.exit_code == 1
    assert "stdin:3: no_identity" in result.stderr
    assert {each.key for each in company.records("interactions")} == {b"s-1", b"email:a@b.example"}


def test_a_topic_that_is_missing_is_not_made_by_accident(company: Company) -> None:
    company.environment["RAPPORT_BROKER__TOPIC_PREFIX"] = "nobodys-"
    for _ in range(2):
        result = company.rapport("replay", "purchases", "-", stdin=order(1))
        assert result.exit_code == 1
        assert "topic nobodys-purchases is missing; `rapport topics --create` makes it" in result.stderr


def test_a_backtest_of_the_topic_gives_the_alerts_of_a_backtest_of_the_file(company: Company) -> None:
    angry = [
        complaint(day + person / 1000, channel, person=f"c-{person}")
        for day, channel in enumerate(("phone", "chat", "twitter"))
        for person in range(800)
    ]
    history = company.file("history.jsonl", lines(*angry))
    rules = company.file("new.toml", b"[rules.third_channel]\nchannels = 2\n")
    assert company.rapport("replay", "interactions", history).exit_code == 0
    of_file = company.rapport("backtest", history, "--rules", rules, "--json", "--examples", "1000")
    of_topic = company.rapport("backtest", "--topic", "--rules", rules, "--json", "--examples", "1000")
    assert (of_file.exit_code, of_topic.exit_code) == (0, 0), of_topic.stderr
    header, *told = of_topic.stdout.splitlines()
    assert (json.loads(header)["interactions"], json.loads(header)["partitions"]) == (2_400, 4)
    assert [json.loads(line)["changed"] for line in told if '"total"' in line] == [800]
    assert [line for line in told if '"dead_feed"' not in line] == of_file.stdout.splitlines()[1:]


def test_at_a_speed_events_take_their_own_time(company: Company) -> None:
    content = b"\n".join(order(number, at=1_700_000_000_000 + number * 60_000) for number in range(4))
    started = time.monotonic()
    assert company.rapport("replay", "purchases", "-", "--speed", "120", stdin=content).exit_code == 0
    assert 1.4 < time.monotonic() - started < 30  # three minutes, 120 times as fast


def test_interrupted_it_ends_with_130_and_all_that_was_read_is_sent(company: Company) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "streams", "replay", "purchases", "-"],
        env={**os.environ, **company.environment, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - else a test run in the background never hears of it
    )
    assert process.stdin is not None
    try:
        process.stdin.write(b"".join(order(number) + b"\n" for number in range(3)))
        process.stdin.flush()
        end = time.monotonic() + 30
        while len(company.records("purchases")) < 3:  # they arrive though the input is still open
            assert time.monotonic() < end
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, said
    assert b"3 records sent to " in said


def test_dead_letters_are_listed_with_reason_origin_and_a_look_at_the_bytes(company: Company) -> None:
    company.bury(
        ("purchases", "not_json", b"\x1b[2J" + b"x" * 500, b"c-1"),
        ("tweets", "missing_field", b'{"a": 1}', None),
    )
    result = company.rapport("dead-letters")
    assert result.exit_code == 0, result.output
    assert "2 dead letters" in result.stderr
    assert "\x1b" not in result.stdout
    assert "not_json  from " in result.stdout
    assert "detail 0" in result.stdout
    assert "504 bytes: \\x1b[2Jxxx" in result.stdout
    [one] = [
        json.loads(line) for line in company.rapport("dead-letters", "--json", "--source", "tweets").stdout.splitlines()
    ]
    assert (one["reason"], one["value"], one["key"], one["letter"]) == ("missing_field", '{"a": 1}', None, "1:0")


def test_no_dead_letter_is_left_out_however_they_were_batched(company: Company) -> None:
    """The embedded broker's ListOffsets understates the end by the last batch but one record."""
    for size in (1, 4, 10):
        company.bury_at_once([("purchases", "not_json", b"%d" % number, b"c-1") for number in range(size)])
    assert company.rapport("dead-letters").stderr == "15 dead letters\n"
    assert company.rapport("redrive").stdout == "15 dead letters sent back\n"
    assert len(company.records("purchases")) == 15


def test_dead_letters_are_chosen_by_reason_time_and_number(company: Company) -> None:
    company.bury(
        *(("purchases", "not_json" if number % 2 else "too_deep", b"%d" % number, None) for number in range(10)),
        partitions=1,  # within one the order is that of the offsets, whatever the clock says
    )
    listed = company.rapport("dead-letters", "--json", "--reason", "not_json", "--limit", "3")
    assert [json.loads(line)["value"] for line in listed.stdout.splitlines()] == ["5", "7", "9"]
    assert "3 dead letters, the newest 3 of 5" in listed.stderr
    assert company.rapport("dead-letters", "--json", "--since", "2099-01-01").stdout == ""


def test_redriven_letters_go_back_under_their_key_and_only_once(company: Company) -> None:
    company.bury(("purchases", "not_json", b"one", b"c-1"), ("tweets", "bad_value", b"two", None))
    dry = company.rapport("redrive", "--dry-run")
    assert dry.stdout == "2 dead letters would be sent back\n"
    assert company.records("purchases") == []
    assert company.rapport("redrive").stdout == "2 dead letters sent back\n"
    assert company.records("purchases") == [Sent(b"c-1", b"one")]
    assert company.records("tweets") == [Sent(None, b"two")]
    assert company.rapport("redrive").stdout == "0 dead letters sent back; 2 had been sent back before\n"
    assert len(company.records("purchases")) == 1


def test_a_broker_that_keeps_no_notes_is_said_to_forget_what_was_sent_out_of_turn(company: Company) -> None:
    company.bury(*(("purchases", "not_json", b"%d" % number, b"c-1") for number in range(3)), partitions=1)
    path = company.file("mended.jsonl", b'{"letter": "0:2", "value": "mended"}')
    first = company.rapport("redrive", "--file", path).stdout
    again = company.rapport("redrive", "--file", path).stdout
    forgets = "; this broker forgets which: those behind one that was not sent would be sent again by another redrive"
    if company.keeps_notes:
        assert (first, again) == (
            "1 dead letters sent back\n",
            "0 dead letters sent back; 1 had been sent back before\n",
        )
    else:
        assert (first, again) == (f"1 dead letters sent back{forgets}\n",) * 2


def test_a_worker_without_its_topics_ends_with_one_sentence(company: Company) -> None:
    company.environment["RAPPORT_BROKER__TOPIC_PREFIX"] = "nobodys-"
    process = subprocess.run(
        [sys.executable, "-m", "streams", "worker", "cohorts"],
        env={**os.environ, **company.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 1
    names = (
        "nobodys-cohort-counts, nobodys-alerts, nobodys-alert-state, nobodys-dead-letters, nobodys-cohorts-changelog"
    )
    assert process.stderr == f"rapport: topics {names} are missing; `rapport topics --create` makes them\n"


def test_a_later_letter_is_redriven_alone(company: Company) -> None:
    company.bury(*(("purchases", "not_json", b"%d" % number, b"c-1") for number in range(4)))
    company.rapport("redrive")
    company.bury(("purchases", "not_json", b"again", b"c-1"))
    assert company.rapport("redrive").stdout == "1 dead letters sent back; 4 had been sent back before\n"
    assert [each.value for each in company.records("purchases")].count(b"again") == 1


def test_a_letter_that_names_no_topic_of_ours_stays(company: Company) -> None:
    company.bury(("monitor-changelog", "not_json", b"forged", b"c-1"))
    result = company.rapport("redrive")
    assert result.exit_code == 1
    assert "1 stay: they don't name a source topic" in result.stdout
    assert company.records("monitor-changelog") == []


def test_whatever_is_asked_for_each_letter_is_sent_once(kafka_company: Company) -> None:
    company = kafka_company
    company.bury(
        *(
            (source, reason, f"{source} {reason} {number}".encode(), b"c-1")
            for number in range(4)
            for source in ("purchases", "tweets")
            for reason in ("not_json", "bad_value")
        )
    )
    assert company.rapport("redrive", "--reason", "bad_value").stdout.startswith("8 dead letters sent")
    assert company.rapport("redrive", "--source", "tweets").stdout.startswith("4 dead letters sent back; 4 had been")
    assert company.rapport("redrive").stdout.startswith("4 dead letters sent back; 12 had been")
    sent = [each.value for each in company.records("purchases") + company.records("tweets")]
    assert len(sent) == len(set(sent)) == 16


def test_mended_records_take_the_place_of_their_letters(kafka_company: Company) -> None:
    company = kafka_company
    company.bury(
        ("purchases", "not_json", b'{"a": 1', b"c-1"),
        ("purchases", "bad_value", b"{}", None),
        ("tweets", "not_json", b"x", None),
    )
    listed = [json.loads(line) for line in company.rapport("dead-letters", "--json", "--full").stdout.splitlines()]
    places = {each["value"]: each["letter"] for each in listed}
    mended = [
        {"letter": places['{"a": 1'], "value": '{"a": 1}', "reason": "not_json"},
        {"letter": places["{}"], "value": {"b": [1, 2]}},
        {"letter": "3:999", "value": "nothing"},
    ]
    path = company.file("mended.jsonl", b"\n".join(json.dumps(each).encode() for each in mended))
    result = company.rapport("redrive", "--file", path)
    assert result.exit_code == 1
    assert result.stdout == "2 dead letters sent back; there is no letter 3:999\n"
    assert set(company.records("purchases")) == {Sent(b"c-1", b'{"a": 1}'), Sent(None, b'{"b": [1, 2]}')}
    assert company.rapport("redrive").stdout == "1 dead letters sent back; 2 had been sent back before\n"
