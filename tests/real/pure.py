"""A set through `rapport map | rapport detect`, in this process and without a broker: the figures, and the alerts."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from click.testing import CliRunner

from detectors.interaction import Interaction
from detectors.wire import decode
from sinks.alert import decode_alert
from streams.commands import detect
from streams.commands import map as mapping
from streams.ingest.people import stakeholder
from streams.ingest.settings import IngestSettings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sinks.alert import Alert

MONTH_MS = 30 * 86_400_000
ORDER = IngestSettings().identity_order


@dataclass
class Figures:
    """What came of one set; ``alerts`` holds every version by (alert id, version).

    ``months`` is the length of the log, ``person_months`` how long people were known in it: each from their own first
    interaction to the end of the log. A month has 30 days.
    """

    records: int = 0
    interactions: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    people: int = 0
    months: float = 0.0
    person_months: float = 0.0
    map_seconds: float = 0.0
    detect_seconds: float = 0.0
    alerts: dict[tuple[str, int], Alert] = field(default_factory=dict)

    @property
    def opened(self) -> Counter[str]:
        """Distinct alerts by rule."""
        return Counter(rule for _, rule in {(alert.alert_id, alert.rule) for alert in self.alerts.values()})

    @property
    def ids(self) -> set[str]:
        """The ids of all alerts."""
        return {alert_id for alert_id, _ in self.alerts}

    @property
    def seconds(self) -> float:
        """Both commands."""
        return self.map_seconds + self.detect_seconds

    @property
    def per_thousand_and_month(self) -> float:
        """Alerts for 1,000 people and month."""
        return self.rate(len(self.ids))

    def rate(self, alerts: int) -> float:
        """So many alerts for 1,000 people and month."""
        return 1000 * alerts / max(self.person_months, 1e-9)


def write_records(records: Iterable[dict[str, Any]], path: Path) -> int:
    """Write records as JSON lines; gives how many."""
    number = 0
    with path.open("wb") as file:
        for number, record in enumerate(records, 1):  # noqa: B007 - the last number is how many
            file.write(msgspec.json.encode(record) + b"\n")
    return number


def run_pure(source: str, records: Path, config: Path) -> Figures:
    """Run both commands over a file of records; canonical interactions need no mapping."""
    figures = Figures()
    with records.open("rb") as lines:
        figures.records = sum(1 for _ in lines)
    interactions = records if source == "interactions" else _map(source, records, config, figures)
    started = time.perf_counter()
    detected = CliRunner().invoke(detect.command, ["--config", str(config), "--json", str(interactions)])
    figures.detect_seconds = time.perf_counter() - started
    assert detected.exit_code == 0, detected.output
    alerts = [decode_alert(line) for line in detected.stdout_bytes.splitlines()]
    figures.alerts = {(alert.alert_id, alert.version): alert for alert in alerts}
    _count(interactions, figures)
    return figures


def _map(source: str, records: Path, config: Path, figures: Figures) -> Path:
    interactions = records.with_suffix(".interactions.jsonl")
    started = time.perf_counter()
    mapped = CliRunner().invoke(mapping.command, ["--config", str(config), source, str(records)])
    figures.map_seconds = time.perf_counter() - started
    assert mapped.exit_code in (0, 1), mapped.output
    interactions.write_bytes(mapped.stdout_bytes)
    for line in mapped.stderr.splitlines()[:-1]:  # FILE:LINE: REASON: DETAIL, then the summary
        figures.refused[line.removeprefix(str(records)).split(": ")[1]] += 1
    return interactions


def _count(interactions: Path, figures: Figures) -> None:
    since: dict[str, int] = {}
    last = 0
    with interactions.open("rb") as lines:
        for line in lines:
            interaction = decode(line)
            assert isinstance(interaction, Interaction)
            figures.interactions += 1
            who = interaction.stakeholder or stakeholder(interaction.identities or {}, ORDER)
            since[who] = min(interaction.occurred_at, since.get(who, interaction.occurred_at))
            last = max(last, interaction.occurred_at)
    figures.people = len(since)
    figures.months = (last - min(since.values(), default=last)) / MONTH_MS
    figures.person_months = sum(last - first for first in since.values()) / MONTH_MS
