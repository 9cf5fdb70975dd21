"""``rapport dead-letters``: bad input with its reason, its origin and a look at its bytes."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import click
import msgspec

from sinks.stamps import time_text
from sinks.wording import clean
from streams.commands._broker import asked, known_reason, source_topic
from streams.commands._files import data_lines
from streams.commands._options import json_option, with_settings
from streams.commands._times import Moment

if TYPE_CHECKING:
    from streams.dead_letters.letters import Letter, Wanted
    from streams.settings import Settings


@click.command("dead-letters")
@click.option("--reason", help="Only those of this reason, such as not_json.")
@click.option("--source", help="Only those of this source, such as purchases; interactions for the monitor's.")
@click.option("--since", type=Moment(), help="Only those buried since.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="The newest so many.")
@click.option("--full", is_flag=True, help="With --json: whole values, as text, or in base64 if they are no UTF-8.")
@json_option
@with_settings
def command(  # noqa: PLR0917 - click gives them by name
    settings: Settings,
    reason: str | None,
    source: str | None,
    since: int | None,
    limit: int,
    full: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """List records that could not be used, oldest first.

    `letter` names each one. To mend some, edit the `value` of their lines of `--json --full` and give the lines to
    `rapport redrive --file`.
    """
    from streams.dead_letters.letters import Wanted, described  # noqa: PLC0415 - Faust takes half a second to import

    wanted = Wanted(known_reason(reason), source_topic(settings, source), since)
    newest, total = asked(_newest(settings, wanted, limit), settings)
    with data_lines() as write:
        for letter in newest:
            write(msgspec.json.encode(described(letter, whole=full)) if as_json else _told(letter).encode())
    more = f", the newest {len(newest):,} of {total:,}" if total > len(newest) else ""
    click.echo(f"{len(newest):,} dead letters{more}", err=True)


async def _newest(settings: Settings, wanted: Wanted, limit: int) -> tuple[list[Letter], int]:
    """The newest letters, oldest first, and how many there are in all."""
    from streams.broker import topics  # noqa: PLC0415 - as above
    from streams.dead_letters.letters import letters  # noqa: PLC0415

    kept: list[tuple[tuple[int, int, int], Letter]] = []
    total = 0
    async for letter in letters(settings.broker, settings.topic(topics.DEAD_LETTERS)):
        if wanted.includes(letter):
            total += 1
            push = heapq.heappush if len(kept) < limit else heapq.heappushpop
            push(kept, ((letter.at, letter.partition, letter.offset), letter))
    return [letter for _, letter in sorted(kept)], total


def _told(letter: Letter) -> str:
    from streams.dead_letters.letters import shown  # noqa: PLC0415

    headers = letter.headers
    key = "no key" if letter.key is None else f"key {shown(letter.key)}"
    if headers is None:
        lines = [f"{letter.place}  {time_text(letter.at)}  headers can't be read, {key}"]
    else:
        origin = f"{headers.topic} {headers.partition}:{headers.offset}"
        lines = [
            f"{letter.place}  {time_text(letter.at)}  {headers.reason}  from {origin}, {key}",
            clean(headers.detail),
        ]
    return "\n    ".join([*lines, f"{len(letter.value or b''):,} bytes: {shown(letter.value or b'')}"])
