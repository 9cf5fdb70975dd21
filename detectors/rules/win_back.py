"""A customer who was lost buys again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.finding import RETRACTED, Finding, ended
from detectors.interaction import Kind
from detectors.past import PURCHASE_RHYTHM, PURCHASES, SAME_PURCHASE_MS, purchases_with, rhythmless
from detectors.relationship import LOST
from detectors.rules import Rule
from detectors.windows import DAY_MS, TENTH_MS

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Episode, Stakeholder
    from detectors.windows import Window

_STOP: Final = "silent_stop"


@dataclass(frozen=True)
class WinBack(Rule):
    """A purchase by somebody whom an open alert of `silent_stop` tells to be lost.

    It is asked first, as the purchase ends that alert, and tells that they are lost no longer. It resolves with the
    second purchase or after ``watch_days``. A purchase that turns out to have been made before they were lost retracts
    it.
    """

    name: ClassVar[str] = "win_back"
    kinds: ClassVar[tuple[Kind, ...]] = (Kind.PURCHASE_MADE,)
    reads: ClassVar[tuple[Window, ...]] = (PURCHASE_RHYTHM, PURCHASES)
    measures: ClassVar[tuple[str, str]] = ("silence before the purchase", "days")
    playbook: ClassVar[str] = "won_back"
    rests_on: ClassVar[tuple[str, ...]] = (_STOP,)
    is_urgent: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True

    watch_days: float = 60.0
    """Days after the purchase in which the second one is waited for; 60 by default. Longer: alerts stay open longer."""

    def __post_init__(self) -> None:
        self._check({"watch_days": (1, 365)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert at the first purchase, its end at the second, no alert if the first was none."""
        stop = who.episode(_STOP)
        if stop is None:
            return None
        at = interaction.occurred_at
        lost_at = who.shown_at(LOST) if stop.is_open else None
        if lost_at is not None and at > lost_at:
            return self._back(who, interaction, stop, lost_at)
        episode = who.episode(self.name)
        if episode is None or episode.status == RETRACTED or at <= stop.started_at + SAME_PURCHASE_MS:
            return None
        lost_at = max(stop.asserted_at, stop.started_at + round(episode.threshold * DAY_MS))
        if stop.started_at < episode.started_at and at <= lost_at:
            summary = "Was not lost after all: a purchase before that only became known later."
            return ended(episode, summary, purchases_with(who, interaction), status=RETRACTED)
        if episode.is_open and abs(at - episode.started_at) > SAME_PURCHASE_MS:
            return ended(episode, "Bought a second time since.", purchases_with(who, interaction))
        return None

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Too few purchases for a rhythm, without which nobody can be lost."""
        return rhythmless(who, normal)

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``watch_days`` after the purchase."""
        episode = who.open_episode(self.name)
        return None if episode is None else episode.started_at + int(self.watch_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """No second purchase: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return ended(episode, f"No second purchase within {self.watch_days:g} days.", who.all_marks(PURCHASES))

    def _back(self, who: Stakeholder, interaction: Seen, stop: Episode, lost_at: int) -> Finding:
        at = interaction.occurred_at
        silence = (at - stop.started_at) / DAY_MS
        return Finding(
            started_at=at,
            severity="info",
            value=round(silence, 1),
            baseline=stop.baseline,
            threshold=(lost_at - stop.started_at) // TENTH_MS / 10,
            summary=f"Bought again after {silence:.0f} days of silence, having been taken for lost.",
            evidence=purchases_with(who, interaction),
            lifts=LOST,
        )
