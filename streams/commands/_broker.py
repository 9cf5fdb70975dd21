"""Waiting for what a broker answers, its errors in one sentence."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import click
from aiokafka.errors import KafkaError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from streams.settings import Settings

T = TypeVar("T")


def asked(work: Coroutine[Any, Any, T], settings: Settings) -> T:
    """What the work gives; click.ClickException naming the broker when that fails or the topic is missing."""
    from streams.files.replaying import TopicMissingError  # noqa: PLC0415 - Faust takes half a second to import

    try:
        return asyncio.run(work)
    except TopicMissingError as error:
        raise click.ClickException(str(error)) from None
    except (KafkaError, OSError) as error:
        raise click.ClickException(f"broker {settings.broker.address}: {error or type(error).__name__}") from error


def source_topic(settings: Settings, source: str | None) -> str | None:
    """The topic whose records of that name were buried; click.UsageError naming the topics there are."""
    homes = buried_topics(settings)
    if source is None:
        return None
    if settings.topic(source) not in homes:
        raise click.UsageError(f"{source!r} is no source; allowed: {', '.join(sorted(homes.values()))}")
    return settings.topic(source)


def buried_topics(settings: Settings) -> dict[str, str]:
    """The topics whose records may become dead letters: their names on the cluster, with the names without prefix."""
    from streams.broker import topics  # noqa: PLC0415 - as above

    names = (*topics.SOURCE_TOPICS, topics.INTERACTIONS, topics.COHORT_COUNTS, topics.ALERTS, topics.RELATIONSHIPS)
    return {settings.topic(name): name for name in names}
