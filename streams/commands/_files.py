"""Files of recorded events as the arguments of several commands."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click

from streams.files.recordings import STDIN, Form, Recording, RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streams.commands._progress import WorkProgress
    from streams.files.recordings import BadLine

files_argument = click.argument("files", metavar="FILE…|-", nargs=-1, required=True)
form_option = click.option(
    "--form", type=click.Choice(["json", "csv"]), help="What the files hold; told by their names (.csv) by default."
)


class BadLines:
    """Says what is wrong with a line, above the bar; ``count`` is how many there were."""

    def __init__(self, progress: WorkProgress) -> None:
        self._progress = progress
        self.count = 0

    def __call__(self, bad: BadLine) -> None:
        self.count += 1
        self._progress.say(str(bad))


def open_all(stack: contextlib.ExitStack, files: Sequence[str], form: Form | None) -> list[Recording]:
    """Open every file before anything is read; click.UsageError naming the one that can't be."""
    if files.count(STDIN) > 1:
        raise click.UsageError("- is given twice; allowed: standard input once")
    try:
        return [stack.enter_context(Recording(name, form)) for name in files]
    except RecordingError as error:
        raise click.UsageError(str(error)) from None


def total_bytes(recordings: Sequence[Recording]) -> int | None:
    """The bytes of all files; None if one of them is standard input."""
    sizes = [each.size for each in recordings if each.size is not None]
    return sum(sizes) if len(sizes) == len(recordings) else None


@contextlib.contextmanager
def data_lines() -> Iterator[Callable[[bytes], None]]:
    """What writes one line of data to stdout; when the reader has gone (``| head``) the work ends, with code 0."""
    stream = click.get_binary_stream("stdout")

    def write(line: bytes) -> None:
        stream.write(line + b"\n")

    try:
        yield write
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it flushes at exit
        raise SystemExit(0) from None
