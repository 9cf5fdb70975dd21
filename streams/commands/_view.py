"""What the commands that look into the live view share: the way there, and what to say when there is none."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import click

from sinks import Reason, SinkError
from sinks.redis_connection import connect
from sinks.redis_reading import RedisReading
from sinks.redis_view import RedisView
from streams.deliver.lane import end
from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

    from redis.asyncio import Redis

    from streams.settings import Settings

INCOMPLETE = (
    "the view is empty or being made anew: what follows may be incomplete;"
    " `rapport worker deliver` fills it while it runs, `rapport rebuild` at once"
)


@asynccontextmanager
async def open_view(settings: Settings) -> AsyncIterator[RedisReading]:
    """The view to be read; says on stderr when it is incomplete. Raises ClickException when Redis is not there."""
    client = new_client(settings)
    try:
        with told(client):
            if await RedisView(client, prefix=settings.redis.prefix).flushed(RedisView.layout):
                click.echo(f"rapport: {INCOMPLETE}", err=True)
            yield RedisReading(client, prefix=settings.redis.prefix)
    finally:
        await client.aclose()


def new_client(settings: Settings) -> Redis:
    """A client of the configured Redis; raises SettingsError."""
    url = settings.redis.url.get_secret_value()
    if not url:
        raise SettingsError("redis.url is empty: there is no live view; allowed: redis://HOST:PORT/0")
    try:
        return connect(url)
    except ValueError as error:
        raise SettingsError(str(error)) from None


@contextmanager
def told(client: Redis) -> Iterator[None]:
    """Turn what goes wrong with Redis into one sentence with the cure."""
    try:
        yield
    except SinkError as error:
        raise click.ClickException(sentence(client, error)) from None


def sentence(client: Redis, error: SinkError) -> str:
    """What is wrong and what helps; never the password."""
    place: dict[str, Any] = client.connection_pool.connection_kwargs
    where = place.get("path") or f"{place.get('host', 'localhost')}:{place.get('port', 6379)}"
    if error.reason is Reason.MISCONFIGURED:
        return f"Redis at {where} refuses us: set user and password in redis.url (RAPPORT_REDIS__URL or …_FILE)"
    if error.reason in (Reason.CONNECTION_LOST, Reason.TIMED_OUT):
        return f"Redis at {where} does not answer: start it, or set redis.url (RAPPORT_REDIS__URL) to where it runs"
    return f"Redis at {where}: {error}; `rapport rebuild` makes the view anew"


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run the work of a command; raises KeyboardInterrupt on Ctrl-C. Who closes our stdout wants no more of it."""
    try:
        asyncio.run(_until_interrupted(work))
    except BrokenPipeError:
        sys.stderr.close()  # else Python complains at the end about what it could not flush


async def _until_interrupted(work: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()
    loop.add_signal_handler(signal.SIGINT, interrupted.set)
    working, waiting = loop.create_task(work), loop.create_task(interrupted.wait())
    await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if interrupted.is_set():
        await end(working)
        raise KeyboardInterrupt
    await working
