"""What a monitor leaves on a cluster: interactions, and the alerts that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from detectors.partition import Partition
from detectors.rules import discover
from sinks.alert import Alert, encode_alert
from streams.broker import reading
from streams.broker.topics import TopicMissingError
from streams.monitor.alerts import person_alert
from streams.monitor.core import new_core
from streams.settings import Settings
from tests.detectors.explained import LIVES
from tests.streams.broker.fake_consumer import FakeConsumer, Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.detectors.lives import Record


OFF: Final = {name: {"enabled": False} for name in discover() if name not in {rule for rule, _, _ in LIVES.values()}}
"""Rules that these lives are not about."""
RULES: Final = Settings(rules=OFF)
COMPLAINTS: Final = """
    day 1   10:00  ticket_opened   mail     complaint  "it broke"
    day 2   10:00  purchase_made   shop     by=bob
    day 3   11:00  call_made       phone    complaint
    day 9   08:00  mention_made    twitter  complaint  "still broken"
    day 10  08:00  purchase_made   shop     by=bob
"""


class FakeLog:
    """The topics ``interactions``, ``alerts`` and ``alert-state`` after the monitor has been through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.topics: dict[str, list[Kept]] = {"interactions": [], "alerts": [], "alert-state": []}
        self.begins: dict[str, int] = {}
        monkeypatch.setattr(FakeConsumer, "topics", self.topics)
        monkeypatch.setattr(FakeConsumer, "begins", self.begins)
        monkeypatch.setattr(reading, "AIOKafkaConsumer", FakeConsumer)

        async def one(_: Any, topic: str) -> int:
            if topic not in self.topics:
                raise TopicMissingError(f"topic {topic} is missing")
            return 1

        monkeypatch.setattr(reading, "partitions_of", one)

    def monitor(self, settings: Settings, records: Sequence[Record]) -> list[Alert]:
        """Put the records into the log, and the alerts that follow from them."""
        core = new_core(settings)
        partition = Partition(core)
        made = []
        self.topics["interactions"] += [Kept(each.offset, each.key, each.value, each.timestamp) for each in records]
        partition.apply(records)
        for each in partition.raised:
            rule = core.rules[each.rule]
            version = settings.rules_version()
            made.append(person_alert(each, rule, topic="interactions", partition=0, rules_version=version))
        for alert in made:
            self.put(alert)
        return made

    def put(self, alert: Alert) -> None:
        """Publish a version of an alert."""
        value = encode_alert(alert)
        alerts, state = self.topics["alerts"], self.topics["alert-state"]
        alerts.append(Kept(len(alerts), (alert.stakeholder or "").encode(), value))
        state.append(Kept(len(state), alert.alert_id.encode(), value))

    def forget(self, alert: Alert) -> None:
        """Publish that nobody knows of the alert any more."""
        state = self.topics["alert-state"]
        state.append(Kept(len(state), alert.alert_id.encode(), None))

    def delete_before(self, topic: str, offset: int) -> None:
        """What retention does."""
        self.begins[topic] = offset
        self.topics[topic][:] = [record for record in self.topics[topic] if record.offset >= offset]
