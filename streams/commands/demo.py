"""``rapport demo``: everything in one command, for people who want to see it work."""

from __future__ import annotations

import asyncio
import math
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from aiokafka.errors import KafkaError

from streams.commands._broker import asked
from streams.commands._options import json_option
from streams.commands._parts import (
    EMBEDDED,
    OURS,
    check_broker,
    environment_without,
    parts,
    sigterm_interrupts,
)
from streams.demo.casting import DAYS, FEWEST_PEOPLE, MOST_PEOPLE, cast
from streams.demo.settings import demo_environment
from streams.settings import PREFIX, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.demo.casting import Cast
    from streams.running.role_programs import RolePrograms
    from streams.settings import Settings

FEWEST_SECONDS = 5.0
_OURS_ALONE = ("deliver", "metrics", "ingest", "monitor", "rules")
"""Sections of the settings that the surroundings do not reach: the same seed must give the same alerts anywhere."""


def _check_number(_: click.Context, __: click.Parameter, value: float) -> float:
    """A click callback: what is no number is in every range."""
    if math.isnan(value):
        raise click.BadParameter(f"{value}; allowed: a number of seconds")
    return value


@click.command("demo")
@click.option(
    "--seconds",
    type=click.FloatRange(FEWEST_SECONDS, 3600),
    callback=_check_number,
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
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file to play by; the defaults, and no rapport.toml from here, without it.",
)
def command(
    *,
    seconds: float,
    seed: int,
    people: int,
    until: datetime | None,
    broker: str,
    as_json: bool,
    config: Path | None,
) -> None:
    """Let a simulated company live through months in a minute, and show what Rapport raises.

    Starts a broker, Redis and all roles, and removes everything at the end.
    """
    company = cast(seed=seed, people=people, start=_first_day(until))
    if config is not None:
        load(config, {})  # what is wrong with it is said before anything is started
    click.echo(f"Starting {'a broker, ' if broker in OURS else ''}Redis and the four roles...", err=True)
    with sigterm_interrupts(), _surroundings(config, broker) as (settings, roles):
        is_over = _perform(company, settings, roles, seconds=seconds, as_json=as_json)
    if not is_over:
        raise click.Abort


def _perform(company: Cast, settings: Settings, roles: RolePrograms, *, seconds: float, as_json: bool) -> bool:
    """Perform the company's months; False when interrupted."""
    from streams.demo.screen import Screen  # noqa: PLC0415 - Faust takes half a second to import
    from streams.demo.stage import Stage, StageError  # noqa: PLC0415 - likewise

    async def perform() -> bool:
        return await Stage(settings, roles, company, seconds=seconds, screen=Screen(as_json=as_json)).run()

    try:
        return asyncio.run(perform())
    except (StageError, KafkaError, OSError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _surroundings(config: Path | None, broker: str) -> Iterator[tuple[Settings, RolePrograms]]:
    """Broker, Redis, topics, and a folder for what the roles put down; gives the settings and the roles under them."""
    from streams.broker import topics  # noqa: PLC0415 - Faust takes half a second to import
    from streams.demo.borrowed import new_prefix  # noqa: PLC0415 - likewise
    from streams.running.role_programs import RolePrograms  # noqa: PLC0415 - likewise

    with parts(broker, EMBEDDED) as found, tempfile.TemporaryDirectory(prefix="rapport-demo-") as directory:
        if config is None:
            config = Path(directory, "defaults.toml")  # else each role would take up a rapport.toml from here
            config.touch()
        ours = demo_environment()
        is_borrowed = broker not in OURS
        ours[f"{PREFIX}BROKER__TOPIC_PREFIX"] = new_prefix() if is_borrowed else ""
        environment = {**environment_without(*_OURS_ALONE), **found, **ours, "TMPDIR": directory}
        settings = load(config, environment)
        has_begun = False
        try:
            asked(topics.create(settings), settings)
            has_begun = True
            yield settings, RolePrograms(settings, config=config, environment=environment)
        finally:
            if is_borrowed:
                _give_back(settings, is_missed=has_begun)


def _give_back(settings: Settings, *, is_missed: bool) -> None:
    """Remove the demo's topics from a broker that others use; where that fails, say what is left, if there is any."""
    from streams.demo.borrowed import give_back  # noqa: PLC0415 - Faust takes half a second to import

    try:
        asked(give_back(settings), settings)
    except click.ClickException:
        if is_missed:
            name = f"{settings.broker.topic_prefix}*"
            click.echo(f"rapport: the topics {name} could not be removed from {settings.broker.address}", err=True)


def _first_day(until: datetime | None) -> int:
    """The beginning (epoch ms) of the first of the days that end with that one."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = midnight if until is None else min(midnight, until.replace(tzinfo=UTC) + timedelta(days=1))
    return int((end - timedelta(days=DAYS)).timestamp()) * 1000
