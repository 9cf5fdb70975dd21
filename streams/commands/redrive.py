"""``rapport redrive``: dead letters back to the topic they came from."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click
import msgspec

from streams.commands._broker import asked, buried_topics, known_reason, source_topic
from streams.commands._options import with_settings

if TYPE_CHECKING:
    from streams.dead_letters.redriving import Outcome
    from streams.settings import Settings


class Mended(msgspec.Struct):
    """One line of the file of mended records."""

    letter: Annotated[str, msgspec.Meta(pattern="^[0-9]+:[0-9]+$")]
    value: msgspec.Raw = msgspec.Raw()
    value_base64: str | None = None


@click.command("redrive")
@click.option("--reason", help="Only those of this reason, such as not_json.")
@click.option("--source", help="Only those of this source, such as purchases.")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Mended records: only their letters are sent, with the new values.",
)
@click.option("--dry-run", is_flag=True, help="Only tell how many would be sent.")
@with_settings
def command(settings: Settings, reason: str | None, source: str | None, path: Path | None, *, dry_run: bool) -> None:
    """Send dead letters back to their source topic, with their key and untouched: once the mapping has been mended.

    The FILE of mended records has lines of `rapport dead-letters --json --full`, each with its `letter` and a new
    `value`: a text, sent as it stands, or an object, sent as JSON. Each letter is sent only once, whatever was asked
    for: that is remembered in the offsets of the consumer group `rapport-redrive`, which the broker keeps for
    `offsets.retention.minutes` after the last redrive (a week by default). The embedded broker remembers only letters
    that were sent in their order; when others were, the outcome says so.
    """
    from streams.broker import topics  # noqa: PLC0415 - Faust takes half a second to import
    from streams.dead_letters.letters import Wanted  # noqa: PLC0415
    from streams.dead_letters.redriven import TooScatteredError  # noqa: PLC0415
    from streams.dead_letters.redriving import GROUP, Redrive  # noqa: PLC0415

    redrive = Redrive(
        settings.broker,
        settings.topic(topics.DEAD_LETTERS),
        settings.topic(GROUP),
        homes=buried_topics(settings),
        mended=None if path is None else _mended(path),
    )
    wanted = Wanted(known_reason(reason), source_topic(settings, source))
    try:
        outcome = asked(redrive.run(wanted, dry=dry_run), settings)
    except TooScatteredError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_told(outcome, dry=dry_run))
    if outcome.unknown or outcome.homeless:
        raise SystemExit(1)


def _told(outcome: Outcome, *, dry: bool) -> str:
    told = f"{outcome.sent:,} dead letters {'would be sent' if dry else 'sent'} back"
    if outcome.before:
        told += f"; {outcome.before:,} had been sent back before"
    if outcome.homeless:
        told += f"; {outcome.homeless:,} stay: they don't name a source topic"
    if not outcome.is_remembered:
        told += "; this broker forgets which: those behind one that was not sent would be sent again by another redrive"
    if outcome.unknown:
        told += f"; there is no letter {', '.join(outcome.unknown[:10])}"
    return told


def _mended(path: Path) -> dict[str, bytes]:
    """New values by their letters; click.UsageError naming the line that is wrong."""
    mended: dict[str, bytes] = {}
    decode = msgspec.json.Decoder(Mended).decode
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            each = decode(line)
            value = _value(each)
        except (msgspec.DecodeError, binascii.Error, UnicodeDecodeError, RecursionError) as error:
            raise click.UsageError(f'{path}:{number}: {error}; allowed: {{"letter": "0:12", "value": …}}') from None
        if each.letter in mended:
            raise click.UsageError(f"{path}:{number}: letter {each.letter} stands twice; allowed: each once")
        mended[each.letter] = value
    return mended


def _value(each: Mended) -> bytes:
    if each.value_base64 is not None:
        return base64.b64decode(each.value_base64, validate=True)
    raw = bytes(each.value)
    if not raw:
        raise msgspec.ValidationError("Object missing required field `value`")
    return msgspec.json.decode(raw, type=str).encode() if raw.startswith(b'"') else raw
