"""What the rules have in common that watch where people leave: ``detectors.drops`` in words."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from detectors.cohort_words import about, day, listed, segment, times_as_many
from detectors.cohorts import CohortFinding, CohortRule, Measured
from detectors.drop_knobs import DropKnobs
from detectors.drops import Drops
from detectors.finding import RESOLVED
from detectors.tally import ROW_MS
from detectors.windows import HOUR_MS

if TYPE_CHECKING:
    from detectors.drops import Drop
    from detectors.tally import Segment

What = tuple[str, bool, tuple[tuple[str, str], ...]]
"""Step, whether it was left there, and the segment by dimensions."""


class DropSeries:
    """The steps of one key."""

    __slots__ = ("drops", "key")

    def __init__(self, key: str, drops: Drops) -> None:
        self.key = key
        self.drops = drops

    def to_tuple(self) -> tuple[Any, ...]:
        """Everything a restart needs but the key."""
        return self.drops.to_tuple()


@dataclass(frozen=True)
class DropRule(DropKnobs, CohortRule):
    """A rule that is fed with attempts; a subclass says what they are called."""

    critical_everybody: bool = False
    """Whether an alert that concerns everybody, not only a segment, is critical however small the rise."""

    grain_ms: ClassVar[int] = ROW_MS
    tick_ms: ClassVar[int] = HOUR_MS
    takes_late: ClassVar[bool] = True
    cohort: ClassVar[str]
    """What an alert is about: ``funnel step``."""
    tries: ClassVar[str]
    """What is counted: ``attempts``."""

    @property
    def wait_ms(self) -> int:
        """Until a session has timed out."""
        return int(self.wait_minutes * 60_000)

    def new_series(self, key: str) -> DropSeries:
        """Start the state of a key nothing is known of."""
        return DropSeries(key, Drops(self))

    def load_series(self, key: str, values: Any) -> DropSeries:
        """Rebuild a series from its ``to_tuple()``."""
        return DropSeries(key, Drops.from_tuple(values, self))

    def sorts(self, what: str, segment: Segment, number: int, failed: int) -> list[tuple[What, int]]:
        """Attempts at a step that went on, and those that failed."""
        places = tuple(sorted(segment))
        both = [((what, False, places), number - failed), ((what, True, places), failed)]
        return [(sort, times) for sort, times in both if times]

    def take(self, series: DropSeries, at_ms: int, what: Any, number: int) -> list[CohortFinding]:
        """Count equal attempts, one by one."""
        step, failed, places = what
        found = [self.observe(series, at_ms, step, failed=failed, segment=dict(places)) for _ in range(number)]
        return [finding for finding in found if finding is not None]

    def observe(
        self, series: DropSeries, at_ms: int, step: str, *, failed: bool, segment: dict[str, str]
    ) -> CohortFinding | None:
        """Count an attempt at a step, left there or not, after time was let pass to it."""
        return self._finding(series.key, series.drops.take(at_ms, step, segment, failed=failed))

    def advance(self, series: DropSeries, at_ms: int) -> CohortFinding | None:
        """Let event time pass, in epoch milliseconds; ask until there is no finding."""
        return self._finding(series.key, series.drops.advance(at_ms))

    @abstractmethod
    def place(self, key: str, step: str) -> str:
        """Where people leave, to follow the verb: ``at payment``."""

    @abstractmethod
    def where(self, key: str, step: str) -> dict[str, str]:
        """The cohort but for its segment: ``{"funnel": "checkout", "step": "payment"}``."""

    def _finding(self, key: str, drop: Drop | None) -> CohortFinding | None:
        if drop is None:
            return None
        return CohortFinding(
            self.name,
            key,
            started_at=drop.started_at,
            detected_at=drop.at,
            severity=self._severity(drop),
            measured=Measured(
                "share that leaves",
                round(drop.failures / max(drop.trials, 1), 3),
                baseline=round(drop.usual, 3),
                threshold=round(drop.limit, 3),
                unit=f"of {self.tries}",
            ),
            summary=self._ended(key, drop) if drop.status == RESOLVED else self._raised(key, drop),
            what=self.cohort,
            where={**drop.where, **self.where(key, drop.step)},
            size=drop.trials,
            part=drop.step,
            status=drop.status,
        )

    def _severity(self, drop: Drop) -> str:
        if drop.status == RESOLVED:
            return "info"
        stayed = drop.trials - drop.failures
        rise = (drop.failures + 0.5) * (1.0 - drop.usual) / ((stayed + 0.5) * drop.usual)
        is_critical = rise >= self.critical_rise or (self.critical_everybody and not drop.where)
        return "critical" if is_critical else "warning"

    def _raised(self, key: str, drop: Drop) -> str:
        leave = f"leave {self.place(key, drop.step)}{segment(drop.where)}"
        expected = drop.trials * drop.usual
        times = times_as_many(drop.failures / expected)
        told = f"More {leave} than usual" if times is None else f"{times} as many {leave} as usual"
        unchanged = ""
        if drop.unchanged:
            unchanged = f"; {listed(drop.unchanged[:3])} {'is' if len(drop.unchanged) == 1 else 'are'} unchanged"
        return (
            f"{told}: {drop.failures:,} of {drop.trials:,} {self.tries} since {day(drop.since)}"
            f" instead of {about(expected)}{unchanged}."
        )

    def _ended(self, key: str, drop: Drop) -> str:
        leaving = f"{self.place(key, drop.step)}{segment(drop.where)}"
        if drop.why == "recovered":
            return f"About as few as usual leave {leaving} again."
        days = f"{self.new_normal_days:g} days"
        if drop.why == "quiet":
            return f"There were no {self.tries} {leaving} for {days}; the alert ends without knowing how it went on."
        return (
            f"So many have left {leaving} for {days} that this counts as usual from now on:"
            f" {drop.failures:,} of {drop.trials:,} {self.tries} since {day(drop.since)}."
        )
