"""How far long work has come: a bar on a terminal, plain lines otherwise; on stderr, so that stdout is data alone."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from types import TracebackType

BAR_SECONDS: Final = 0.2
LINE_SECONDS: Final = 5.0


def is_watched() -> bool:
    """Whether somebody sees stderr while the data go elsewhere: else a bar would disturb the data, or nobody."""
    return sys.stderr.isatty() and not sys.stdout.isatty()


class WorkProgress:
    """Shows records, their rate and the remaining time; a context manager.

    ``total`` is what ``done`` will reach (bytes of files), None when nobody knows. ``is_quiet``: only what is said.
    """

    def __init__(self, what: str, total: int | None, *, is_quiet: bool = False) -> None:
        self.what = what
        self.total = total
        self.records = 0
        self._started = time.monotonic()
        self._next = 0.0
        self._bar: Progress | None = None
        self._is_quiet = is_quiet
        if not is_quiet and sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[records]:,} records, {task.fields[rate]:,.0f}/s, left"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(what, total=total, records=0, rate=0.0)
        else:
            self._next = self._started + LINE_SECONDS

    def __enter__(self) -> WorkProgress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def rate(self) -> float:
        """Records a second since the start."""
        return self.records / max(time.monotonic() - self._started, 1e-3)

    @property
    def seconds(self) -> float:
        """How long the work has been going on."""
        return time.monotonic() - self._started

    def update(self, records: int, done: int) -> None:
        """Tell how many records are through, and how much of ``total``."""
        self.records = records
        now = time.monotonic()
        if self._is_quiet or now < self._next:
            return
        if self._bar is not None:
            self._next = now + BAR_SECONDS
            self._bar.update(self._task, completed=done, records=records, rate=self.rate)
            return
        self._next = now + LINE_SECONDS
        share = done / self.total if self.total else 0.0
        left = f", {self.seconds * (1 / share - 1):.0f} s left" if share else ""
        click.echo(f"{self.what}: {records:,} records, {self.rate:,.0f}/s{left}", err=True)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(text, err=True)
