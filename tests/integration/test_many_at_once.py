"""Thirty people leave at the same step within hours: monitor, cohorts and deliver as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from detectors.interaction import CHANNEL_CODES, KIND_CODES, PARTY_CODES, Channel, Interaction, Kind, Party
from detectors.windows import DAY_MS, HOUR_MS
from detectors.wire import SourceProgress, Tick, encode_compact, encode_tick
from sinks.alert import Alert, decode_alert
from streams.broker.parts import ApacheKafka, EmbeddedBroker, EmbeddedRedis
from tests.fakes.slack import FakeSlack
from tests.integration.test_deliver import ROOT, Stage, on_both_brokers, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.redis

START: Final = int(time.time() * 1000) // DAY_MS * DAY_MS - 40 * DAY_MS
BROKEN: Final = START + 20 * DAY_MS
FIRST, PEOPLE, LOUD = 12, 30, 3


class Company(Stage):
    """A stage with all roles but ingest, of which the test writes what it would say."""

    def __init__(self, broker: Any, redis: EmbeddedRedis, slack: FakeSlack, directory: Path) -> None:
        super().__init__(broker, redis, slack, directory)
        self.address = broker.address
        self.environment |= {
            "RAPPORT_RULES__EXIT_SPIKE__CALIBRATION": "0.1",
            "RAPPORT_METRICS__PORTS__MONITOR": "0",
            "RAPPORT_METRICS__PORTS__COHORTS": "0",
        }

    def start(self, role: str) -> None:
        """A worker of this role."""
        with self.log.open("ab") as log, self.output.open("ab") as output:
            command = [sys.executable, "-m", "streams", "worker", role]
            process = subprocess.Popen(command, stdout=output, stderr=log, cwd=ROOT, env=os.environ | self.environment)
        self._workers.append(process)

    async def happens(self, person: str, at: int, kind: Kind, **details: Any) -> None:
        """An interaction of a customer."""
        interaction = Interaction(
            KIND_CODES[kind], at, f"{person}-{at}", "visits", details.pop("channel", CHANNEL_CODES[Channel.SITE]),
            party=PARTY_CODES[Party.CUSTOMER], **details,
        )  # fmt: skip
        await self.put("interactions", person, encode_compact(interaction))

    async def leaves(self, person: str, at: int) -> None:
        """Somebody leaves at the payment three times within an hour."""
        for number in range(3):
            await self.happens(person, at + number * 1_200_000, Kind.FUNNEL_EXITED, step="payment", funnel="checkout")

    async def complains(self, person: str, at: int) -> None:
        """Somebody complains on three channels."""
        places = (Channel.PHONE, Channel.MAIL, Channel.CHAT)
        for place in places:
            at += 60_000
            channel = CHANNEL_CODES[place]
            await self.happens(person, at, Kind.TICKET_OPENED, channel=channel, complaint=True)

    async def passes(self, at: int) -> None:
        """Time goes on, for everybody."""
        for number in range(2):
            value = encode_tick(Tick(at, [SourceProgress("visits", 0, at)]))
            await self._producer.send_and_wait(self.settings.topic("interactions"), value, partition=number)

    async def versions(self) -> list[Alert]:
        """All that is on ``alerts`` so far."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, auto_offset_reset="earliest")
        await consumer.start()
        found: list[Alert] = []
        try:
            places = [TopicPartition(self.settings.topic("alerts"), number) for number in range(2)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            while records := await consumer.getmany(timeout_ms=1000):
                found += [decode_alert(each.value) for page in records.values() for each in page]
        finally:
            await consumer.stop()
        return found

    def alerts_shown(self, *options: str) -> list[dict[str, Any]]:
        """What ``rapport alerts`` says."""
        done = self.run("alerts", "--json", *options)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def broker(request: pytest.FixtureRequest) -> Iterator[ApacheKafka | EmbeddedBroker]:
    with getattr(request, "param", EmbeddedBroker)() as part:
        yield part


@pytest.fixture
async def company(broker: Any, tmp_path: Path) -> AsyncIterator[Company]:
    with EmbeddedRedis() as redis:
        async with FakeSlack() as slack, Company(broker, redis, slack, tmp_path) as made:
            yield made


@on_both_brokers
async def test_thirty_who_leave_at_the_same_step_are_one_alert_and_few_messages(company: Company) -> None:
    for role in ("monitor", "cohorts", "deliver"):
        company.start(role)
    await company.passes(START)
    for number in range(FIRST):
        await company.leaves(f"c-{number}", BROKEN + number * 60_000)
    await company.passes(BROKEN + 2 * HOUR_MS)
    client: Any = company.client

    def is_told(rule: str, number: int) -> bool:
        text = company.output.read_text()
        return text.count(f"- {rule} -") >= number

    await until(lambda: is_told("exit spike", FIRST) and is_told("many at once", 2), company)
    reason = "rapport:alerts:many:exit_spike:customer:step:payment"
    await until(lambda: client.exists(reason), company)

    for number in range(FIRST, PEOPLE):
        await company.leaves(f"c-{number}", BROKEN + 2 * HOUR_MS + number * 60_000)
    for number in range(LOUD):
        await company.complains(f"loud-{number}", BROKEN + 3 * HOUR_MS)
    await company.passes(BROKEN + 12 * HOUR_MS)

    async def is_complete() -> bool:
        """Whether the view has everybody folded."""
        folded = [one async for one in client.scan_iter(match="rapport:alerts:folded:*")]
        held = [one async for one in client.scan_iter(match="rapport:alert:*")]
        return len(folded) == PEOPLE and len(held) == PEOPLE + LOUD + 1

    await until(is_complete, company)
    await until(lambda: is_told("third channel", LOUD), company)

    shown = company.alerts_shown()
    assert sorted(each["rule"] for each in shown) == ["many_at_once", *["third_channel"] * LOUD]
    [many] = [each for each in shown if each["rule"] == "many_at_once"]
    everybody = {f"c-{number}" for number in range(PEOPLE)}
    assert (many["cohort"]["size"], set(many["cohort"]["members"])) == (PEOPLE, everybody)
    assert many["cohort"]["where"] == {"rule": "exit_spike", "party": "customer", "step": "payment"}
    folded = [each for each in company.alerts_shown("--folded", "--limit", "1000") if "folded_into" in each]
    assert {each["stakeholder"] for each in folded} == everybody
    assert {each["folded_into"] for each in folded} == {many["alert_id"]}
    assert {each["alert_id"] for each in folded} == set(many["folded"])

    singles = {each["alert_id"] for each in folded}
    first = {each["alert_id"] for each in folded if int(each["stakeholder"][2:]) < FIRST}
    loud = {each["alert_id"] for each in shown if each["rule"] == "third_channel"}
    await until(lambda: loud | {many["alert_id"]} <= {name for name, _ in company.posted()}, company)
    assert singles & company.printed().keys() == first
    assert singles & {name for name, _ in company.posted()} <= first  # some were still waiting for Slack
    assert max(company.posted().values()) == 1
    assert sum(company.posted().values()) <= FIRST + LOUD + 4 < PEOPLE

    await company.passes(BROKEN + 5 * DAY_MS)  # nobody else: it is over, and those who still have an alert are shown
    await until(lambda: "- resolved - many at once -" in company.output.read_text(), company)

    async def is_gone() -> bool:
        return not await client.exists(reason)

    await until(is_gone, company)
    again = company.alerts_shown("--limit", "1000")
    assert {each["stakeholder"] for each in again if each["rule"] == "exit_spike"} == everybody
    assert all("folded_into" not in each for each in again)

    versions = await company.versions()
    alerts = {(each.alert_id, each.version) for each in versions}
    assert len(alerts) == len(versions)
    assert {each.rule for each in versions} == {"exit_spike", "many_at_once", "third_channel"}
    assert len({each.alert_id for each in versions if each.rule == "many_at_once"}) == 1
