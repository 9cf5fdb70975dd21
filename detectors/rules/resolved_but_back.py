"""Somebody whose ticket was resolved comes back by another way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.finding import Finding, ended
from detectors.interaction import CHANNEL_CODES, KIND_CODES, Channel, Kind
from detectors.past import COMEBACKS, RESOLUTIONS
from detectors.places import spoken
from detectors.relationship import MAD_BRO
from detectors.rules import Rule
from detectors.windows import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.trails import Mark
    from detectors.windows import Window

_RESOLVED: Final = KIND_CODES[Kind.TICKET_RESOLVED]
_UNKNOWN_WAY: Final = CHANNEL_CODES[Channel.OTHER]


@dataclass(frozen=True)
class ResolvedButBack(Rule):
    """Contact on another channel within ``within_hours`` of a ticket's resolution, unless it is known to be content.

    A ticket of which nobody knows how it came says nothing. It resolves when ``calm_days`` pass without such a contact.
    """

    name: ClassVar[str] = "resolved_but_back"
    kinds: ClassVar[tuple[Kind, ...]] = (Kind.TICKET_RESOLVED, *COMEBACKS.kinds)
    reads: ClassVar[tuple[Window, ...]] = (RESOLUTIONS, COMEBACKS)
    measures: ClassVar[tuple[str, str]] = ("hours from the resolution to the next contact", "hours")
    playbook: ClassVar[str] = MAD_BRO
    shows: ClassVar[tuple[str, ...]] = (MAD_BRO,)
    reopens: ClassVar[bool] = True
    asked_for: ClassVar[tuple[Window, ...]] = (RESOLUTIONS, COMEBACKS)
    reads_head: ClassVar[bool] = True

    within_hours: float = 72.0
    """Hours after the resolution within which a contact belongs to it; 72 by default. Longer: more chance contacts."""
    calm_days: float = 14.0
    """Days without a further contact after which the alert resolves; 14 by default."""

    def __post_init__(self) -> None:
        self._check({"within_hours": (1, 720), "calm_days": (1, 90)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """A contact after a resolution, in whichever order the two became known."""
        at = interaction.occurred_at
        solved_at, back_at = who.newest_at(RESOLUTIONS), who.newest_at(COMEBACKS)
        if solved_at is None or back_at is None:
            return None
        if back_at <= at if interaction.kind == _RESOLVED else solved_at + self.within_hours * HOUR_MS < at:
            return None  # it makes no pair that was not there before
        found = self._pair(who)
        episode = who.episode(self.name)
        if found is None or (episode is not None and (episode.is_open or found[1].at <= episode.detected_at)):
            return None
        solved, back = found
        hours = (back.at - solved.at) / HOUR_MS
        return Finding(
            started_at=solved.at,
            severity="warning",
            value=round(hours, 1),
            baseline=None,
            threshold=self.within_hours,
            summary=f"Came back {spoken(back.channel)}, {max(1, round(hours))} hour{'s' if round(hours) > 1 else ''}"
            f" after a case {spoken(solved.channel)} was said to be resolved.",
            evidence=[solved, back],
            shift=MAD_BRO,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``calm_days`` after the last contact."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return max(episode.asserted_at, who.newest_at(COMEBACKS) or 0) + int(self.calm_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """No further contact: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        known = who.all_marks(RESOLUTIONS) + who.all_marks(COMEBACKS)
        since = [mark for mark in known if mark.at >= episode.started_at] or known
        since.sort(key=lambda mark: (mark.at, mark.offset))
        return ended(episode, f"No further contact for {self.calm_days:g} days.", since)

    def _pair(self, who: Stakeholder) -> tuple[Mark, Mark] | None:
        """The newest contact that belongs to a resolution, with the newest such resolution."""
        within = self.within_hours * HOUR_MS
        for back in who.newest_first(COMEBACKS):
            for solved in who.newest_first(RESOLUTIONS):
                if solved.channel in (back.channel, _UNKNOWN_WAY):
                    continue
                if solved.at < back.at <= solved.at + within:
                    return solved, back
        return None
