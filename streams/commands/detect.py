"""``rapport detect FILE…``: interactions in, alerts out; no broker."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from typing import TYPE_CHECKING

import click

from sinks.alert import encode_alert
from sinks.stamps import time_text
from sinks.terminal import NARROWEST, card
from streams.commands._files import BadLines, data_lines, files_argument, form_option, open_all, total_bytes
from streams.commands._options import json_option, with_settings
from streams.commands._progress import WorkProgress, is_watched
from streams.commands._times import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sinks.alert import Alert
    from streams.files.detecting import Event
    from streams.files.recordings import Form, Recording
    from streams.settings import Settings

WIDEST = 100


@click.command("detect")
@files_argument
@click.option("--until", type=Moment(), help="Let time pass to this, so that absences come due.")
@form_option
@json_option
@with_settings
def command(settings: Settings, files: tuple[str, ...], until: int | None, *, form: Form | None, as_json: bool) -> None:
    """Raise the alerts that these interactions give, by the very code of the roles monitor and cohorts.

    Files (JSON lines, as `rapport map` prints them) are merged by time. Those without `stakeholder` are resolved by
    their identities. Lines that are no interactions, or lie in the future, are named on stderr; then the exit code
    is 1.
    """
    from streams.files.detecting import Detection, Reader  # noqa: PLC0415 - with it comes the whole core

    with contextlib.ExitStack() as stack:
        recordings = open_all(stack, files, form)
        progress = stack.enter_context(WorkProgress("detect", total_bytes(recordings), is_quiet=not is_watched()))
        bad = BadLines(progress)
        detection = Detection(settings, bad)
        write = stack.enter_context(data_lines())
        reader = Reader(settings.ingest.identity_order, bad, now_ms=int(time.time() * 1000))
        events = _watched(reader.merged(recordings), recordings, progress)
        alerts = 0
        for alert in detection.run(events, until):
            alerts += 1
            write(encode_alert(alert) if as_json else _card(alert))
        if until is not None and until <= detection.newest:
            newest = time_text(detection.newest)
            progress.say(f"--until {time_text(until)} changes nothing: the last event is of {newest}")
        progress.say(f"{detection.applied:,} interactions of {detection.people:,} people: {alerts:,} alert versions")
    if bad.count:
        raise SystemExit(1)


def _watched(events: Iterator[Event], recordings: Sequence[Recording], progress: WorkProgress) -> Iterator[Event]:
    for number, event in enumerate(events, 1):
        yield event
        progress.update(number, sum(recording.position for recording in recordings))


def _card(alert: Alert) -> bytes:
    width = min(WIDEST, max(NARROWEST, shutil.get_terminal_size().columns))
    return (card(alert, width, colour=sys.stdout.isatty()) + "\n").encode()
