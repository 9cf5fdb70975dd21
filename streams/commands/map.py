"""``rapport map SOURCE FILE…``: source records in, interactions out; no broker."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import click

from detectors.wire import encode_json
from streams.commands._files import data_lines, files_argument, form_option, open_all, total_bytes
from streams.commands._options import with_settings
from streams.commands._progress import WorkProgress, is_watched
from streams.commands._times import Moment
from streams.files.recordings import BadLine, Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from detectors.interaction import Interaction
    from streams.files.mapping import SourceRun
    from streams.files.recordings import Form
    from streams.settings import Settings


@click.command("map")
@click.argument("source")
@files_argument
@click.option("--until", type=Moment(), help="Let time pass to this: sessions of page views that are over then end.")
@form_option
@with_settings
def command(settings: Settings, source: str, files: tuple[str, ...], until: int | None, form: Form | None) -> None:
    """Map records of SOURCE to interactions, one JSON object a line, identities not yet resolved.

    Refused records are named on stderr with their reason, file and line; then the exit code is 1.
    """
    from streams.files.mapping import SourceRun  # noqa: PLC0415 - the lexicon of tones takes a while to import

    try:
        run = SourceRun(source, settings.ingest)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with contextlib.ExitStack() as stack:
        recordings = open_all(stack, files, form)
        progress = stack.enter_context(WorkProgress("map", total_bytes(recordings), is_quiet=not is_watched()))
        write = stack.enter_context(data_lines())
        work = _Work(run, write, progress)
        for each in chain.from_iterable(recordings):
            work.take(each)
            progress.update(work.records, sum(recording.position for recording in recordings))
        if until is not None:
            work.write_all(run.let_pass(until))
        progress.say(work.summary())
    if work.refused:
        raise SystemExit(1)


class _Work:
    """Writes what becomes of each record and counts it."""

    def __init__(self, run: SourceRun, write: Callable[[bytes], None], progress: WorkProgress) -> None:
        self.run = run
        self.write = write
        self.say = progress.say
        self.records = 0
        self.interactions = 0
        self.ignored = 0
        self.refused: Counter[str] = Counter()

    def take(self, each: Recorded | BadLine) -> None:
        """Map one record, or pass on that it is none."""
        self.records += 1
        if isinstance(each, BadLine):
            self.refused["unreadable"] += 1
            self.say(str(each))
            return
        mapped = self.run.take(each.value, int(time.time() * 1000))
        self.write_all(mapped.interactions)
        self.ignored += mapped.ignored
        for refused in mapped.refusals:
            self.refused[refused.reason] += 1
            self.say(f"{each.name}:{each.line}: {refused}")

    def write_all(self, interactions: Iterable[Interaction]) -> None:
        """Write interactions as they are before resolution."""
        for interaction in interactions:
            self.interactions += 1
            self.write(encode_json(self.run.unresolved(interaction)))

    def summary(self) -> str:
        """What became of all records, in one line."""
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in self.refused.most_common())
        refused = f"{self.refused.total():,} refused" + (f" ({reasons})" if reasons else "")
        return f"{self.records:,} records: {self.interactions:,} interactions, {self.ignored:,} ignored, {refused}"
