"""``rapport rebuild``: the live view wiped and made anew from the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click

from sinks import SinkError
from sinks.redis_view import RedisView
from streams.broker import whole_batches
from streams.broker.restore import RestoreError
from streams.commands._broker import asked
from streams.commands._options import log_to_stderr, with_settings
from streams.commands._progress import WorkProgress
from streams.commands._view import new_client, sentence
from streams.deliver.rebuilding import Built, Page, rebuild
from streams.deliver.role import state_readers
from streams.deliver.state_log import measure, read_states
from streams.deliver.view_writer import ViewWriter

if TYPE_CHECKING:
    from streams.settings import Settings

TRIES = 3


@click.command("rebuild")
@with_settings
def command(settings: Settings) -> None:
    """Wipe the live view in Redis and make it anew from the compacted topics. Harmless while workers run."""
    log_to_stderr(logging.WARNING)
    whole_batches.install()
    try:
        built = asked(_rebuild(settings), settings)
    except RestoreError as error:
        raise click.ClickException(f"broker {settings.broker.address}: {error}") from None
    click.echo(f"the view is made anew: {built.sentence()}")


async def _rebuild(settings: Settings) -> Built:
    client = new_client(settings)
    view = RedisView(client, prefix=settings.redis.prefix, kept_days=settings.redis.resolved_days)
    try:
        for _ in range(TRIES):
            total = await measure(
                settings.broker, state_readers(settings)
            )  # a view is better than no broker and no view
            await view.wipe()
            built = await _fill(view, settings, total)
            if built is not None:
                return built
            click.echo("rapport: Redis was flushed meanwhile: once more", err=True)
    except SinkError as error:
        raise click.ClickException(sentence(client, error)) from None
    finally:
        await view.close()
    raise click.ClickException(f"Redis was flushed {TRIES} times while the view was made anew: find out by whom")


async def _fill(view: RedisView, settings: Settings, total: int) -> Built | None:
    records = 0
    with WorkProgress("the view", total) as progress:

        def report(page: Page) -> None:
            nonlocal records
            records += len(page.changes)
            progress.update(records, page.offsets)

        return await rebuild(ViewWriter(view), read_states(settings.broker, state_readers(settings)), report)
