"""A customer who begins to speak for us."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.day_counts import COUNTER_DAYS
from detectors.fans import ADVOCACY, advocacy, spoken_for
from detectors.finding import RETRACTED, Finding, ended
from detectors.interaction import KIND_CODES, KINDS, Kind
from detectors.past import COMPLAINTS, MEANING, PRAISE, PUBLIC, RECOMMENDATIONS, TOP_SCORES, VOICE, meant
from detectors.relationship import UBER_FAN
from detectors.rules import Rule
from detectors.traits import DIRECT
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Episode, Stakeholder
    from detectors.trails import Mark
    from detectors.windows import Window

_CONVERTED: Final = KIND_CODES[Kind.REFERRAL_CONVERTED]
_SHOWN_BY: Final = (*ADVOCACY, TOP_SCORES)


@dataclass(frozen=True)
class FanEmerging(Rule):
    """Advocacy that was seen: ``referrals`` that led to a purchase, ``mentions`` in praise, or a top score and some.

    What was said against us in the same time must be outweighed; a complaint that only becomes known later retracts it.
    Purchases count for nothing. It resolves when ``quiet_days`` pass without advocacy or a top score.
    """

    name: ClassVar[str] = "fan_emerging"
    kinds: ClassVar[tuple[Kind, ...]] = (*VOICE, *RECOMMENDATIONS.kinds)
    ends: ClassVar[tuple[Kind, ...]] = (*DIRECT, Kind.IDEA_SUBMITTED)
    reads: ClassVar[tuple[Window, ...]] = (*_SHOWN_BY, COMPLAINTS, *MEANING)
    measures: ClassVar[tuple[str, str]] = ("signs of a fan", "signs in {length_days:g} days")
    playbook: ClassVar[str] = UBER_FAN
    shows: ClassVar[tuple[str, ...]] = (UBER_FAN,)
    reopens: ClassVar[bool] = True
    asked_for: ClassVar[tuple[Window, ...]] = (*_SHOWN_BY, COMPLAINTS)
    needs_meaning: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True

    referrals: int = 1
    """Referrals that led to a purchase and suffice; 1 by default. Higher: one friend brought is no sign yet."""
    mentions: int = 3
    """Times of praise in public, unasked, that suffice; 3 by default. Higher: later, and surer."""
    length_days: float = 90.0
    """Days within which all of it counts together; 90 by default. Longer is not known. Shorter: rarer fans are
    missed."""
    against: float = 1.0
    """Advocacy that each displeased word of the same time outweighs; 1 by default, so that advocacy must be more. 0:
    complaints tell nothing. Higher: one complaint outweighs much praise."""
    quiet_days: float = 90.0
    """Days without anything of the kind after which the alert resolves; 90 by default."""

    def __post_init__(self) -> None:
        self._check(
            {
                "referrals": (1, RECOMMENDATIONS.keep),
                "mentions": (1, PRAISE.keep),
                "length_days": (1, COUNTER_DAYS),
                "against": (0, 10),
                "quiet_days": (1, 365),
            }
        )

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert when it suffices; its retraction when a complaint from before weighs against it."""
        at = interaction.occurred_at
        episode = who.episode(self.name)
        if interaction.complaint is True:
            is_late = episode is not None and episode.is_open and at <= episode.asserted_at
            return self._withdrawn(who, episode) if episode is not None and is_late else None
        if episode is not None and episode.is_open:
            return None
        newest = self._newest(who)
        if newest < at or (episode is not None and newest <= episode.detected_at):
            return None  # nothing new speaks for us
        if who.remembered(PRAISE) < self.mentions and not (
            who.remembered(TOP_SCORES) or who.holds(RECOMMENDATIONS, _CONVERTED)
        ):
            return None  # so it is with most people
        found = self._sufficient(who, newest)
        if found is None:
            return None
        threshold, evidence, summary = found
        return Finding(
            started_at=min(mark.at for mark in evidence),
            severity="info",
            value=len(evidence),
            baseline=None,
            threshold=threshold,
            summary=summary,
            evidence=evidence,
            shift=UBER_FAN,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``quiet_days`` after the last advocacy or top score."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return max(episode.asserted_at, self._newest(who)) + int(self.quiet_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """Nothing more of the kind: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return ended(episode, f"Has not spoken for us for {self.quiet_days:g} days.", advocacy(who))

    def _sufficient(self, who: Stakeholder, newest: int) -> tuple[int, list[Mark], str] | None:
        """Which of the three ways shows a fan: how much it takes, what there is of it, and a sentence."""
        known = self._outweighing(who, newest)
        converted = [mark for mark in known if mark.kind == _CONVERTED]
        if len(converted) >= self.referrals:
            brought = "a customer" if len(converted) == 1 else f"{len(converted)} customers"
            return self.referrals, converted, f"Brought us {brought} by recommending us."
        days = f"within {self.length_days:g} days"
        praise = [mark for mark in known if KINDS[mark.kind] in PUBLIC]
        if len(praise) >= self.mentions:
            times = "once" if len(praise) == 1 else f"{len(praise)} times"
            return self.mentions, praise, f"Praised us in public {times} {days}, unasked."
        best = who.all_marks(TOP_SCORES)
        if known and best and best[-1].at > newest - self._length_ms():
            times = "once" if len(known) == 1 else f"{len(known)} times"
            both = sorted([*known, *best])
            return 2, both, f"Gave us a top score in a survey, and spoke for us {times} {days}."
        return None

    def _outweighing(self, who: Stakeholder, newest: int) -> list[Mark]:
        """What spoke for us in the ``length_days`` to then; nothing if as much spoke against us."""
        since = newest - self._length_ms()
        known = [mark for mark in spoken_for(who) if mark.at > since]
        if not known or len(known) <= self.against * meant(who, newest, ceil(self.length_days))[2]:
            return []
        return known

    def _withdrawn(self, who: Stakeholder, episode: Episode) -> Finding | None:
        """The retraction, if what is now known to have been said before outweighs it."""
        if self._outweighing(who, self._newest(who)):
            return None
        known = advocacy(who)
        summary = "Spoke against us as much as for us in the same time: that only became known later."
        return ended(episode, summary, known, max(len(known), int(episode.value)), status=RETRACTED)

    def _newest(self, who: Stakeholder) -> int:
        return max(who.newest_at(trail) or 0 for trail in _SHOWN_BY)

    def _length_ms(self) -> int:
        return int(self.length_days * DAY_MS)
