"""``rapport schema``: the published schemas, and the AsyncAPI document that ties them to the topics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from sinks.schemas import VERSION, schemas
from streams.commands._files import data_lines
from streams.commands._options import config_option, json_option
from streams.settings import load

if TYPE_CHECKING:
    from collections.abc import Mapping

ASYNCAPI = "asyncapi"


@click.command("schema")
@click.argument("name", required=False)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write each into a file NAME.json of this folder."
)
@json_option
@config_option
def command(name: str | None, out: Path | None, config: Path | None, *, as_json: bool) -> None:
    """Print the schema NAME, or without NAME the list of all; `asyncapi` is the AsyncAPI 3 document.

    Of each record there is a strict schema for who writes it and a tolerant one for who reads it;
    `interaction.v1.compact` is the layout of the compact form. Settings count for `asyncapi` alone.
    """
    from streams.roles import DEAD_LETTER_REASONS  # noqa: PLC0415 - Faust takes half a second to import

    records = schemas(DEAD_LETTER_REASONS)
    names = [*records, ASYNCAPI]
    if name is not None and name not in names:
        raise click.UsageError(f"there is no schema {name!r}; allowed: {', '.join(names)}")
    if name is None and out is None and not as_json:
        with data_lines() as write:
            for each in names:
                write(each.encode())
        return
    found: dict[str, Any] = dict(records)
    if name in (None, ASYNCAPI):
        found[ASYNCAPI] = _asyncapi(config, records)
    wanted = found if name is None else {name: found[name]}
    if out is not None:
        _write(wanted, out)
        return
    with data_lines() as write:
        for each, document in wanted.items():
            write(msgspec.json.encode({"name": each, "schema": document}) if as_json else _pretty(document))


def _asyncapi(config: Path | None, records: Mapping[str, Any]) -> Any:
    from streams.asyncapi import document  # noqa: PLC0415 - with the next
    from streams.broker import topics  # noqa: PLC0415 - Faust takes half a second to import

    settings = load(config)
    needed = topics.needed(settings.broker.retention_days)
    return document(settings, needed, records, sources=topics.SOURCE_TOPICS, version=f"{VERSION}.0.0")


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
