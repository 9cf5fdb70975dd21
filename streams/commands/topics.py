"""``rapport topics``: make the topics, or compare the cluster with what is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from streams.commands._broker import asked
from streams.commands._options import with_settings

if TYPE_CHECKING:
    from streams.settings import Settings


@click.command("topics")
@click.option("--create", "wanted", flag_value="create", help="Create what is missing; leave the rest as it is.")
@click.option("--check", "wanted", flag_value="check", help="Say what is missing or set otherwise; exit code 1 if so.")
@with_settings
def command(settings: Settings, wanted: str | None) -> None:
    """Create the topics on the cluster, or check them."""
    from streams.broker import topics  # noqa: PLC0415 - Faust takes half a second to import

    if wanted is None:
        raise click.UsageError("give --create or --check")
    if wanted == "create":
        made = asked(topics.create(settings), settings)
        click.echo(f"created {len(made)}: {', '.join(made)}" if made else "all topics were there")
        return
    faults = asked(topics.check(settings), settings)
    for fault in faults:
        click.echo(fault)
    if faults:
        raise SystemExit(1)
    click.echo("all topics are as needed")
