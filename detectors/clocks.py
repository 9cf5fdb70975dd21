"""Event time, one clock a source: absence that rests on a source is judged by that source's clock alone.

A dead feed is not a silent customer: while a source is silent for longer than it ever is, or has records waiting,
its clock stands still, and so does every deadline that rests on it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from detectors.dead_feed import DeadFeed
from detectors.windows import DAY_MS
from detectors.wire import SourceProgress, Tick

GAP_HALF_LIFE_DAYS: Final = 14.0
MOST_SOURCES: Final = 128
OTHER: Final = ""  # the clock that further sources share: their number must not be up to whoever writes to the log
DEAD_TICKS: Final = 5  # in a row: a backlog that is read within seconds is no news
KNOWN_MS: Final = 7 * DAY_MS
KNOWN_GAPS: Final = 10.0
"""A source's rhythm is known once it was watched for a week, and for ten times its longest quiet stretch."""


class FeedNews(NamedTuple):
    """A source died (or lives again); ``since`` is its newest event (ms), ``at`` the event time of the conclusion.

    ``limit_ms`` is how long it might have been silent when it died, ``is_known`` whether its rhythm was known by then
    (else that limit is a guess), ``died_at`` when its death was told; 0 if a state of an earlier version knows neither.
    """

    source: str
    since: int
    at: int
    is_dead: bool
    limit_ms: int
    is_known: bool
    died_at: int


class SourceClock(msgspec.Struct):
    """One source's time (all in ms of event time), and whether the source is alive.

    ``time`` is how far deadlines may come due, ``newest`` the newest event; ``partitions`` maps a source partition to
    its newest event and whether records wait there, as ticks tell; without ticks its own interactions move it.
    ``gap`` remembers the longest quiet stretch and halves every two weeks. ``late_ticks`` counts the ticks in a row
    that found the source too late; ``since`` is the newest event before the feed died, None while it lives;
    ``limit_ms`` and ``died_at`` are those of its last death. ``first`` is the oldest event that a tick told of.
    """

    time: int = 0
    newest: int = 0
    gap: float = 0.0
    gap_at: int = 0
    partitions: dict[int, tuple[int, bool]] = msgspec.field(default_factory=dict)
    late_ticks: int = 0
    since: int | None = None
    first: int = 0
    limit_ms: int = 0
    died_at: int = 0

    def note(self, progress: SourceProgress) -> None:
        """Take in what a tick says of one partition of the source."""
        newest, _ = self.partitions.get(progress.partition, (0, False))
        self.partitions[progress.partition] = (max(newest, progress.newest_ms), progress.lagging)
        self.newest = max(self.newest, progress.newest_ms)
        if progress.newest_ms:
            self.first = min(self.first or progress.newest_ms, progress.newest_ms)
        faded = self.gap * 2.0 ** ((self.gap_at - self.newest) / (GAP_HALF_LIFE_DAYS * DAY_MS))
        self.gap = max(faded, float(progress.longest_gap_ms))
        self.gap_at = self.newest

    def allowed_silence(self, fixed_ms: int | None, rule: DeadFeed) -> float:
        """How long (ms) the source may be silent: as its longest gap has it by the rule, unless fixed."""
        return rule.allowed_silence(self.gap) if fixed_ms is None else fixed_ms

    def is_known(self, fixed_ms: int | None) -> bool:
        """Whether the allowed silence rests on enough of the source's past, or is fixed."""
        if fixed_ms is not None:
            return True
        return self.gap > 0.0 and self.newest - self.first >= max(KNOWN_MS, KNOWN_GAPS * self.gap)

    def pass_to(self, at: int, allowed_ms: float) -> bool:
        """Move as far towards ``at`` as the source's life allows; True if the source is too late for that time.

        Where a partition waits of which nothing was ever read, time stands still, and what was dead stays dead.
        """
        waiting = [newest for newest, lagging in self.partitions.values() if lagging]
        reached = min(waiting) if waiting else self.newest
        if not reached:
            return self.since is not None
        is_late = at - reached > allowed_ms
        self.time = max(self.time, min(reached, at) if is_late or waiting else at)
        return is_late


class Clocks:
    """The clocks of all sources of one partition, and ``time``: how far the partition's event time has come.

    ``ticked`` is how far ingest's had by its ticks: the sources it tells of go no further, whatever comes past it.
    """

    __slots__ = ("rule", "silence", "sources", "ticked", "time")

    def __init__(self, silence: dict[str, int], rule: DeadFeed) -> None:
        """``silence`` fixes, by source, how long (ms) it may be silent before it counts as dead."""
        self.silence = silence
        self.rule = rule
        self.sources: dict[str, SourceClock] = {}
        self.ticked = 0
        self.time = 0

    def clock(self, source: str) -> SourceClock:
        """The source's clock, begun when first asked for; beyond 128 sources, one for all others."""
        clock = self.sources.get(source)
        if clock is None:
            if len(self.sources) >= MOST_SOURCES:
                return self.sources.setdefault(OTHER, SourceClock())
            clock = self.sources[source] = SourceClock()
        return clock

    def tick(self, tick: Tick) -> list[FeedNews]:
        """Take in a tick; tells of each feed that died by it."""
        for progress in tick.sources:
            self.clock(progress.source).note(progress)
        newest = max((clock.newest for clock in self.sources.values() if not clock.partitions), default=0)
        self.ticked = max(self.ticked, tick.at)
        self.time = max(self.time, tick.at, newest)
        died = []
        for source, clock in self.sources.items():
            allowed_ms = clock.allowed_silence(self.silence.get(source), self.rule)
            is_late = clock.pass_to(self.ticked if clock.partitions else self.time, allowed_ms)
            clock.late_ticks = clock.late_ticks + 1 if is_late and clock.partitions else 0
            if clock.late_ticks == DEAD_TICKS and clock.since is None:
                clock.since = clock.newest
                clock.limit_ms = int(allowed_ms)
                clock.died_at = self.time
                died.append(self._news(source, clock, clock.newest, is_dead=True))
        return died if self.rule.enabled else []

    def revived(self) -> list[FeedNews]:
        """Tells of each feed that lives again and has caught up; asked after ``tick``."""
        back = []
        for source, clock in self.sources.items():
            if clock.since is not None and clock.late_ticks == 0:
                back.append(self._news(source, clock, clock.since, is_dead=False))
                clock.since = None
        return back if self.rule.enabled else []

    def _news(self, source: str, clock: SourceClock, since: int, *, is_dead: bool) -> FeedNews:
        fixed_ms = self.silence.get(source)
        limit_ms = clock.limit_ms or int(clock.allowed_silence(fixed_ms, self.rule))
        return FeedNews(source, since, self.time, is_dead, limit_ms, clock.is_known(fixed_ms), clock.died_at)
