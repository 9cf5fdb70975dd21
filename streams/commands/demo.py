"""``rapport demo``: everything in one command, for people who want to see it work."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from aiokafka.errors import KafkaError

from streams.commands._options import json_option, with_settings
from streams.commands._parts import (
    EMBEDDED,
    OURS,
    check_broker,
    environment_without,
    parts,
    sigterm_interrupts,
)
from streams.demo.casting import DAYS, FEWEST_PEOPLE, MOST_PEOPLE, cast
from streams.demo.settings import FEED_FAILS_FROM_SECONDS, demo_environment
from streams.settings import PREFIX, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streams.demo.casting import Cast
    from streams.settings import Settings

FEWEST_SECONDS = 5.0


@click.command("demo")
@click.option(
    "--seconds",
    type=click.FloatRange(FEWEST_SECONDS, 3600),
    default=75.0,
    show_default=True,
    help=f"Real time in which {DAYS} days pass.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another company for every number.")
@click.option(
    "--people",
    type=click.IntRange(FEWEST_PEOPLE, MOST_PEOPLE),
    default=400,
    show_default=True,
    help="How many live in the company's world.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of the company's months (UTC); yesterday by default. With the seed it decides every alert.",
)
@click.option(
    "--broker",
    callback=check_broker,
    default=EMBEDDED,
    metavar="embedded|apache|HOST:PORT",
    help="Start one, or use that one, with topics of our own that are removed afterwards.",
)
@json_option
@with_settings
def command(
    _: Settings,
    *,
    seconds: float,
    seed: int,
    people: int,
    until: datetime | None,
    broker: str,
    as_json: bool,
) -> None:
    """Let a simulated company live through months in a minute, and show what Rapport raises.

    Starts a broker, Redis and all roles, and removes everything at the end.
    """
    company = cast(seed=seed, people=people, start=_first_day(until), feed_fails=seconds >= FEED_FAILS_FROM_SECONDS)
    config = click.get_current_context().params["config"]
    click.echo(f"Starting {'a broker, ' if broker in OURS else ''}Redis and the four roles...", err=True)
    with sigterm_interrupts(), _surroundings(config, broker, company) as (settings, environment):
        is_over = _perform(company, settings, environment, config=config, seconds=seconds, as_json=as_json)
    if not is_over:
        raise click.Abort


def _perform(
    company: Cast,
    settings: Settings,
    environment: dict[str, str],
    *,
    config: Path | None,
    seconds: float,
    as_json: bool,
) -> bool:
    """Perform the company's months; False when interrupted."""
    from streams.demo.screen import Screen  # noqa: PLC0415 - Faust takes half a second to import
    from streams.demo.stage import Stage, StageError  # noqa: PLC0415 - likewise
    from streams.running.role_programs import RolePrograms  # noqa: PLC0415 - likewise

    async def perform() -> bool:
        roles = RolePrograms(settings, config=config, environment=environment)
        return await Stage(settings, roles, company, seconds=seconds, screen=Screen(as_json=as_json)).run()

    try:
        return asyncio.run(perform())
    except (StageError, KafkaError, OSError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _surroundings(config: Path | None, broker: str, company: Cast) -> Iterator[tuple[Settings, dict[str, str]]]:
    """Broker, Redis, topics, and a folder for what the roles put down; gives the settings and environment of all."""
    from streams.broker import topics  # noqa: PLC0415 - Faust takes half a second to import
    from streams.demo.borrowed import give_back, new_prefix  # noqa: PLC0415 - likewise

    with parts(broker, EMBEDDED) as found, tempfile.TemporaryDirectory(prefix="rapport-demo-") as directory:
        ours = demo_environment(feed_fails=company.feed_fails)
        is_borrowed = broker not in OURS
        ours[f"{PREFIX}BROKER__TOPIC_PREFIX"] = new_prefix() if is_borrowed else ""
        environment = {**environment_without("deliver", "metrics"), **found, **ours, "TMPDIR": directory}
        settings = load(config, environment)
        try:
            asyncio.run(topics.create(settings))
            yield settings, environment
        except (KafkaError, OSError) as error:
            raise click.ClickException(f"broker {settings.broker.address}: {error}") from error
        finally:
            if is_borrowed:
                asyncio.run(give_back(settings))


def _first_day(until: datetime | None) -> int:
    """The beginning (epoch ms) of the first of the days that end with that one."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = midnight if until is None else min(midnight, until.replace(tzinfo=UTC) + timedelta(days=1))
    return int((end - timedelta(days=DAYS)).timestamp()) * 1000
