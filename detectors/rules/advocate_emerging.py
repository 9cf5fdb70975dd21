"""An employee who begins to speak for the company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.finding import Finding, ended
from detectors.interaction import Kind, Party
from detectors.past import SHARES
from detectors.rules import Rule
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window


@dataclass(frozen=True)
class AdvocateEmerging(Rule):
    """An employee who shares company content, or refers somebody, ``shares`` times within ``length_days``.

    It resolves when ``quiet_days`` pass without another time.
    """

    name: ClassVar[str] = "advocate_emerging"
    kinds: ClassVar[tuple[Kind, ...]] = SHARES.kinds
    reads: ClassVar[tuple[Window, ...]] = (SHARES,)
    parties: ClassVar[tuple[Party, ...]] = (Party.EMPLOYEE,)
    measures: ClassVar[tuple[str, str]] = ("shares and referrals", "times in {length_days:g} days")
    playbook: ClassVar[str] = "advocate"
    shows: ClassVar[tuple[str, ...]] = ("advocate",)
    reopens: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True

    shares: int = 2
    """Shares and referrals that an alert takes; 2 by default. Higher: later, and surer."""
    length_days: float = 30.0
    """Days within which they count together; 30 by default. Longer: rarer sharers are seen."""
    quiet_days: float = 60.0
    """Days without a further one after which the alert resolves; 60 by default."""

    def __post_init__(self) -> None:
        self._check({"shares": (1, SHARES.keep), "length_days": (1, 90), "quiet_days": (1, 365)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert when there are enough of them."""
        if who.open_episode(self.name) is not None:
            return None
        shared = who.newest(SHARES, int(self.length_days * DAY_MS))
        if len(shared) < self.shares:
            return None
        return Finding(
            started_at=shared[0].at,
            severity="info",
            value=len(shared),
            baseline=None,
            threshold=self.shares,
            summary=f"Shared company content or referred somebody {len(shared)} times"
            f" within {self.length_days:g} days.",
            evidence=shared,
            shift="advocate",
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``quiet_days`` after the last share."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return max(episode.asserted_at, who.newest_at(SHARES) or 0) + int(self.quiet_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """Nothing more was shared: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        shared = [mark for mark in who.all_marks(SHARES) if mark.at >= episode.started_at]
        return ended(episode, f"Nothing shared for {self.quiet_days:g} days.", shared)
