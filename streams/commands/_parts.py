"""The broker and the Redis that a command is told to use: started for it, or named."""

from __future__ import annotations

import os
import re
import signal
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import click

from streams.broker.parts import EmbeddedRedis, Part, PartError, choose_broker
from streams.setting_places import redacted
from streams.settings import PREFIX, checked_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

OURS = ("embedded", "apache")
EMBEDDED = "embedded"
_URL = re.compile(r"(redis|rediss|unix)://\S+")


def check_broker(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A click callback: embedded, apache, or HOST:PORT."""
    if value is None or value in OURS:
        return value
    try:
        return checked_address(value)
    except ValueError:
        raise click.BadParameter(
            f"{redacted(value)!r}; allowed: embedded, apache, or HOST:PORT of a running broker, PORT from 1 to 65535"
        ) from None


def check_redis(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A click callback: embedded, or a URL."""
    if value is not None and value != EMBEDDED and not _URL.fullmatch(value):
        raise click.BadParameter(f"{redacted(value)!r}; allowed: embedded, or a URL such as redis://127.0.0.1:6379/0")
    return value


@dataclass
class Parts:
    """The broker and the Redis in use: ``environment`` has the settings by which the roles find them.

    ``started`` are those that we run ourselves, ``own`` the settings of these alone.
    """

    environment: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    started: list[Part] = field(default_factory=list)

    def add(self, settings: dict[str, str], part: Part | None = None) -> None:
        """Take in what was named, or started by us."""
        named = {PREFIX + name: value for name, value in settings.items()}
        self.environment |= named
        if part is not None:
            self.own |= named
            self.started.append(part)


@contextmanager
def parts(broker: str | None, redis: str | None) -> Iterator[dict[str, str]]:
    """As ``running_parts``, for who wants the settings alone."""
    with running_parts(broker, redis) as found:
        yield found.environment


@contextmanager
def running_parts(broker: str | None, redis: str | None) -> Iterator[Parts]:
    """Start what is to be started, and give what the roles must know of it.

    All is stopped and removed at the end. Raises click.ClickException with the cure when a part can't run.
    """
    found = Parts()
    try:
        with ExitStack() as stack:
            if broker in OURS:
                found.add(*_started_broker(stack, broker))
            elif broker is not None:
                found.add({"BROKER__ADDRESS": broker})
            if redis == EMBEDDED:
                part = _started(stack, EmbeddedRedis())
                found.add({"REDIS__URL": part.address}, part)
            elif redis is not None:
                found.add({"REDIS__URL": redis})
            yield found
    except PartError as error:
        raise click.ClickException(str(error)) from error


def _started_broker(stack: ExitStack, kind: str) -> tuple[dict[str, str], Part]:
    part = choose_broker(kind)
    _started(stack, part)
    settings = {"BROKER__ADDRESS": part.address, "BROKER__SECURITY": "PLAINTEXT", "BROKER__USERNAME": ""}
    if not part.idempotent_producer:  # it holds joining roles and fetches back as well
        settings |= {"BROKER__IDEMPOTENT": "never", "BROKER__FETCH_WAIT_MS": "50"}
        settings |= {"BROKER__SESSION_SECONDS": "6", "BROKER__REBALANCE_SECONDS": "6"}
    return settings, part


def _started(stack: ExitStack, part: Part) -> Part:
    stack.enter_context(part)
    stack.callback(part.kill)  # what it holds is removed anyway, and Apache Kafka may take 15 s to end by itself
    return part


def environment_without(*sections: str) -> dict[str, str]:
    """Our environment without the settings of these sections."""
    names = tuple(f"{PREFIX}{section.upper()}__" for section in sections)
    return {name: value for name, value in os.environ.items() if not name.startswith(names)}


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, so that whatever was started is stopped before we end."""

    def interrupt(_: int, __: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
