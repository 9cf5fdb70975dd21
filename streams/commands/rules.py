"""``rapport rules``: every rule with what can be set; ``rapport rules check FILE``: whether a settings file is good."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import click
import msgspec

import sinks
from streams.commands._options import config_option, json_option
from streams.knobs import Described, Knob, described_rules, described_types
from streams.settings import SettingsError, load

WIDTH = 100


@click.group("rules", invoke_without_command=True)
@json_option
@config_option
@click.pass_context
def command(ctx: click.Context, config: Path | None, *, as_json: bool) -> None:
    """Print every rule and relationship type with its knobs: unit, default, value in force, what a change does."""
    if ctx.invoked_subcommand is not None:
        return
    settings = load(config)
    for rule in (*described_rules(settings), *described_types(settings)):
        click.echo("\n".join(_lines(rule)) if not as_json else "\n".join(_json(knob) for knob in rule.knobs))


@command.command("check")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(path: Path) -> None:
    """Say whether FILE can be used as settings; exit code 2, the value and what is allowed if it can't.

    Neither the environment nor any other file plays a part.
    """
    try:
        settings = load(path, {})
        sinks.configured(settings)  # which connects to nothing
    except (SettingsError, sinks.SinkError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    sections = (*described_rules(settings), *described_types(settings))
    changed = [knob for each in sections for knob in each.knobs if knob.value != knob.default]
    for knob in changed:
        click.echo(f"{knob.rule}.{knob.name} = {_shown(knob.value)} ({_shown(knob.default)} by default)")
    click.echo(f"{path} is good: {len(changed)} knobs differ from their defaults; {settings.rules_version()}")


def _lines(rule: Described) -> list[str]:
    lines = [f"[{rule.section}]", *_wrapped(rule.about, "# ")]
    for knob in rule.knobs:
        differs = "" if knob.value == knob.default else f"  # {_shown(knob.default)} by default"
        lines += [*([""] if knob.about else []), *_wrapped(knob.about, "# "), f"{_setting(knob)}{differs}"]
    return [*lines, ""]


def _setting(knob: Knob) -> str:
    """The knob as TOML; commented out where TOML has no word for its value."""
    return f"# {knob.name} is not set" if knob.value is None else f"{knob.name} = {_shown(knob.value)}"


def _shown(value: Any) -> str:
    return "none" if value is None else msgspec.json.encode(value).decode()


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _json(knob: Knob) -> str:
    return msgspec.json.encode(knob._asdict()).decode()
