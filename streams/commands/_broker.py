"""Waiting for what a broker answers, its errors in one sentence."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click
from aiokafka.errors import KafkaConnectionError, KafkaError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from streams.settings import Settings

T = TypeVar("T")


def asked(work: Coroutine[Any, Any, T], settings: Settings) -> T:
    """What the work gives; click.ClickException naming the broker when that fails or a topic is missing."""
    with broker_errors(settings):
        return asyncio.run(work)


@contextmanager
def broker_errors(settings: Settings) -> Iterator[None]:
    """Turn what a broker or its absence raises into click.ClickException: one sentence, with the cure.

    Meanwhile nothing of the client's own log lines is printed; why it could not connect becomes part of the sentence.
    """
    from streams.broker.topics import TopicMissingError  # noqa: PLC0415 - Faust takes half a second to import

    log = logging.getLogger("aiokafka")
    words = _Words()
    propagates, log.propagate = log.propagate, False
    log.addHandler(words)
    try:
        yield
    except TopicMissingError as error:
        raise click.ClickException(str(error)) from None
    except (KafkaError, OSError) as error:
        raise click.ClickException(sentence(settings, error, words.last)) from error
    finally:
        log.removeHandler(words)
        log.propagate = propagates


def sentence(settings: Settings, error: BaseException, why: str = "") -> str:
    """What a broker's error means, naming the broker; with the cure when nobody answers there."""
    address = settings.broker.address
    if not isinstance(error, KafkaConnectionError | ConnectionError):
        return f"broker {address}: {error or type(error).__name__}"
    cure = "start it, or set broker.address (RAPPORT_BROKER__ADDRESS) to where it runs"
    return f"broker {address} can't be reached{f' ({why})' if why else ''}: {cure}"


class _Words(logging.Handler):
    """Keeps why the client could not connect, the last reason it logged; nothing for a mere refusal."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Take the reason out of the client's line about one address."""
        why = next(iter(reversed(record.args)), None) if isinstance(record.args, tuple) else None
        if isinstance(why, BaseException) and not isinstance(why, ConnectionRefusedError):
            self.last = str(why) or type(why).__name__


def known_reason(reason: str | None) -> str | None:
    """A reason of dead letters, None for any; click.UsageError naming the reasons there are."""
    from streams.roles import DEAD_LETTER_REASONS  # noqa: PLC0415 - as above

    if reason is None or reason in DEAD_LETTER_REASONS:
        return reason
    raise click.UsageError(f"{reason!r} is no reason; allowed: {', '.join(sorted(DEAD_LETTER_REASONS))}")


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
