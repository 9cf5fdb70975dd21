"""A fan who has gone quiet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.fans import ADVOCACY, FANDOM, MOST_REMEMBERED, advocacy, days_spoken, is_fan, times_spoken
from detectors.finding import RESOLVED, RETRACTED, Finding, ended
from detectors.past import PUBLIC, RECOMMENDATIONS
from detectors.relationship import UBER_FAN
from detectors.rules import Rule
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.interaction import Kind
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window

NOTHING_KNOWN: Final = "nothing is known that they said or did for us"


@dataclass(frozen=True)
class FanQuiet(Rule):
    """No advocacy from a fan for ``periods`` of their own mean gaps, counted from day to day.

    A fan is who was of the type, or taken for one, when last heard of, or has spoken for us often and seldom against.
    Nothing else is a sign of life. It resolves with the next advocacy; what turns out to have come in time retracts it.
    """

    name: ClassVar[str] = "fan_quiet"
    kinds: ClassVar[tuple[Kind, ...]] = (*PUBLIC, *RECOMMENDATIONS.kinds)
    ends: ClassVar[tuple[Kind, ...]] = kinds
    reads: ClassVar[tuple[Window, ...]] = FANDOM
    measures: ClassVar[tuple[str, str]] = ("silence since they last spoke for us", "days")
    playbook: ClassVar[str] = UBER_FAN
    asked_for: ClassVar[tuple[Window, ...]] = ADVOCACY
    reads_head: ClassVar[bool] = True
    waits_unasked: ClassVar[bool] = True

    periods: float = 2.0
    """Own mean gaps of silence before the alert; 2 by default. Lower: earlier, and ordinary pauses are told."""
    least_days: float = 21.0
    """Days that a gap is taken to be at least; 21 by default, so that nobody is missed before 42 days. Lower: whoever
    spoke for us in a few busy days is missed soon."""
    active_days: int = 3
    """Days with advocacy from which somebody has a gap of their own; 3 by default. Higher: surer, and later."""
    times: int = 6
    """Advocacy, more than there is against us, by which somebody counts as a fan without being of the type; 6 by
    default, as many as are remembered. Lower: occasional praise is missed as well."""

    def __post_init__(self) -> None:
        self._check(
            {
                "periods": (1, 20),
                "least_days": (1, 365),
                "active_days": (2, MOST_REMEMBERED),
                "times": (1, MOST_REMEMBERED),
            }
        )

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """Advocacy ends an open alert; what came on a day before the alert retracts it, even after it was resolved."""
        episode = who.episode(self.name)
        if episode is None:
            return None
        at = interaction.occurred_at
        if episode.started_at // DAY_MS < at // DAY_MS and at <= episode.asserted_at and episode.status != RETRACTED:
            summary = "Spoke for us in time after all: it only became known later."
            return ended(episode, summary, advocacy(who), status=RETRACTED)
        if episode.is_open and at > episode.asserted_at:
            days = (at - episode.started_at) / DAY_MS
            return ended(episode, f"Speaks for us again, after {days:.0f} days.", advocacy(who), status=RESOLVED)
        return None

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Not heard of on enough days for a gap of their own."""
        if not times_spoken(who):
            return NOTHING_KNOWN
        days = len(days_spoken(who))
        if days >= self.active_days:
            return None
        return f"spoke for us on {days} day{'' if days == 1 else 's'} so far: no rhythm yet"

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """How long this person may be silent."""
        gap = self._gap(who)
        newest = max(who.newest_at(trail) or 0 for trail in ADVOCACY)
        return None if gap is None else newest + int(self._patience(gap) * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """The silence has lasted too long, if it is that of a fan and not told yet."""
        known = advocacy(who)
        gap = self._gap(who)
        if gap is None or who.open_episode(self.name) is not None or not is_fan(who, known[-1].at, self.times):
            return None
        patience = self._patience(gap)
        return Finding(
            started_at=known[-1].at,
            severity="warning",
            value=round(patience, 1),
            baseline=round(gap, 1),
            threshold=round(patience, 1),
            summary=f"A fan who spoke for us about every {gap:.3g} days has not done so for {patience:.3g} days.",
            evidence=known,
        )

    def _gap(self, who: Stakeholder) -> float | None:
        """The mean gap in days between days with advocacy; None if there are too few."""
        days = days_spoken(who)
        return (days[-1] - days[0]) / (len(days) - 1) if len(days) >= self.active_days else None

    def _patience(self, gap: float) -> float:
        return self.periods * max(gap, self.least_days)
