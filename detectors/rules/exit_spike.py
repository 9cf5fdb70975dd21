"""A silent customer whose funnel exits spike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.chances import at_least
from detectors.day_counts import COUNTER_DAYS
from detectors.finding import Finding, ended
from detectors.interaction import KIND_CODES, Kind
from detectors.past import COMPLETIONS, EXITS, FUNNEL_ENDS, WORDS
from detectors.rules import Rule
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Episode, Stakeholder
    from detectors.trails import Mark
    from detectors.windows import Window

_EXITED = KIND_CODES[Kind.FUNNEL_EXITED]


@dataclass(frozen=True)
class ExitSpike(Rule):
    """Exits within 24 hours that are improbable for this person, who says nothing otherwise.

    The tail of a beta-binomial: exits among the sessions of 24 hours, given the person's own ``baseline_days`` and
    ``prior_sessions`` sessions at the rate of all people. Calibrated where Poisson tails and z-scores measure bursts
    of activity. It resolves at a purchase or completed funnel, or after ``calm_days`` without an exit.
    """

    name: ClassVar[str] = "exit_spike"
    kinds: ClassVar[tuple[Kind, ...]] = (Kind.FUNNEL_EXITED, Kind.FUNNEL_COMPLETED, Kind.PURCHASE_MADE)
    ends: ClassVar[tuple[Kind, ...]] = (Kind.FUNNEL_COMPLETED, Kind.PURCHASE_MADE)
    reads: ClassVar[tuple[Window, ...]] = (FUNNEL_ENDS, EXITS, COMPLETIONS, WORDS)
    measures: ClassVar[tuple[str, str]] = ("funnel exits", "exits in 24 hours")
    playbook: ClassVar[str] = "leaving_at_checkout"
    reads_head: ClassVar[bool] = True
    detail: ClassVar[str] = "step"

    min_events: int = 3
    """Exits within 24 hours that an alert takes at least; 3 by default. Fewer: any two bad evenings."""
    cutoff: float = 0.018
    """Probability below which exits are a spike; .018 gives one false alarm in 1,000 active person-days, .034 three."""
    baseline_days: int = 28
    """Days of the person's own past before the 24 hours; 28 by default. Longer: steadier, slower to forget."""
    prior_sessions: float = 8.0
    """Weight of all people's rate, in sessions; 8 by default. Higher: newcomers are judged more like everybody."""
    silent_days: int = 90
    """Days without a word from the person that make them silent; 90 by default. 0: talkers are alerted as well."""
    calibration: float | None = None
    """All people's share of exits among funnel visits, 0 to 1, instead of learning it; none by default. Given, nobody
    is judged by other people: results no longer vary with how partitions are read."""
    calm_days: float = 7.0
    """Days without an exit after which the alert resolves by itself; 7 by default."""

    def __post_init__(self) -> None:
        if self.calibration is not None and not 0 < self.calibration < 1:
            raise ValueError(f"calibration is {self.calibration}; allowed: between 0 and 1")
        self._check(
            {
                "min_events": (2, FUNNEL_ENDS.keep),
                "cutoff": (1e-9, 0.5),
                "baseline_days": (1, COUNTER_DAYS - 2),
                "prior_sessions": (0.1, 1000),
                "silent_days": (0, COUNTER_DAYS),
                "calm_days": (1, 90),
            }
        )

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """A spike at an exit, its end at a completed funnel or purchase.

        The 24 hours end with the newest exit, so that a late one still counts; nothing begins again before its end.
        """
        if interaction.kind != _EXITED:
            return self._completed(who, interaction)
        at = who.newest_at(FUNNEL_ENDS) or interaction.occurred_at
        episode = who.episode(self.name)
        least = self.min_events
        if episode is not None and episode.is_open:
            least = max(least, int(episode.value) + 1)
        elif episode is not None and at <= episode.detected_at:
            return None
        if who.counted(EXITS, at, 2) < least:  # the days that the 24 hours may touch
            return None
        recent = who.newest(FUNNEL_ENDS, DAY_MS)
        exits = [mark for mark in recent if mark.kind == _EXITED]
        if len(exits) < least or recent[-1].kind != _EXITED:
            return None
        if self.silent_days and who.counted(WORDS, at, self.silent_days):
            return None
        return self._spike(who, exits, len(recent), normal)

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """No visit to the purchase is known."""
        return "no begun purchase is known" if who.newest_at(FUNNEL_ENDS) is None else None

    def _spike(self, who: Stakeholder, exits: list[Mark], sessions: int, normal: Normal) -> Finding | None:
        before = exits[-1].at - 2 * DAY_MS  # the day before those 24 hours, which may have begun on the last
        everybody = self._usual_share(normal)
        leave = who.counted(EXITS, before, self.baseline_days) + self.prior_sessions * everybody
        stay = who.counted(COMPLETIONS, before, self.baseline_days) + self.prior_sessions * (1.0 - everybody)
        chance = at_least(len(exits), sessions, leave, stay)
        if chance >= self.cutoff:
            return None
        usual = sessions * leave / (leave + stay)
        return Finding(
            started_at=exits[0].at,
            severity="warning",
            value=len(exits),
            baseline=round(usual, 2),
            threshold=self._threshold(sessions, leave, stay),
            summary=f"Left the purchase {len(exits)} times in 24 hours, in {sessions} attempts, where {usual:.1f}"
            f" would be usual for this silent customer (chance 1 in {max(1, round(1 / max(chance, 1e-9))):,}).",
            evidence=exits,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``calm_days`` after the last exit."""
        episode = who.open_episode(self.name)
        return None if episode is None else _last_exit(who, episode) + int(self.calm_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """No exit for ``calm_days``: the alert resolves."""
        episode = who.open_episode(self.name)
        return None if episode is None else self._end(who, episode, f"No further exit for {self.calm_days:g} days.")

    def _completed(self, who: Stakeholder, interaction: Seen) -> Finding | None:
        episode = who.open_episode(self.name)
        if episode is None or interaction.occurred_at < _last_exit(who, episode):
            return None
        return self._end(who, episode, "Completed a purchase after all.")

    def _usual_share(self, normal: Normal) -> float:
        if self.calibration is not None:
            return self.calibration
        return (normal.total(EXITS) + 1.0) / (normal.total(EXITS) + normal.total(COMPLETIONS) + 2.0)

    def _threshold(self, sessions: int, leave: float, stay: float) -> int:
        exits = self.min_events
        while exits < sessions and at_least(exits, sessions, leave, stay) >= self.cutoff:
            exits += 1
        return exits

    def _end(self, who: Stakeholder, episode: Episode, summary: str) -> Finding:
        exits = [mark for mark in who.all_marks(FUNNEL_ENDS) if mark.kind == _EXITED and mark.at >= episode.started_at]
        # The trail may have lost some since.
        return ended(episode, summary, exits, max(len(exits), int(episode.value)))


def _last_exit(who: Stakeholder, episode: Episode) -> int:
    exits = (mark.at for mark in who.newest_first(FUNNEL_ENDS) if mark.kind == _EXITED)
    return next(exits, episode.asserted_at)
