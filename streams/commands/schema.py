"""``rapport schema``: the published schemas, and the AsyncAPI document that ties them to the topics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from sinks.schemas import VERSION, schemas
from streams.commands._files import data_lines
from streams.commands._options import json_option, with_settings

if TYPE_CHECKING:
    from streams.settings import Settings

ASYNCAPI = "asyncapi"


@click.command("schema")
@click.argument("name", required=False)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write each into a file NAME.json of this folder."
)
@json_option
@with_settings
def command(settings: Settings, name: str | None, out: Path | None, *, as_json: bool) -> None:
    """Print the schema NAME, or without NAME the list of all; `asyncapi` is the AsyncAPI 3 document.

    Of each record there is a strict schema for who writes it and a tolerant one for who reads it;
    `interaction.v1.compact` is the layout of the compact form.
    """
    found = _documents(settings)
    if name is not None and name not in found:
        raise click.UsageError(f"there is no schema {name!r}; allowed: {', '.join(found)}")
    wanted = found if name is None else {name: found[name]}
    if out is not None:
        _write(wanted, out)
        return
    with data_lines() as write:
        for each, document in wanted.items():
            if as_json:
                write(msgspec.json.encode({"name": each, "schema": document}))
            else:
                write(_pretty(document) if name is not None else each.encode())


def _documents(settings: Settings) -> dict[str, Any]:
    from streams.asyncapi import document  # noqa: PLC0415 - with the next
    from streams.broker import topics  # noqa: PLC0415 - Faust takes half a second to import
    from streams.roles import DEAD_LETTER_REASONS  # noqa: PLC0415 - likewise

    found: dict[str, Any] = dict(schemas(DEAD_LETTER_REASONS))
    needed = topics.needed(settings.broker.retention_days)
    found[ASYNCAPI] = document(
        settings, needed, schemas(DEAD_LETTER_REASONS), sources=topics.SOURCE_TOPICS, version=f"{VERSION}.0.0"
    )
    return found


def _write(documents: dict[str, Any], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, document in documents.items():
            (folder / f"{name}.json").write_bytes(_pretty(document) + b"\n")
    except OSError as error:
        raise click.ClickException(
            f"{error.filename}: {error.strerror}; allowed: a folder that can be written"
        ) from None
    click.echo(f"{len(documents)} schemas written to {folder}", err=True)


def _pretty(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2)
