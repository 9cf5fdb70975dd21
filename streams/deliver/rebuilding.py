"""A view made anew from the compacted topics, and marked as complete only when it is."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sinks import SinkError
from streams.deliver.change import Kind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from sinks import View
    from streams.deliver.change import Change
    from streams.deliver.view_writer import ViewWriter


class Page(NamedTuple):
    """Some records of the log, read; ``offsets`` are behind it in all (compaction has emptied some of them)."""

    changes: list[Change]
    offsets: int
    unreadable: int = 0


@dataclass
class Built:
    """What went into the view."""

    counts: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    unreadable: int = 0
    refused: int = 0
    seconds: float = 0.0

    @property
    def records(self) -> int:
        """How many records were read and applied."""
        return sum(self.counts.values())

    def sentence(self) -> str:
        """In words, with the rate."""
        counts = self.counts
        forgotten = counts[Kind.FORGET_ALERT] + counts[Kind.FORGET_RELATIONSHIP]
        said = (
            f"{counts[Kind.ALERT]:,} versions of alerts and {counts[Kind.RELATIONSHIP]:,} of relationships,"
            f" {forgotten:,} forgotten, in {self.seconds:.1f} s"
            f" ({self.records / max(self.seconds, 1e-3):,.0f} records/s)"
        )
        if self.unreadable or self.refused:
            said += f"; {self.unreadable:,} records were unreadable, {self.refused:,} refused"
        return said


async def is_lost(view: View) -> bool:
    """Whether the view is gone, incomplete or of another layout; raises SinkError."""
    return await view.flushed(view.layout)


async def rebuild(
    writer: ViewWriter, pages: AsyncGenerator[Page], report: Callable[[Page], None] = lambda _: None
) -> Built | None:
    """Write all pages and mark the view; None if it was lost again meanwhile, and not marked.

    Raises what reading the log raises, and SinkError when the view refuses the mark. A view that goes away is waited
    for as long as it takes.
    """
    view = writer.view
    built = Built()
    refused = writer.refused
    started = time.monotonic()
    _raise(await writer.until_done(view.begin, "the note that it is made anew"))
    async with aclosing(pages):
        async for page in pages:
            await writer.write(page.changes)
            for change in page.changes:
                built.counts[change.kind] += 1
            built.unreadable += page.unreadable
            report(page)
    is_marked = False

    async def mark() -> None:
        nonlocal is_marked
        is_marked = await view.mark(view.layout)

    _raise(await writer.until_done(mark, "the mark that it is complete"))
    built.refused = writer.refused - refused
    built.seconds = time.monotonic() - started
    return built if is_marked else None


def _raise(failure: SinkError | None) -> None:
    if failure is not None:
        raise failure
