"""The first negative public post of a fan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.fans import FANDOM, MOST_REMEMBERED, is_fan, is_known_fan, times_spoken
from detectors.finding import Finding, ended
from detectors.past import BLAME, COMPLAINTS, PRAISE, PUBLIC, VOICE
from detectors.places import spoken
from detectors.relationship import MAD_BRO, UBER_FAN
from detectors.rules import Rule
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.interaction import Kind
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window


@dataclass(frozen=True)
class FanTurned(Rule):
    """A complaint or negative word in public by a fan who has not praised us since.

    It resolves at the next praise, or when ``calm_days`` pass without a complaint or negative word in public.
    """

    name: ClassVar[str] = "fan_turned"
    kinds: ClassVar[tuple[Kind, ...]] = VOICE
    ends: ClassVar[tuple[Kind, ...]] = tuple(kind for kind in VOICE if kind not in PUBLIC)
    reads: ClassVar[tuple[Window, ...]] = (*FANDOM, BLAME, COMPLAINTS)
    measures: ClassVar[tuple[str, str]] = ("negative public posts of a fan", "posts")
    playbook: ClassVar[str] = UBER_FAN
    shows: ClassVar[tuple[str, ...]] = (MAD_BRO,)
    reopens: ClassVar[bool] = True
    asked_for: ClassVar[tuple[Window, ...]] = (BLAME, COMPLAINTS, PRAISE)
    needs_meaning: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True

    times: int = 6
    """Advocacy, more than there is against us, by which somebody counts as a fan without being of the type; 6 by
    default, as many as are remembered. Lower: the first bad word of people who praised us a few times is told."""
    calm_days: float = 30.0
    """Days without a complaint or negative word after which the alert resolves; 30 by default."""

    def __post_init__(self) -> None:
        self._check({"times": (1, MOST_REMEMBERED), "calm_days": (1, 365)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert at the negative word, its end at the next praise."""
        episode = who.open_episode(self.name)
        if episode is None and times_spoken(who) < self.times and not is_known_fan(who, interaction.occurred_at):
            return None  # so it is with most people
        blame = next(who.newest_first(BLAME), None)
        if blame is None:
            return None
        is_made_up = blame.at < (who.newest_at(PRAISE) or 0)
        if episode is not None:
            return ended(episode, "Praises us again.", [blame, who.all_marks(PRAISE)[-1]]) if is_made_up else None
        if is_made_up or blame.offset != who.offset or not is_fan(who, blame.at, self.times):
            return None
        return Finding(
            started_at=blame.at,
            severity="warning",
            value=1,
            baseline=None,
            threshold=1,
            summary=f"A fan until now, and speaks against us in public {spoken(blame.channel)}.",
            evidence=[blame],
            shift=MAD_BRO,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``calm_days`` after the last complaint or negative word in public."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        newest = max(who.newest_at(BLAME) or 0, who.newest_at(COMPLAINTS) or 0, episode.asserted_at)
        return newest + int(self.calm_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """Nothing negative since: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return ended(episode, f"No further negative word for {self.calm_days:g} days.", who.all_marks(BLAME))
