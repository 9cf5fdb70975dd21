"""Every topic that Rapport needs, what it is for, and how it must be set on the cluster."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from streams.broker.connection import client_settings
from streams.ingest.mappings import found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.settings import Broker, Settings

INTERACTIONS: Final = "interactions"
ALERTS: Final = "alerts"
ALERT_STATE: Final = "alert-state"
RELATIONSHIPS: Final = "relationships"
COHORT_COUNTS: Final = "cohort-counts"
DEAD_LETTERS: Final = "dead-letters"
MONITOR_CHANGELOG: Final = "monitor-changelog"
COHORTS_CHANGELOG: Final = "cohorts-changelog"
PAGE_VIEWS: Final = "page-views"
PAGE_VIEWS_CHANGELOG: Final = "ingest-page-views-changelog"

SOURCE_TOPICS: Final = tuple(source for source in found() if source != INTERACTIONS)
"""The topics that ``ingest`` reads: one for each mapping but the canonical one."""

LARGEST_RECORD_BYTES: Final = 12 * 1024 * 1024
DEAD_LETTER_HEAD_BYTES: Final = 64 * 1024
"""What a dead letter's headers may add to a record that is as large as its own topic takes."""
_HOUR_MS: Final = 3_600_000
_EVENTS: Final = {"cleanup.policy": "delete", "message.timestamp.type": "LogAppendTime"}
_STATE: Final = {
    "cleanup.policy": "compact",
    "message.timestamp.type": "LogAppendTime",
    "min.cleanable.dirty.ratio": "0.1",
    "delete.retention.ms": str(7 * 24 * _HOUR_MS),
}


ASK_AGAIN_SECONDS: Final = 0.3
PATIENCE_SECONDS: Final = 1.5


class TopicMissingError(LookupError):
    """Topics are not on the cluster; the message names them and the cure."""


@dataclass(frozen=True)
class Topic:
    """One topic: ``name`` without the prefix, and the settings it is created with."""

    name: str
    settings: dict[str, str]
    purpose: str


def needed(retention_days: float) -> list[Topic]:
    """Every topic, in the order of an event's way."""
    events = {**_EVENTS, "retention.ms": str(int(retention_days * 24 * _HOUR_MS))}
    large = {**events, "max.message.bytes": str(LARGEST_RECORD_BYTES)}
    largest = {**events, "max.message.bytes": str(LARGEST_RECORD_BYTES + DEAD_LETTER_HEAD_BYTES)}
    changelog = {
        **_STATE,
        "min.compaction.lag.ms": str(10 * 60_000),  # longer than a worker that lost its partitions may go on writing
        "segment.ms": str(_HOUR_MS),
    }
    return [
        *(Topic(source, large, "source events, as the source writes them") for source in SOURCE_TOPICS),
        Topic(PAGE_VIEWS_CHANGELOG, changelog, "open sessions"),
        Topic(INTERACTIONS, large, "what people did, and the ticks by which time passes"),
        Topic(MONITOR_CHANGELOG, changelog, "what is known of each person"),
        Topic(ALERTS, events, "alerts, every version"),
        Topic(ALERT_STATE, _STATE, "the latest version of each alert"),
        Topic(RELATIONSHIPS, _STATE, "how each person stands with the company"),
        Topic(COHORT_COUNTS, events, "counts that name nobody, and whose alerts were opened"),
        Topic(COHORTS_CHANGELOG, changelog, "what is known of each cohort"),
        Topic(DEAD_LETTERS, largest, "records that could not be used, untouched"),
    ]


async def partition_counts(broker: Broker, names: Iterable[str], *, patience_seconds: float) -> dict[str, int]:
    """How many partitions each of these topics has.

    Raises TopicMissingError when some are not known after so many seconds: a broker that just came up, or a topic that
    was just made, is not known at once.
    """
    wanted = list(dict.fromkeys(names))
    end = time.monotonic() + patience_seconds
    admin = AIOKafkaAdminClient(**client_settings(broker))
    try:
        await admin.start()
        while True:
            # asked without names: by name, a broker with auto-creation would make what is missing
            known = {
                each["topic"]: len(each["partitions"]) for each in await admin.describe_topics() if _is_whole(each)
            }
            missing = [name for name in wanted if name not in known]
            if not missing:
                return {name: known[name] for name in wanted}
            if time.monotonic() >= end:
                raise TopicMissingError(_missing(missing))
            await asyncio.sleep(ASK_AGAIN_SECONDS)
    finally:
        await admin.close()


async def partitions_of(broker: Broker, topic: str) -> int:
    """How many partitions the topic has; TopicMissingError if there is none, told soon: for commands."""
    return (await partition_counts(broker, [topic], patience_seconds=PATIENCE_SECONDS))[topic]


def _is_whole(topic: Any) -> bool:
    return not topic["error_code"] and bool(topic["partitions"])


def _missing(names: list[str]) -> str:
    if len(names) == 1:
        return f"topic {names[0]} is missing; `rapport topics --create` makes it"
    return f"topics {', '.join(names)} are missing; `rapport topics --create` makes them"


async def create(settings: Settings) -> list[str]:
    """Create what is missing; gives the names created. Existing topics are left as they are."""
    broker = settings.broker
    admin = AIOKafkaAdminClient(**client_settings(broker))
    try:
        await admin.start()
        wanted = [
            NewTopic(
                settings.topic(topic.name),
                num_partitions=broker.partitions,
                replication_factor=broker.replication,
                topic_configs=topic.settings,
            )
            for topic in needed(broker.retention_days)
        ]
        answer = await admin.create_topics(wanted)
    finally:
        await admin.close()
    made = []
    for name, code, *rest in answer.topic_errors:
        error = for_code(code)
        if code == 0:
            made.append(name)
        elif error is not TopicAlreadyExistsError:
            raise error(f"topic {name}: {rest[0] if rest and rest[0] else error.description}")
    return made


async def check(settings: Settings) -> list[str]:
    """What the cluster lacks or has otherwise, one sentence each; empty when all is as needed."""
    admin = AIOKafkaAdminClient(**client_settings(settings.broker))
    try:
        await admin.start()
        wanted = {settings.topic(topic.name): topic for topic in needed(settings.broker.retention_days)}
        there = {topic["topic"]: topic for topic in await admin.describe_topics()}
        faults = []
        for name, topic in wanted.items():
            found = there.get(name)
            if found is None or found["error_code"]:
                faults.append(_missing([name]))
                continue
            partitions = len(found["partitions"])
            if partitions != settings.broker.partitions:
                faults.append(f"topic {name} has {partitions} partitions; needed: {settings.broker.partitions}")
            faults += await _differences(admin, name, topic.settings)
        return faults
    finally:
        await admin.close()


async def _differences(admin: AIOKafkaAdminClient, name: str, wanted: dict[str, str]) -> list[str]:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    present = {entry[0]: entry[1] for answer in answers for resource in answer.resources for entry in resource[4]}
    return [
        f"topic {name} has {key}={present[key]}; needed: {value}"
        for key, value in wanted.items()
        if key in present and present[key] != value
    ]
