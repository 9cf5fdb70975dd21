"""The broker and the Redis that a command is told to use: started for it, or named."""

from __future__ import annotations

import os
import re
import signal
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from streams.broker.parts import EmbeddedRedis, PartError, choose_broker
from streams.settings import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

OURS = ("embedded", "apache")
EMBEDDED = "embedded"
_PLACES = re.compile(r"[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*|\[[0-9a-fA-F:]+\]:\d{1,5}")
_URL = re.compile(r"(redis|rediss|unix)://\S+")


def check_broker(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A click callback: embedded, apache, or HOST:PORT."""
    if value is not None and value not in OURS and not _PLACES.fullmatch(value):
        raise click.BadParameter(f"{value!r}; allowed: embedded, apache, or HOST:PORT of a running broker")
    return value


def check_redis(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A click callback: embedded, or a URL."""
    if value is not None and value != EMBEDDED and not _URL.fullmatch(value):
        raise click.BadParameter(f"{value!r}; allowed: embedded, or a URL such as redis://127.0.0.1:6379/0")
    return value


@contextmanager
def parts(broker: str | None, redis: str | None) -> Iterator[dict[str, str]]:
    """Start what is to be started; gives the settings, as environment variables, by which the roles find it.

    All is stopped and removed at the end. Raises click.ClickException with the cure when a part can't run.
    """
    environment: dict[str, str] = {}
    try:
        with ExitStack() as stack:
            if broker is not None and broker in OURS:
                part = choose_broker(broker)
                stack.enter_context(part)
                environment |= {"BROKER__ADDRESS": part.address, "BROKER__SECURITY": "PLAINTEXT"}
                if not part.idempotent_producer:  # it holds joining roles and fetches back as well
                    environment |= {"BROKER__IDEMPOTENT": "never", "BROKER__FETCH_WAIT_MS": "50"}
                    environment |= {"BROKER__SESSION_SECONDS": "6", "BROKER__REBALANCE_SECONDS": "6"}
            elif broker is not None:
                environment["BROKER__ADDRESS"] = broker
            if redis == EMBEDDED:
                environment["REDIS__URL"] = stack.enter_context(EmbeddedRedis()).address
            elif redis is not None:
                environment["REDIS__URL"] = redis
            yield {PREFIX + name: value for name, value in environment.items()}
    except PartError as error:
        raise click.ClickException(str(error)) from error


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
