"""An employee who spoke for the company and has gone quiet."""

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

MONTH_MS = 30 * DAY_MS


@dataclass(frozen=True)
class AdvocateQuiet(Rule):
    """Nothing shared for ``quiet_days`` by an employee who shared in each of ``months`` months before.

    A month is 30 days, counted back from the last share. It resolves with the next one.
    """

    name: ClassVar[str] = "advocate_quiet"
    kinds: ClassVar[tuple[Kind, ...]] = SHARES.kinds
    reads: ClassVar[tuple[Window, ...]] = (SHARES,)
    parties: ClassVar[tuple[Party, ...]] = (Party.EMPLOYEE,)
    measures: ClassVar[tuple[str, str]] = ("silence since the last share", "days")
    playbook: ClassVar[str] = "advocate"
    reads_head: ClassVar[bool] = True
    waits_unasked: ClassVar[bool] = True

    months: int = 3
    """Months in a row with a share that make silence remarkable; 3 by default. Lower: occasional sharers are missed
    as well."""
    quiet_days: float = 60.0
    """Days of silence before the alert; 60 by default. Shorter: holidays are taken for silence."""

    def __post_init__(self) -> None:
        self._check({"months": (1, 12), "quiet_days": (7, 365)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """A share after the silence ends the alert."""
        episode = who.open_episode(self.name)
        if episode is None or interaction.occurred_at <= episode.started_at:
            return None
        days = (interaction.occurred_at - episode.started_at) / DAY_MS
        return ended(episode, f"Shares again, after {days:.0f} days.", who.newest(SHARES, DAY_MS))

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Not shared for long enough to be missed."""
        months = self._months(who)
        return f"shared in {months} of {self.months} months" if months < self.months else None

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """``quiet_days`` after the last share of somebody who has shared for months."""
        shared = who.all_marks(SHARES)
        if self._months(who) < self.months:
            return None
        return shared[-1].at + int(self.quiet_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """The silence has lasted too long."""
        shared = who.all_marks(SHARES)
        if not shared:
            return None
        months = self._months(who)
        return Finding(
            started_at=shared[-1].at,
            severity="warning",
            value=self.quiet_days,
            baseline=None,
            threshold=self.quiet_days,
            summary=f"Shared company content or referred somebody in each of {months} months, but nothing for"
            f" {self.quiet_days:g} days.",
            evidence=shared,
        )

    def _months(self, who: Stakeholder) -> int:
        """How many months in a row before and with the last share had one, as far as they are remembered."""
        shared = who.all_marks(SHARES)
        if not shared:
            return 0
        active = {(shared[-1].at - mark.at) // MONTH_MS for mark in shared}
        months = 0
        while months in active:
            months += 1
        return months
