"""``rapport relationships``: who stands how with the company, from the live view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sinks.relationship import Relationship, encode_relationship
from sinks.wording import clean, clip, counted, label, moment
from streams.commands._options import json_option, with_settings
from streams.commands._view import open_view, run

if TYPE_CHECKING:
    from streams.settings import Settings

_WHO = 32


@click.command("relationships")
@click.option("--type", "wanted", metavar="TYPE", help="Only those of this type, regular_joe for example.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="At most so many a type."
)
@json_option
@with_settings
def command(settings: Settings, *, wanted: str | None, limit: int, as_json: bool) -> None:
    """List relationships by type, the last seen first."""
    run(_show(settings, wanted, limit=limit, as_json=as_json))


async def _show(settings: Settings, wanted: str | None, *, limit: int, as_json: bool) -> None:
    async with open_view(settings) as view:
        counts = await view.relationship_types()
        if wanted is not None and wanted not in counts:
            allowed = ", ".join(sorted(counts)) or "none: nobody is known yet"
            raise click.ClickException(f"nobody is of type {wanted!r}; there are: {allowed}")
        for name in sorted(counts) if wanted is None else [wanted]:
            if not as_json:
                click.echo(f"{clean(label(name))}: {counts[name]:,} {'person' if counts[name] == 1 else 'people'}")
            for record in await view.relationships(name, limit=limit):
                click.echo(encode_relationship(record) if as_json else line(record))
    if not counts and not as_json:
        click.echo("nobody is known yet", err=True)


def line(record: Relationship) -> str:
    """One person on one line."""
    due = moment(record.next_deadline) if record.next_deadline else "none"
    who = clip(clean(record.stakeholder), _WHO)
    opened = f", {counted(len(record.open_alerts), 'open alert')}" if record.open_alerts else ""
    return f"  {who:<{_WHO}}  last seen {moment(record.last_seen)}, next deadline {due}{opened}"
