"""A partner or investor who gave as much as they took grows cold, and at last falls silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors import reciprocity, traits
from detectors.finding import RESOLVED, RETRACTED, Finding, ended
from detectors.interaction import Kind, Party
from detectors.past import VOICE
from detectors.reciprocity import LASTS, QUARTER_MS, SORTS
from detectors.rules import Rule
from detectors.windows import DAY_MS, Trail

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.reciprocity import Sort
    from detectors.seen import Seen
    from detectors.stakeholder import Episode, Stakeholder
    from detectors.windows import Window

DORMANT: Final = "dormant"
PARTNER_BONDING: Final = "partner_bonding"
LIFE: Final = Trail(
    "partner_life",
    tuple(
        dict.fromkeys(
            (
                *reciprocity.KINDS,
                *VOICE,
                Kind.PAGE_VIEWED,
                Kind.DOCUMENT_DOWNLOADED,
                Kind.FOLLOWED,
                Kind.LOGIN_MADE,
                Kind.MAIL_CLICKED,
                Kind.CONTENT_SHARED,
                Kind.CONTENT_PUBLISHED,
                Kind.BID_SEEN,
            )
        )
    ),
    keep=1,
    traits=traits.THEIRS,
)
"""The last sign of life, of whatever kind."""


@dataclass(frozen=True)
class PartnerCooling(Rule):
    """Of somebody under a `partner_bonding` alert ``fails`` sorts of reciprocity have not come for ``quiet_days``.

    They had come within the 90 days before. It resolves when they come back, or when what is left goes on though the
    bond is over. Whoever was more than a prospect, and shows no sign of life for ``dormant_days``, is dormant until
    the next one. What turns out to have come in time retracts it.
    """

    name: ClassVar[str] = "partner_cooling"
    kinds: ClassVar[tuple[Kind, ...]] = LIFE.kinds
    reads: ClassVar[tuple[Window, ...]] = (LIFE, *LASTS)
    asked_for: ClassVar[tuple[Window, ...]] = (LIFE,)
    rests_on: ClassVar[tuple[str, ...]] = (PARTNER_BONDING,)
    parties: ClassVar[tuple[Party, ...]] = (Party.PARTNER, Party.INVESTOR)
    measures: ClassVar[tuple[str, str]] = ("time without what used to come", "days")
    playbook: ClassVar[str] = "marriage_material"
    shows: ClassVar[tuple[str, ...]] = (DORMANT,)
    reopens: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True
    waits_unasked: ClassVar[bool] = True

    fails: int = 2
    """Sorts of reciprocity that must be missing, of 4; 2 by default. 1: every pause between campaigns is told."""
    quiet_days: float = 60.0
    """Days for which they must be missing; 60 by default. Shorter: holidays are taken for cooling."""
    dormant_days: float = 180.0
    """Days without any sign of life that make dormant; 180 by default. More than ``quiet_days``."""

    def __post_init__(self) -> None:
        self._check({"fails": (1, len(SORTS)), "quiet_days": (7, 180), "dormant_days": (30, 365)})
        if self.dormant_days <= self.quiet_days:
            raise ValueError(
                f"dormant_days is {self.dormant_days}; allowed: more than quiet_days, which is {self.quiet_days}"
            )

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """What came ends the alert: any sign of life if they were dormant, else what was missing."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        at = interaction.occurred_at
        if self._is_dormant(episode):
            return self._awake(who, at, episode)
        if len(self._missing(who, episode.asserted_at, max(at, episode.asserted_at))) < self.fails:
            known = reciprocity.evidence(who, 0)
            if at > episode.asserted_at:
                return ended(episode, "What was missing came again.", known)
            summary = "What was missing had come in time: it only became known later."
            return ended(episode, summary, known, status=RETRACTED)
        if who.open_episode(PARTNER_BONDING) is not None:
            return None
        return ended(episode, "What was missing stayed away; what is left goes on.", reciprocity.evidence(who, 0))

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """When too much is missing, or ``dormant_days`` after the last sign of life."""
        last = who.newest_at(LIFE)
        episode = who.open_episode(self.name)
        if last is None or (episode is not None and self._is_dormant(episode)):
            return None
        cools = self._cools_at(who) if episode is None else None
        return last + self._dormant_ms() if cools is None else min(cools, last + self._dormant_ms())

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """Too much has been missing for too long, or everything."""
        last = who.newest_at(LIFE)
        if last is None:
            return None
        if due >= last + self._dormant_ms():
            return self._dormant(who, last)
        missing = self._missing(who, due, due)
        if len(missing) < self.fails:
            return None
        known = sorted((mark for sort in missing for mark in who.all_marks(sort.last)), key=lambda mark: mark.at)
        since = known[-1].at
        names = [sort.name for sort in missing]
        return Finding(
            started_at=since,
            severity="warning",
            value=round((due - since) / DAY_MS, 1),
            baseline=None,
            threshold=self.quiet_days,
            summary=f"Used to give in return, but nothing for {self.quiet_days:g} days by {', '.join(names)}.",
            evidence=known,
            look_at=last + self._dormant_ms(),
        )

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Nothing is there that could grow cold."""
        return "no reciprocity that could cease" if who.episode(PARTNER_BONDING) is None else None

    def _cools_at(self, who: Stakeholder) -> int | None:
        """When so many of the sorts that made the bond, or came since, will have been missing for too long."""
        bond = who.open_episode(PARTNER_BONDING)
        if bond is None:
            return None
        lasts = [at for at in reciprocity.last_times(who) if at > bond.asserted_at - QUARTER_MS]
        for place, since in enumerate(lasts):
            if sum(at > since - QUARTER_MS for at in lasts[: place + 1]) >= self.fails:
                return max(since, bond.asserted_at) + self._quiet_ms()
        return None

    def _dormant(self, who: Stakeholder, last: int) -> Finding | None:
        """Nothing at all came for too long; of a mere prospect that is no news."""
        is_cooling = who.open_episode(self.name) is not None
        if not is_cooling and not any(each.party in self.parties and each.since for each in (who, *(who.roles or ()))):
            return None
        return Finding(
            started_at=last,
            severity="warning" if is_cooling else "info",
            value=self.dormant_days,
            baseline=None,
            threshold=self.dormant_days,
            summary=f"No sign of life for {self.dormant_days:g} days.",
            evidence=who.all_marks(LIFE),
            shift=DORMANT,
        )

    def _awake(self, who: Stakeholder, at: int, episode: Episode) -> Finding | None:
        """A sign of life after all; one that had come in time retracts an alert that was of nothing else."""
        if next(who.newest_first(LIFE)).offset != who.offset:
            return None  # older than what was known
        known = who.all_marks(LIFE)
        if at > episode.asserted_at:
            days = self.dormant_days + (at - episode.asserted_at) / DAY_MS
            return ended(episode, f"Shows life again, after {days:.0f} days.", known)
        status = RETRACTED if episode.severity == "info" else RESOLVED
        return ended(episode, "Had shown life in time: it only became known later.", known, status=status)

    def _missing(self, who: Stakeholder, judged: int, until: int) -> list[Sort]:
        """The sorts that came in the quarter before the ``quiet_days`` up to ``judged``, but not up to ``until``."""
        quiet = self._quiet_ms()
        lasts = [(sort, who.newest_at(sort.last) or 0) for sort in SORTS]
        return [sort for sort, last in lasts if judged - quiet - QUARTER_MS < last <= until - quiet]

    def _is_dormant(self, episode: Episode) -> bool:
        return episode.threshold == self.dormant_days

    def _quiet_ms(self) -> int:
        return int(self.quiet_days * DAY_MS)

    def _dormant_ms(self) -> int:
        return int(self.dormant_days * DAY_MS)
