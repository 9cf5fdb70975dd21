"""A customer who wants to be in touch every week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors import traits
from detectors.fans import is_known_fan
from detectors.finding import Finding, ended
from detectors.past import (
    ADVISING,
    ANSWERS,
    COMPLAINTS,
    CONTENT,
    DISPLEASED,
    UNTOLD,
    UNTOLD_WORDS,
    VOICE,
    WORDS,
    contacts,
)
from detectors.relationship import MAD_BRO, is_shown
from detectors.rules import Rule
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.interaction import Kind
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window

_WEEK_MS: Final = 7 * DAY_MS


@dataclass(frozen=True)
class NeedyPattern(Rule):
    """Contacts in ``weeks`` of the last ``of_weeks`` weeks, by somebody known not to be displeased on the whole.

    It is looked for at each contact known to be content; weeks end with its day, and advice is no contact. Whoever
    complains or is a fan is something else. It resolves when the pattern has not been there for ``of_weeks`` weeks, or
    when they begin to complain.
    """

    name: ClassVar[str] = "needy_pattern"
    kinds: ClassVar[tuple[Kind, ...]] = tuple(kind for kind in VOICE if kind not in ADVISING)
    reads: ClassVar[tuple[Window, ...]] = (WORDS, ANSWERS, UNTOLD, DISPLEASED, CONTENT, COMPLAINTS)
    measures: ClassVar[tuple[str, str]] = ("weeks with a contact", "of {of_weeks} weeks")
    playbook: ClassVar[str] = "needy"
    shows: ClassVar[tuple[str, ...]] = ("needy",)
    reopens: ClassVar[bool] = True
    asked_for: ClassVar[tuple[Window, ...]] = (CONTENT, COMPLAINTS)
    reads_head: ClassVar[bool] = True

    weeks: int = 4
    """Weeks with a contact that make the pattern; 4 by default. Lower: busy months are told."""
    of_weeks: int = 5
    """Weeks that are looked at; 5 by default. Longer: later, and surer."""
    displeased: float = 0.5
    """Share of their known words that must not be displeased ones; .5 by default. Higher: complainers are told, too."""
    complaints: int = 3
    """Complaints in these weeks up to which somebody is no complainer; 3 by default."""
    told: float = 0.25
    """Share of their words of which it must be known how they are meant; .25 by default. Lower: a few known words speak
    for many unknown ones."""

    def __post_init__(self) -> None:
        self._check({"of_weeks": (1, 12)})
        self._check(
            {
                "weeks": (1, self.of_weeks),
                "displeased": (0.01, 1),
                "complaints": (0, COMPLAINTS.keep - 1),
                "told": (0, 1),
            }
        )

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert when the pattern is there, its end when they complain."""
        episode = who.episode(self.name)
        if episode is not None and episode.is_open:
            if not self._complains(who, self._newest(who, interaction)):
                return None
            return ended(episode, "Has begun to complain, which is another matter.", who.all_marks(CONTENT))
        if not traits.traits_of(interaction) & traits.CONTENT:
            return None
        at = self._newest(who, interaction)
        if (
            who.counted(WORDS, at, self._days()) < self.weeks  # so it is with most people
            or (episode is not None and at <= episode.detected_at)
            or is_known_fan(who, at)
        ):
            return None
        by_day = contacts(who, at, self._days())
        active = _weeks(by_day, at)
        if len(active) < self.weeks or not self._is_content(who, at):
            return None
        times = sum(by_day.values())
        known = who.all_marks(CONTENT)
        return Finding(
            started_at=(at // DAY_MS - 7 * max(active) - 6) * DAY_MS,
            severity="info",
            value=len(active),
            baseline=None,
            threshold=self.weeks,
            summary=f"In touch {times} times, in {len(active)} of the last {self.of_weeks} weeks, and not displeased.",
            evidence=known,
            evidence_total=max(times, len(known)),
            shift="needy",
        )

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Nobody can tell how they mean what they say."""
        words, told = self._told(who, who.seen)
        return UNTOLD_WORDS if words and told < max(1, self.told * words) else None

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``of_weeks`` weeks after the last contact at which the pattern was there."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        at = self._newest(who, interaction)
        waiting = (who.deadlines or {}).get(self.name)
        if waiting is not None and len(_weeks(contacts(who, at, self._days()), at)) < self.weeks:
            return waiting.due
        return max(at + self.of_weeks * _WEEK_MS, 0 if waiting is None else waiting.due)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """The pattern has not come back: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        summary = f"No longer in touch in {self.weeks} of {self.of_weeks} weeks."
        return ended(episode, summary, who.all_marks(CONTENT))

    def _is_content(self, who: Stakeholder, at: int) -> bool:
        """Whether it is known well enough that they do not complain."""
        words, told = self._told(who, at)
        return told >= max(1, self.told * words) and not self._complains(who, at)

    def _complains(self, who: Stakeholder, at: int) -> bool:
        """Whether an alert says so, or too many complaints, or too large a part of what they say."""
        since = at - self.of_weeks * _WEEK_MS
        complaints = sum(1 for mark in who.newest_first(COMPLAINTS) if mark.at > since)
        _, told = self._told(who, at)
        displeased = who.counted(DISPLEASED, at, self._days())
        return (
            is_shown(who, MAD_BRO)
            or complaints > self.complaints
            or (displeased > 0 and displeased >= self.displeased * told)
        )

    def _told(self, who: Stakeholder, at: int) -> tuple[int, int]:
        """How many words of these weeks, and of how many it is known how they are meant."""
        words = who.counted(WORDS, at, self._days())
        return words, words - who.counted(UNTOLD, at, self._days()) if words else 0

    def _newest(self, who: Stakeholder, interaction: Seen) -> int:
        """The time (ms) of the newest contact that is surely known, so that a late one still counts."""
        return max(interaction.occurred_at, who.newest_at(CONTENT) or 0)

    def _days(self) -> int:
        return 7 * self.of_weeks


def _weeks(by_day: dict[int, int], at: int) -> set[int]:
    """The weeks with a contact, counted back from the one that ends with the day of ``at``."""
    last = at // DAY_MS
    return {(last - day) // 7 for day in by_day}
