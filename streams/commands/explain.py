"""``rapport explain ALERT_ID``: why an alert was raised, recomputed from the log."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import click
import msgspec

from sinks.redis_reading import RedisReading
from sinks.terminal import NARROWEST
from streams.commands._broker import asked
from streams.commands._options import json_option, with_settings
from streams.commands._progress import WorkProgress
from streams.commands._view import new_client, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinks.alert import Alert
    from streams.explaining.explanation import Explanation
    from streams.settings import Settings

_WIDEST = 120


@click.command("explain")
@click.argument("alert_id", metavar="ALERT_ID")
@click.option("--version", type=click.IntRange(min=1), help="Which version of the alert; the latest by default.")
@json_option
@with_settings
def command(settings: Settings, *, alert_id: str, version: int | None, as_json: bool) -> None:
    """Show what an alert counted, recompute it from the log, and say what would have prevented it.

    The partition in which its events lie is applied anew with the rules in force, from its beginning to the alert.
    Where retention has deleted events, or the beginning, and where the rules have changed since, that is said.
    """
    with contextlib.ExitStack() as stack:
        made = asked(_explained(settings, alert_id, version, _watch(stack)), settings)
    if as_json:
        click.echo(msgspec.json.encode(made))
        return
    from streams.explaining.report import report  # noqa: PLC0415 - as below

    width = max(NARROWEST, min(shutil.get_terminal_size((88, 24)).columns, _WIDEST))
    for line in report(made, width):
        click.echo(line)


async def _explained(
    settings: Settings, alert_id: str, version: int | None, watch: Callable[[int, int], None]
) -> Explanation:
    from streams.explaining.explaining import explain  # noqa: PLC0415 - Faust takes half a second to import
    from streams.explaining.lookup import UnknownAlertError, look_up  # noqa: PLC0415

    seen = await _seen(settings, alert_id)
    try:
        alert = await look_up(settings, alert_id, version, seen)
    except UnknownAlertError as error:
        raise click.ClickException(str(error)) from None
    return await explain(settings, alert, watch)


async def _seen(settings: Settings, alert_id: str) -> Alert | None:
    """The alert as the live view has it; without a view the log is asked instead."""
    if not settings.redis.url.get_secret_value():
        return None
    client = new_client(settings)
    try:
        with told(client):
            return await RedisReading(client, prefix=settings.redis.prefix).alert(alert_id)
    except click.ClickException as error:
        click.echo(f"rapport: {error.message}; the alert is looked for in the log", err=True)
        return None
    finally:
        await client.aclose()


def _watch(stack: contextlib.ExitStack) -> Callable[[int, int], None]:
    """Shows how far the recount has come, from its first records on."""
    shown: list[WorkProgress] = []

    def watch(records: int, total: int) -> None:
        if not shown:
            shown.append(stack.enter_context(WorkProgress("recount", total)))
        shown[0].update(records, records)

    return watch
