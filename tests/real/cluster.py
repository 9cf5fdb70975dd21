"""A set through a real broker: `rapport replay` in, the roles as processes, and the alerts that come out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition

from sinks.alert import Alert, decode_alert

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
RAPPORT = [sys.executable, "-m", "streams"]
ROLES = ("ingest", "monitor", "cohorts")
QUIET_SECONDS = 12.0
"""How long no further alert may come until all have: several ticks, by which time passes."""
LONGEST_SECONDS = 300.0

Alerts = dict[tuple[str, int], Alert]


class Cluster:
    """One broker with topics of one prefix; ``is_idempotent`` is False for the embedded one."""

    def __init__(self, address: str, prefix: str, config: Path, *, is_idempotent: bool) -> None:
        self.address = address
        self.prefix = prefix
        self.folder = config.parent
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")},
            "PYTHONPATH": str(ROOT),
            "RAPPORT_BROKER__ADDRESS": address,
            "RAPPORT_BROKER__TOPIC_PREFIX": prefix,
            "RAPPORT_BROKER__IDEMPOTENT": "always" if is_idempotent else "never",
            "RAPPORT_BROKER__SESSION_SECONDS": "6",
            "RAPPORT_BROKER__REBALANCE_SECONDS": "6",
            **{f"RAPPORT_METRICS__PORTS__{role.upper()}": "0" for role in ROLES},
        }
        self.config = config

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [*RAPPORT, *arguments, "--config", str(self.config)],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )

    @contextlib.contextmanager
    def roles(self) -> Iterator[None]:
        """Run the roles; they are asked to end with the context, and killed if they don't."""
        started = [self._start(role) for role in ROLES]
        try:
            yield
            ended = [role for role, process in zip(ROLES, started, strict=True) if process.poll() is not None]
            assert not ended, f"{', '.join(ended)} ended by itself: {self._words(ended[0])}"
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{self.prefix}{role}.log").open("wb") as log:
            return subprocess.Popen(
                [*RAPPORT, "worker", role, "--config", str(self.config)],
                env=self.environment,
                cwd=self.folder,
                stderr=log,
            )

    def _words(self, role: str) -> str:
        return (self.folder / f"{self.prefix}{role}.log").read_text()[-2000:]

    async def alerts(self, source: str, records: int) -> tuple[Alerts, float]:
        """Every alert once none has come for a while after all was read; and when the last one came (monotonic)."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, enable_auto_commit=False)
        await consumer.start()
        try:
            places = self._places(consumer, "alerts")
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            found: Alerts = {}
            end = time.monotonic() + LONGEST_SECONDS
            last = time.monotonic()
            while time.monotonic() - last < QUIET_SECONDS or not await self._is_read(source, records):
                assert time.monotonic() < end, f"not all was read within {LONGEST_SECONDS:g} s"
                fetched = await consumer.getmany(timeout_ms=500)
                for batch in fetched.values():
                    last = time.monotonic()
                    for record in batch:
                        alert = decode_alert(record.value)
                        found[alert.alert_id, alert.version] = alert
            return found, last
        finally:
            await consumer.stop()

    async def _is_read(self, source: str, records: int) -> bool:
        """Whether the group that reads the source has committed all that was sent."""
        role = "monitor" if source == "interactions" else "ingest"
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.address, group_id=f"{self.prefix}rapport-{role}", enable_auto_commit=False
        )
        await consumer.start()
        try:
            places = self._places(consumer, source)
            consumer.assign(places)
            committed = [await consumer.committed(place) or 0 for place in places]
            return sum(committed) >= records
        finally:
            await consumer.stop()

    def _places(self, consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
        return [TopicPartition(self.prefix + topic, number) for number in range(4)]


def run_brokered(cluster: Cluster, source: str, records: Path, count: int) -> tuple[Alerts, float, float]:
    """Replay a file through the roles; gives the alerts, seconds until the last one, and records replayed a second."""
    made = cluster.command("topics", "--create")
    assert made.returncode == 0, made.stderr
    with cluster.roles():
        started = time.monotonic()
        sent = cluster.command("replay", source, str(records))
        assert sent.returncode == 0, sent.stderr
        replay_seconds = time.monotonic() - started
        alerts, last = asyncio.run(cluster.alerts(source, count))
    return alerts, max(0.0, last - started), count / replay_seconds
