"""``rapport replay SOURCE FILE…``: recorded source events, sent to the source's topic."""

from __future__ import annotations

import contextlib
from itertools import chain
from typing import TYPE_CHECKING

import click

from streams.commands._broker import asked
from streams.commands._files import files_argument, form_option, open_all, total_bytes
from streams.commands._options import with_settings
from streams.commands._progress import WorkProgress

if TYPE_CHECKING:
    from streams.files.recordings import Form
    from streams.settings import Settings


class Speed(click.ParamType):
    """A factor of real time above 0, or ``max``."""

    name = "X|max"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float | None:
        """The factor; None for ``max``."""
        if value is None or value == "max":
            return None
        with contextlib.suppress(ValueError):
            speed = float(str(value))
            if 0 < speed < float("inf"):
                return speed
        return self.fail(f"{value} is no speed; allowed: a number above 0 (times real time), or max", param, ctx)


@click.command("replay")
@click.argument("source")
@files_argument
@click.option("--speed", type=Speed(), default=None, help="Times real time, by the events' own times; max by default.")
@form_option
@with_settings
def command(settings: Settings, source: str, files: tuple[str, ...], speed: float | None, form: Form | None) -> None:
    """Send recorded events to the topic of SOURCE, files in the order given, `-` for standard input.

    JSON lines, a JSON array, or CSV with a header; `.gz` too. Values are sent untouched, so event time is kept. A bad
    line is named and left out, the rest is sent, and the exit code is 1. SOURCE `interactions` takes canonical
    interactions, keyed by `stakeholder`, or by their identities where that is absent.
    """
    from streams.files.following import followed  # noqa: PLC0415 - with the next
    from streams.files.replaying import Keyer, Pace, Replay  # noqa: PLC0415 - Faust is slow to import

    try:
        keyer = Keyer(source, settings.ingest)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with contextlib.ExitStack() as stack:
        recordings = open_all(stack, files, form)
        progress = stack.enter_context(WorkProgress("replay", total_bytes(recordings)))
        replay = Replay(
            keyer,
            Pace(speed),
            is_paced=speed is not None,
            told=lambda bad: progress.say(str(bad)),
            moved=lambda sent: progress.update(sent, sum(each.position for each in recordings)),
        )
        topic = settings.topic(source)
        try:
            is_awaited = any(each.size is None for each in recordings)
            records = followed(chain.from_iterable(recordings), in_thread=is_awaited)
            asked(replay.run(records, settings.broker, topic), settings)
        finally:
            _report(progress, replay.sent, replay.bad, topic)
    if replay.bad:
        raise SystemExit(1)


def _report(progress: WorkProgress, sent: int, bad: int, topic: str) -> None:
    rate = sent / max(progress.seconds, 1e-3)
    lines = "1 line" if bad == 1 else f"{bad:,} lines"
    progress.say(f"{sent:,} records sent to {topic} in {progress.seconds:.1f} s ({rate:,.0f}/s), {lines} refused")
