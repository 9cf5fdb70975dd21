"""What a role needs on the cluster, looked at before it starts: later errors would tell less."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from streams.broker.topics import partition_counts

if TYPE_CHECKING:
    from streams.broker.role import Role
    from streams.settings import Broker

log = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 8.0
"""A broker that comes up takes a moment to know its topics."""


class PartitionsError(ValueError):
    """A topic and the changelog of what is made of it have different numbers of partitions."""


async def check(role: Role, broker: Broker) -> None:
    """Raise TopicMissingError or PartitionsError, with the cure, unless the role finds what it needs.

    Warns when the cluster has another number of partitions than ``broker.partitions``: workers go by the cluster.
    """
    changelogs = [(topic, changelog) for topic in role.topics if (changelog := role.changelog(topic)) is not None]
    needed = (*role.topics, *role.produces, *(changelog for _, changelog in changelogs))
    counts = await partition_counts(broker, needed, patience_seconds=PATIENCE_SECONDS)
    for topic, changelog in changelogs:
        if counts[topic] != counts[changelog]:
            raise PartitionsError(_unequal(topic, counts[topic], changelog, counts[changelog]))
    others = {name: count for name, count in counts.items() if count != broker.partitions}
    if others:
        told = ", ".join(f"{name} {count}" for name, count in others.items())
        log.warning("broker.partitions is %d, the cluster has other numbers, which count: %s", broker.partitions, told)


def _unequal(topic: str, count: int, changelog: str, kept: int) -> str:
    said = f"topic {topic} has {count} partitions and its changelog {changelog} has {kept}; allowed: as many"
    if kept < count:
        return f"{said}: `kafka-topics.sh --alter --topic {changelog} --partitions {count}` mends it"
    return f"{said}: delete {changelog} and create it with {count}; its state is then made anew from {topic}"
