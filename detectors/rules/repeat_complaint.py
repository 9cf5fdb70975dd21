"""A complainer who does not stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.finding import Finding, ended
from detectors.past import COMPLAINTS, UNTOLD, VOICE, WORDS
from detectors.relationship import MAD_BRO
from detectors.rules import Rule
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.interaction import Kind
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window


@dataclass(frozen=True)
class RepeatComplaint(Rule):
    """More than ``more_than`` complaints within ``length_days``, on whatever channels.

    Twice as many update the alert; it resolves when ``calm_days`` pass without a complaint.
    """

    name: ClassVar[str] = "repeat_complaint"
    kinds: ClassVar[tuple[Kind, ...]] = VOICE
    reads: ClassVar[tuple[Window, ...]] = (COMPLAINTS, WORDS, UNTOLD)
    measures: ClassVar[tuple[str, str]] = ("complaints", "complaints in {length_days:g} days")
    playbook: ClassVar[str] = MAD_BRO
    shows: ClassVar[tuple[str, ...]] = (MAD_BRO,)
    reopens: ClassVar[bool] = True
    asked_for: ClassVar[tuple[Window, ...]] = (COMPLAINTS,)
    needs_meaning: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True

    more_than: int = 3
    """Complaints within the length that are still taken as usual; 3 by default, so that the fourth is an alert. Higher:
    later, and fewer alerts."""
    length_days: float = 30.0
    """How long a complaint counts, days; 30 by default. Longer: slower complainers are seen."""
    calm_days: float = 14.0
    """Days without a complaint after which the alert resolves; 14 by default."""

    def __post_init__(self) -> None:
        self._check({"more_than": (1, COMPLAINTS.keep // 2 - 1), "length_days": (1, 90), "calm_days": (1, 90)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert at one complaint too many, an update when they have doubled since."""
        complaints = who.newest(COMPLAINTS, int(self.length_days * DAY_MS))
        episode = who.open_episode(self.name)
        if len(complaints) < (self.more_than + 1 if episode is None else 2 * episode.value):
            return None
        days = max(1, -(-(complaints[-1].at - complaints[0].at) // DAY_MS))
        return Finding(
            started_at=complaints[0].at,
            severity="warning",
            value=len(complaints),
            baseline=None,
            threshold=self.more_than + 1,
            summary=f"Complained {len(complaints)} times within {days} day{'s' if days > 1 else ''}.",
            evidence=complaints,
            shift=MAD_BRO,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``calm_days`` after the last complaint."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        newest = who.newest_at(COMPLAINTS)
        return (episode.asserted_at if newest is None else newest) + int(self.calm_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """The complaints have ceased: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        known = [mark for mark in who.all_marks(COMPLAINTS) if mark.at >= episode.started_at]
        summary = f"No further complaint for {self.calm_days:g} days."
        return ended(episode, summary, known or who.all_marks(COMPLAINTS)[-1:], max(len(known), int(episode.value)))
