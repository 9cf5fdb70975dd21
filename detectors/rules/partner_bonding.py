"""A partner or investor who gives as much as they take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from detectors import reciprocity
from detectors.finding import Finding, ended
from detectors.interaction import CHANNEL_CODES, CHANNELS, Kind, Party
from detectors.reciprocity import DAYS, FEEDBACK, LASTS, MOST_QUARTERS, QUARTER_DAYS, QUARTER_MS, SORTS
from detectors.rules import Rule
from detectors.windows import DAY_MS, Counter

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder

MARRIAGE_MATERIAL: Final = "marriage_material"
_TWO_WAY: Final = (Kind.CAMPAIGN_JOINED, *FEEDBACK)
CONTACTS: Final = Counter("partner_contacts", _TWO_WAY)


@dataclass(frozen=True)
class PartnerBonding(Rule):
    """Reciprocity: ``signs`` of four sorts in each of the last ``quarters`` of 90 days, on channels that are our own.

    The sorts: referral traffic, mentions that are not negative, joint campaigns, feedback. The quarters are counted
    back from the newest of these. It resolves once fewer sorts came within ``quiet_days``.
    """

    name: ClassVar[str] = "partner_bonding"
    kinds: ClassVar[tuple[Kind, ...]] = reciprocity.KINDS
    parties: ClassVar[tuple[Party, ...]] = (Party.PARTNER, Party.INVESTOR)
    measures: ClassVar[tuple[str, str]] = ("sorts of what they give in return", "of 4, in 90 days")
    playbook: ClassVar[str] = MARRIAGE_MATERIAL
    shows: ClassVar[tuple[str, ...]] = (MARRIAGE_MATERIAL,)
    reopens: ClassVar[bool] = True

    signs: int = 3
    """Sorts that an alert takes in every quarter, of 4; 3 by default. Fewer: mere acquaintances count."""
    quarters: int = 2
    """Quarters in a row in which they came; 2 by default, as far back as is counted. 1: a single campaign may do."""
    owned_share: float = 0.7
    """Share of the last 90 days' contact that goes by our own channels; .7 by default, 0 to 1. Lower: partners count
    whom a platform can take away."""
    owned: tuple[str, ...] = ("site", "app", "shop", "mail", "phone", "chat", "sms", "in_person")
    """Channels that are our own. More: platforms count as direct contact."""
    quiet_days: float = 180.0
    """Days in which fewer sorts came after which the alert resolves; 180 by default. Shorter than a partner's usual
    pause between campaigns: they come and go."""

    def __post_init__(self) -> None:
        self._check(
            {"signs": (1, len(SORTS)), "quarters": (1, MOST_QUARTERS), "owned_share": (0, 1), "quiet_days": (90, 730)}
        )
        self._check_each("owned", lambda channel: channel in set(CHANNELS), ", ".join(CHANNELS))
        self._set(reads=(self._owned_contacts, CONTACTS, *DAYS, *LASTS))

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert when they gave enough in every quarter."""
        episode = who.episode(self.name)
        lasts = reciprocity.last_times(who)
        if not lasts or (episode is not None and (episode.is_open or lasts[-1] <= episode.detected_at)):
            return None
        until = lasts[-1]
        quarters = [reciprocity.counts(who, until - back * QUARTER_MS) for back in range(self.quarters)]
        sorts = min(sum(times > 0 for times in quarter) for quarter in quarters)
        share = self._owned_share(who, until)
        if sorts < self.signs or share is None or share < self.owned_share:
            return None
        given = [sort.name for sort, times in zip(SORTS, quarters[0], strict=True) if times]
        known = reciprocity.evidence(who, until - self.quarters * QUARTER_MS)
        return Finding(
            started_at=until,
            severity="info",
            value=sorts,
            baseline=None,
            threshold=self.signs,
            summary=f"Gives in return, by {', '.join(given)}, for {self.quarters * QUARTER_DAYS} days now;"
            f" {share:.0%} of the contact goes by our own channels.",
            evidence=known,
            evidence_total=max(len(known), sum(map(sum, quarters))),
            shift=MARRIAGE_MATERIAL,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, the time from which fewer sorts lie within ``quiet_days``."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        lasts = reciprocity.last_times(who)[-self.signs :]
        return (lasts[0] if lasts else episode.asserted_at) + int(self.quiet_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """Too little came: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        summary = f"Fewer than {self.signs} of what they used to give came within {self.quiet_days:g} days."
        return ended(episode, summary, reciprocity.evidence(who, 0))

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Not known for as many quarters, or of no contact with us."""
        lasts = reciprocity.last_times(who)
        if not lasts:
            return "nothing that they gave in return is known"
        for back in range(1, self.quarters):
            if not any(reciprocity.counts(who, lasts[-1] - back * QUARTER_MS)):
                return f"seen in {back} of {self.quarters} quarters"
        return "no contact with them is known" if self._owned_share(who, lasts[-1]) is None else None

    @cached_property
    def _owned_contacts(self) -> Counter:
        codes = frozenset(code for channel, code in CHANNEL_CODES.items() if channel in self.owned)
        return Counter("partner_owned_contacts", _TWO_WAY, lambda contact: contact.channel in codes, tests_head=True)

    def _owned_share(self, who: Stakeholder, until: int) -> float | None:
        """The share of the quarter's contact that goes by our own channels; None without any."""
        contacts = who.counted(CONTACTS, until, QUARTER_DAYS)
        return who.counted(self._owned_contacts, until, QUARTER_DAYS) / contacts if contacts else None
