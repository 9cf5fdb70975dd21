"""One person's state: windows, rhythms, open episodes, deadlines, and the offset of the last interaction applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from detectors.day_counts import count, daily
from detectors.rhythm import Rhythm
from detectors.standing import Standing
from detectors.trails import Mark, holds, marks, marks_backwards, newest_at, newest_channels, newest_marks, times_of
from detectors.windows import DAY_MS, Counter, Gaps, Trail

if TYPE_CHECKING:
    from collections.abc import Iterator

WEEK_MS: Final = 7 * DAY_MS
NEVER: Final = 1 << 60

EpisodeTuple = tuple[int, int, str, str, int, int, float, float | None, float]


class Episode:
    """One stretch of trouble under one rule: the alert's life, from its first version to its end.

    ``status``, ``severity`` and ``detected_at`` are those of the last version, ``asserted_at`` is when the last version
    that tells of trouble was concluded; all times are in ms.
    An ended episode is kept until the next begins, so that a late event can still retract its alert.
    """

    __slots__ = (
        "asserted_at", "baseline", "detected_at", "severity", "started_at", "status", "threshold", "value", "version",
    )  # fmt: skip

    def __init__(self, state: EpisodeTuple) -> None:
        """Take the state in the order of ``to_tuple``."""
        self.started_at: int
        self.version: int
        self.status: str
        self.severity: str
        self.detected_at: int
        self.asserted_at: int
        self.value: float
        self.baseline: float | None
        self.threshold: float
        (
            self.started_at,
            self.version,
            self.status,
            self.severity,
            self.detected_at,
            self.asserted_at,
            self.value,
            self.baseline,
            self.threshold,
        ) = state

    @property
    def is_open(self) -> bool:
        """Whether the alert still stands."""
        return self.status in ("open", "updated")

    def to_tuple(self) -> EpisodeTuple:
        """The state as plain values, for storage."""
        return (
            self.started_at,
            self.version,
            self.status,
            self.severity,
            self.detected_at,
            self.asserted_at,
            self.value,
            self.baseline,
            self.threshold,
        )


class Deadline(NamedTuple):
    """When a rule wants to look at the person again though nothing came: event time of the source it rests on."""

    due: int
    source: str


class Stakeholder(Standing):
    """What is known of one person; rules read it, only the partition writes it.

    ``offset`` is that of the last interaction applied, ``seen`` the time (ms) of the newest event of any kind (after a
    restart exact to four weeks). No deadline lies before ``next_due`` (ms). What the person is in the main is their own
    standing; ``roles`` are the further ones, such as the investor who is a customer as well.
    """

    __slots__ = (
        "deadlines", "episodes", "ids", "log", "next_due", "offset", "rhythms", "roles", "seen", "trails",
    )  # fmt: skip

    def __init__(self, offset: int, seen: int) -> None:
        super().__init__("")
        self.offset = offset
        self.seen = seen
        self.roles: list[Standing] | None = None
        self.ids = b""
        self.log = b""
        self.trails: list[bytes] = []
        self.rhythms: list[Rhythm | None] = []
        self.episodes: dict[str, Episode] | None = None
        self.deadlines: dict[str, Deadline] | None = None
        self.next_due = NEVER

    def to_tuple(self, cut: int) -> tuple[Any, ...]:
        """The state as plain values, for storage, as of the offset ``cut``; see ``state.StoredStakeholder``."""
        fields = (
            cut,
            self.offset,
            self.seen,
            self.party,
            self.type,
            self.since,
            self.ids,
            self.log,
            self.trails,
            [None if rhythm is None else rhythm.to_tuple() for rhythm in self.rhythms],
        )
        if self.deadlines is None and self.episodes is None and self.scores is None and self.roles is None:
            return fields
        episodes = None if self.episodes is None else {rule: each.to_tuple() for rule, each in self.episodes.items()}
        if self.scores is None and self.roles is None:
            return (*fields, episodes, self.deadlines)
        roles = None if self.roles is None else [each.to_standing() for each in self.roles]
        return (*fields, episodes, self.deadlines, self.scores, roles)

    def counted(self, counter: Counter, until_ms: int, days: int) -> int:
        """How many on the ``days`` calendar days (UTC) that end with the day of ``until_ms``."""
        last = until_ms // DAY_MS
        return count(self.log, counter.code, last - days + 1, last)

    def daily(self, counter: Counter, until_ms: int, days: int) -> dict[int, int]:
        """How many on each of the ``days`` calendar days (UTC, since 1970) to ``until_ms`` that had any."""
        last = until_ms // DAY_MS
        return daily(self.log, counter.code, last - days + 1, last)

    def newest(self, trail: Trail, length_ms: int) -> list[Mark]:
        """The remembered interactions in the stretch of time that ends with the newest one, by event time."""
        return newest_marks(self.trails[trail.code], length_ms) if trail.code < len(self.trails) else []

    def channels(self, trail: Trail, length_ms: int) -> int:
        """On which channels, as bits by their codes, those of the trail lie that ``newest`` would give."""
        return newest_channels(self.trails[trail.code], length_ms) if trail.code < len(self.trails) else 0

    def times(self, trail: Trail) -> list[int]:
        """The event times (ms) of all remembered interactions of the trail, in their order."""
        return times_of(self.trails[trail.code]) if trail.code < len(self.trails) else []

    def holds(self, trail: Trail, kind: int) -> bool:
        """Whether one of the trail's remembered interactions is of that kind (code)."""
        return holds(self.trails[trail.code], kind) if trail.code < len(self.trails) else False

    def newest_at(self, trail: Trail) -> int | None:
        """The event time (ms) of the newest remembered interaction of the trail; None if there is none."""
        remembered = self.trails[trail.code] if trail.code < len(self.trails) else b""
        return newest_at(remembered) if remembered else None

    def newest_first(self, trail: Trail) -> Iterator[Mark]:
        """The remembered interactions of the trail, the newest first."""
        return marks_backwards(self.trails[trail.code] if trail.code < len(self.trails) else b"")

    def remembered(self, trail: Trail) -> int:
        """How many interactions of the trail are remembered."""
        held = self.trails[trail.code] if trail.code < len(self.trails) else b""
        return held[0] if held else 0

    def all_marks(self, trail: Trail) -> list[Mark]:
        """All remembered interactions of the trail, by event time."""
        return list(marks(self.trails[trail.code])) if trail.code < len(self.trails) else []

    def rhythm(self, window: Gaps) -> Rhythm | None:
        """The person's rhythm in that window; None before the first event."""
        return self.rhythms[window.code] if window.code < len(self.rhythms) else None

    def shown_at(self, kind: str) -> int | None:
        """When (ms) the newest evidence of the type was found, if any holds."""
        standings: list[Standing] = [self, *(self.roles or ())]
        for standing in standings:
            if standing.scores is not None and kind in standing.scores:
                return standing.scores[kind][1]
        return None

    def episode(self, rule: str) -> Episode | None:
        """The last episode of the rule, open or ended."""
        return None if self.episodes is None else self.episodes.get(rule)

    def open_episode(self, rule: str) -> Episode | None:
        """The open episode of the rule."""
        episode = None if self.episodes is None else self.episodes.get(rule)
        return episode if episode is not None and episode.is_open else None
