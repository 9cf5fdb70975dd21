"""The composition root of the roles: from a name and the settings to something that runs."""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detectors import cohorts
from detectors.dead_feed import DeadFeed
from detectors.rules import discover
from sinks import found
from sinks.metrics import Metrics
from streams.broker import topics
from streams.broker.worker import run
from streams.ingest.refusal import RefusalReason

if TYPE_CHECKING:
    from streams.broker.role import Role
    from streams.settings import Settings

_CLASSES = {
    "ingest": "streams.ingest.role:IngestRole",
    "monitor": "streams.monitor.role:MonitorRole",
    "cohorts": "streams.cohorts.role:CohortsRole",
    "deliver": "streams.deliver.role:DeliverRole",
}
_ROLE_REASONS = ("bad_interaction", "no_stakeholder", "bad_count", "bad_alert", "bad_relationship")
DEAD_LETTER_REASONS = (*RefusalReason, *_ROLE_REASONS)
"""The closed set of reasons, as published in the schema of dead letters."""


def new_metrics(settings: Settings) -> Metrics:
    """The metrics of one role, with every label's closed set."""
    names = [settings.topic(topic.name) for topic in topics.needed(settings.broker.retention_days)]
    return Metrics(
        sources=(*topics.SOURCE_TOPICS, topics.INTERACTIONS, topics.COHORT_COUNTS),
        rules=(*discover(), *cohorts.discover(), DeadFeed.name),
        topics=names,
        sinks=found(),
        dead_letter_reasons=DEAD_LETTER_REASONS,
    )


def new_role(name: str, settings: Settings, metrics: Metrics) -> Role:
    """The role of that name."""
    module, attribute = _CLASSES[name].split(":")
    made: Any = getattr(importlib.import_module(module), attribute)(settings, metrics)
    role: Role = made
    return role


async def run_role(name: str, settings: Settings) -> None:
    """Run the role until it is told to end."""
    metrics = new_metrics(settings)
    directory = Path(tempfile.gettempdir()) / f"rapport-{os.getuid()}" / name  # Faust wants one; nothing is kept there
    await run(new_role(name, settings, metrics), settings, metrics, directory)
