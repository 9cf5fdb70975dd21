"""``rapport alerts``: the alerts of the live view as cards or JSON, and what comes next."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple, get_args

import click
import msgspec

from sinks import SinkError
from sinks.alert import Alert, Status, encode_alert
from sinks.redis_reading import OPEN
from sinks.terminal import NARROWEST, card
from sinks.wording import SEVERITY_RANK, clean, clip, counted
from streams.commands._options import json_option, with_settings
from streams.commands._view import open_view, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from sinks.redis_reading import RedisReading
    from streams.settings import Settings

STATUSES: tuple[Status, ...] = get_args(Status)
_WIDEST = 120
_AGAIN_SECONDS = 1.0


class Wanted(NamedTuple):
    """Which alerts to show: of one person or all, of these statuses (none: any), those that are folded as well."""

    stakeholder: str | None
    statuses: Collection[Status]
    with_folded: bool

    def has(self, alert: Alert) -> bool:
        """Whether the alert is one of them."""
        return (
            self.stakeholder in (None, alert.stakeholder)
            and (not self.statuses or alert.status in self.statuses)
            and (self.with_folded or alert.folded_into is None)
        )


@click.command("alerts")
@click.option("--follow", is_flag=True, help="Then go on: show each change as it comes, until interrupted.")
@click.option("--stakeholder", metavar="ID", help="Only those about this person.")
@click.option(
    "--status",
    "statuses",
    type=click.Choice(STATUSES),
    multiple=True,
    help="Only those; may be given several times. By default: open and updated ones; while following, all.",
)
@click.option(
    "--folded",
    is_flag=True,
    help="Those too that an open alert about many people stands for; by default only with --stakeholder.",
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Of those there are.")
@click.option(
    "--top", is_flag=True, help="Instead: the rules and the people with the most open alerts, at most so many."
)
@json_option
@with_settings
def command(
    settings: Settings,
    *,
    top: bool,
    follow: bool,
    stakeholder: str | None,
    statuses: tuple[Status, ...],
    folded: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Show alerts from the live view, the most severe first and the oldest first among these."""
    if top:
        if follow or stakeholder is not None or statuses or folded:
            raise click.UsageError("--top counts all open alerts; allowed with it: --limit, --json")
        run(_show_top(settings, limit, as_json=as_json))
        return
    wanted = Wanted(stakeholder, statuses, with_folded=folded or stakeholder is not None)
    run(_show(settings, wanted, follow=follow, limit=limit, as_json=as_json))


async def _show(settings: Settings, wanted: Wanted, *, follow: bool, limit: int, as_json: bool) -> None:
    async with open_view(settings) as view:
        end = await view.end()  # before the list is read: what changes meanwhile is seen twice rather than never
        shown: dict[str, int] = {}
        found = await view.alerts(
            statuses=wanted.statuses or OPEN,
            stakeholder=wanted.stakeholder,
            limit=limit,
            with_folded=wanted.with_folded,
        )
        for alert in found:
            shown[alert.alert_id] = alert.version
            show(alert, as_json=as_json)
        if not follow:
            if not found and not as_json:
                click.echo("no alerts of this kind", err=True)
            return
        async for alert in _changes(view, end):
            if wanted.has(alert) and shown.get(alert.alert_id, 0) < alert.version:
                shown[alert.alert_id] = alert.version
                show(alert, as_json=as_json)


async def _show_top(settings: Settings, limit: int, *, as_json: bool) -> None:
    async with open_view(settings) as view:
        for rule, count in await view.top_rules(limit):
            told = {"rule": rule, "open_alerts": count}
            click.echo(msgspec.json.encode(told) if as_json else f"{clean(rule):<32}  {counted(count, 'open alert')}")
        for person, weight in await view.top_stakeholders(limit):
            open_alerts = await view.alerts(statuses=OPEN, stakeholder=person)
            told = {"stakeholder": person, "open_alerts": len(open_alerts), "weight": weight}
            worst = max((alert.severity for alert in open_alerts), key=SEVERITY_RANK.__getitem__, default="info")
            who = f"{clip(clean(person), 32):<32}  {counted(len(open_alerts), 'open alert')}, the worst {worst}"
            click.echo(msgspec.json.encode(told) if as_json else who)


async def _changes(view: RedisReading, after: str) -> AsyncIterator[Alert]:
    """Follow the view for ever, through outages of Redis too: what is missed meanwhile stands in ``alerts`` again."""
    while True:
        try:
            async for alert in view.follow(after=after):
                yield alert
        except SinkError as error:
            click.echo(f"rapport: {error}; waiting for it", err=True)
            after = await _back(view)


async def _back(view: RedisReading) -> str:
    while True:
        await asyncio.sleep(_AGAIN_SECONDS)
        try:
            return await view.end()
        except SinkError:
            continue


def show(alert: Alert, *, as_json: bool) -> None:
    """Print one alert: a line of JSON, or a card."""
    if as_json:
        click.echo(encode_alert(alert))
        return
    width = max(NARROWEST, min(shutil.get_terminal_size((88, 24)).columns, _WIDEST))
    click.echo(card(alert, width, colour=sys.stdout.isatty()) + "\n")
