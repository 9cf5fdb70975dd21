"""Far more people than usual shift for the same reason at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from detectors.cohort_words import about
from detectors.cohorts import CohortFinding, CohortRule, Measured
from detectors.crowd_knobs import CrowdKnobs
from detectors.crowds import Arrival, Crowd, Crowds
from detectors.finding import RESOLVED
from detectors.together import MANY_AT_ONCE, PEOPLE, where_of
from detectors.windows import HOUR_MS

if TYPE_CHECKING:
    from detectors.tally import Segment

Sort = tuple[str, int, bool]
"""The stakeholder, when (ms) the trouble started, whether the alert is critical."""


class PeopleSeries:
    """The people of one rule, party and reason."""

    __slots__ = ("crowds", "key")

    def __init__(self, key: str, crowds: Crowds) -> None:
        self.key = key
        self.crowds = crowds

    def to_tuple(self) -> tuple[Any, ...]:
        """Everything a restart needs but the key."""
        return self.crowds.to_tuple()


@dataclass(frozen=True)
class ManyAtOnce(CrowdKnobs, CohortRule):
    """Raises one alert when far more people than usual have an alert of one rule for the same reason.

    The key is that of :mod:`detectors.together`. The people's own alerts are folded into it, but for critical ones. It
    is told again when it has grown by half, and every quarter of a window while it grows; its end names everybody.
    """

    name: ClassVar[str] = MANY_AT_ONCE
    grain_ms: ClassVar[int] = 1
    tick_ms: ClassVar[int] = HOUR_MS
    takes_late: ClassVar[bool] = True

    def new_series(self, key: str) -> PeopleSeries:
        """Start the state of a key nothing is known of."""
        return PeopleSeries(key, Crowds(self))

    def load_series(self, key: str, values: Any) -> PeopleSeries:
        """Rebuild a series from its ``to_tuple()``."""
        series = self.new_series(key)
        series.crowds.restore(values)
        return series

    def begin(self, series: PeopleSeries, at_ms: int, since_ms: int) -> None:
        """Nobody came before: so little is usual."""
        series.crowds.begin(at_ms, since_ms)

    def sorts(self, what: str, segment: Segment, number: int, failed: int) -> list[tuple[Sort, int]]:
        """Each person; those not named are one sort."""
        started_at = int(segment[0][1]) if segment else 0
        return [((what, started_at, failed > 0), number)]

    def take(self, series: PeopleSeries, at_ms: int, what: Sort, number: int) -> list[CohortFinding]:
        """Take in somebody, or so many who are not named."""
        stakeholder, started_at, is_critical = what
        found = (self.observe(series, at_ms, stakeholder, started_at, is_critical=is_critical) for _ in range(number))
        return [finding for finding in found if finding is not None]

    def observe(
        self, series: PeopleSeries, at_ms: int, stakeholder: str, started_at: int, *, is_critical: bool = False
    ) -> CohortFinding | None:
        """Take in somebody (no id: somebody who is not named), after time was let pass."""
        crowd = series.crowds.take(Arrival(at_ms, stakeholder, started_at, is_critical))
        return None if crowd is None else self._finding(series.key, crowd)

    def advance(self, series: PeopleSeries, at_ms: int) -> CohortFinding | None:
        """Let event time (ms) pass; ask until there is no finding."""
        crowd = series.crowds.advance(at_ms)
        return None if crowd is None else self._finding(series.key, crowd)

    def _finding(self, key: str, crowd: Crowd) -> CohortFinding:
        is_over = crowd.status == RESOLVED
        where = where_of(key)
        return CohortFinding(
            self.name,
            key,
            started_at=crowd.started_at,
            detected_at=crowd.at,
            severity="info" if is_over else "critical" if crowd.is_critical else "warning",
            measured=Measured(
                "people with such an alert",
                crowd.most,
                baseline=round(crowd.usual, 1),
                threshold=crowd.limit,
                unit=f"in {self.window_hours:g} hours",
            ),
            summary=self._ended_summary(where, crowd) if is_over else self._summary(where, crowd),
            what=PEOPLE,
            where=where,
            size=crowd.size,
            status=RESOLVED if is_over else "open",
            people=crowd.members,
        )

    def _summary(self, where: dict[str, str], crowd: Crowd) -> str:
        far = f"; {crowd.size:,} so far" if crowd.size > crowd.most else ""
        return (
            f"{crowd.most:,} {_people(where)} shifted for the same reason ({_reason(where)}) within"
            f" {self.window_hours:g} hours{far}; usual is {about(crowd.usual)}."
        )

    def _ended_summary(self, where: dict[str, str], crowd: Crowd) -> str:
        if crowd.why == "recovered":
            return (
                f"About as few {_people(where)} as usual shift for this reason ({_reason(where)}) again;"
                f" {crowd.size:,} had."
            )
        return (
            f"So many {_people(where)} have shifted for this reason ({_reason(where)}) for {self.new_normal_days} days"
            f" that this counts as usual from now on: {crowd.size:,} in all."
        )


def _people(where: dict[str, str]) -> str:
    party = where.get("party", "unknown")
    return "people" if party == "unknown" else f"{party}s"


def _reason(where: dict[str, str]) -> str:
    rest = [f"{name} {value}" for name, value in where.items() if name not in {"rule", "party"}]
    return ", ".join([where["rule"].replace("_", " "), *rest])
