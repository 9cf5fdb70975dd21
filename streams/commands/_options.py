"""Options that several commands share."""

from __future__ import annotations

import functools
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from streams.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, nothing else on stdout.")

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file; rapport.toml here if there is one, by default.",
)


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config`` and hand the loaded settings to the command as its first argument."""

    @config_option
    @functools.wraps(command)
    def loaded(config: Path | None, **arguments: Any) -> Any:
        return command(load(config), **arguments)

    return loaded


def log_to_stderr(level: int = logging.INFO) -> None:
    """Log plain lines to stderr; the libraries below us only when something is wrong."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname).1s %(name)s: %(message)s", force=True)
    for noisy in ("aiokafka", "faust", "mode"):
        logging.getLogger(noisy).setLevel(max(level, logging.ERROR))
