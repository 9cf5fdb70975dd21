"""One series of a cohort rule in memory: its state, the counts that wait, and the lives of its alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from detectors.cohorts import CohortFinding, CohortRule

MOST_SOURCES: Final = 8
"""Sources that one series waits for; what comes from further ones is taken as it comes."""


class Life:
    """An alert that stands: its last version, and what that told."""

    __slots__ = ("last", "version")

    def __init__(self, version: int, last: CohortFinding) -> None:
        self.version = version
        self.last = last


class Series:
    """One key of one rule.

    ``seen`` holds, by partition of people, the offset of the last tally; ``waiting`` how many of each sort, by
    the beginning of their stretch of time (ms); ``lives`` the alerts that stand, by the finding's ``part``. ``passed``
    is up to which time (ms) counts were taken, ``last_at`` when the last one was.
    """

    __slots__ = ("key", "last_at", "lives", "passed", "rule", "seen", "sources", "state", "waiting", "waiting_size")

    def __init__(self, rule: CohortRule, key: str, state: Any) -> None:
        self.rule = rule
        self.key = key
        self.state = state
        self.sources: tuple[str, ...] = ()
        self.seen: dict[int, int] = {}
        self.waiting: dict[int, dict[Hashable, int]] = {}
        self.waiting_size = 0
        self.lives: dict[str, Life] = {}
        self.passed = 0
        self.last_at = 0

    def hear_of(self, source: str) -> None:
        """Wait for this source from now on."""
        if source not in self.sources and len(self.sources) < MOST_SOURCES:
            self.sources = tuple(sorted((*self.sources, source)))

    def wait(self, at: int, sort: Hashable, number: int, reached: int) -> None:
        """Let so many of a sort wait; ``reached`` is how far (ms) their own partition of people has come.

        That, not how far all have come, says whether they are late: so it doesn't matter how fast the others are read.
        """
        grain = self.rule.grain_ms
        now = max(reached, self.passed) // grain * grain
        at = at // grain * grain
        if at < now:
            if not self.rule.takes_late:
                return
            at = now
        sorts = self.waiting.setdefault(at, {})
        if sort not in sorts:
            self.waiting_size += 1
        sorts[sort] = sorts.get(sort, 0) + number

    def due(self, until: int) -> Iterator[tuple[int, list[tuple[Any, int]]]]:
        """Take out the stretches that end at or before a time (ms), and what happened in them, all in order."""
        grain = self.rule.grain_ms
        for at in sorted(each for each in self.waiting if each + grain <= until):
            counts: list[tuple[Any, int]] = sorted(self.waiting.pop(at).items())
            self.waiting_size -= len(counts)
            yield at, counts
