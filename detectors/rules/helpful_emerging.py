"""A customer who begins to help us with answers and ideas."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.day_counts import COUNTER_DAYS
from detectors.finding import Finding, ended
from detectors.interaction import KIND_CODES, Kind
from detectors.past import ADVISING, ANSWERS, MEANING, UNTOLD_WORDS, contacts, meant
from detectors.rules import Rule
from detectors.traits import THEIRS
from detectors.windows import DAY_MS, Counter, Trail

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.trails import Mark
    from detectors.windows import Window

ADVICE: Final = Trail("advice", ADVISING, keep=6, traits=THEIRS)
SURVEYS_SENT: Final = Counter("surveys_sent", (Kind.SURVEY_SENT,))
_ANSWERED: Final = KIND_CODES[Kind.SURVEY_ANSWERED]
_WEEKS: Final = 4
"""Weeks over which contacts are averaged."""


@dataclass(frozen=True)
class HelpfulEmerging(Rule):
    """Most surveys answered, or many ``answers`` and ideas in ``length_days``; not ill meant, and seldom in touch else.

    How they are meant is told by tone and scores of all that they said in that time. It resolves when ``quiet_days``
    pass without an answer or idea.
    """

    name: ClassVar[str] = "helpful_emerging"
    kinds: ClassVar[tuple[Kind, ...]] = ADVISING
    reads: ClassVar[tuple[Window, ...]] = (ADVICE, SURVEYS_SENT, ANSWERS, *MEANING)
    measures: ClassVar[tuple[str, str]] = ("answers to surveys, and ideas", "times in {length_days:g} days")
    playbook: ClassVar[str] = "helpful"
    shows: ClassVar[tuple[str, ...]] = ("helpful",)
    reopens: ClassVar[bool] = True
    asked_for: ClassVar[tuple[Window, ...]] = (ADVICE,)
    reads_head: ClassVar[bool] = True

    share: float = 0.6
    """Share of the surveys sent that must be answered; .6 by default. Higher: only who answers nearly all."""
    least_sent: int = 4
    """Surveys sent from which the share counts; 4 by default. Lower: chance answers are taken for a habit."""
    answers: int = 5
    """Answers and ideas that suffice, whatever was sent; 5 by default. Higher: later, and surer."""
    length_days: float = 90.0
    """Days within which all of it counts together; 90 by default. Longer is not known."""
    contacts_a_week: float = 2.0
    """Other contacts a week that are still few, on average over four weeks; 2 by default. Higher: the talkative count
    as helpful, too."""
    told: float = 0.25
    """Share of their words of which it must be known how they are meant; .25 by default. Lower: a few known words speak
    for many unknown ones."""
    quiet_days: float = 90.0
    """Days without an answer or idea after which the alert resolves; 90 by default."""

    def __post_init__(self) -> None:
        self._check(
            {
                "share": (0.01, 1),
                "least_sent": (1, 100),
                "answers": (1, ADVICE.keep),
                "length_days": (1, COUNTER_DAYS),
                "contacts_a_week": (0, 100),
                "told": (0, 1),
                "quiet_days": (1, 365),
            }
        )

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert when there are enough answers, or answers to enough of the surveys."""
        at = who.newest_at(ADVICE) or 0
        episode = who.episode(self.name)
        if episode is not None and (episode.is_open or at <= episode.detected_at):
            return None
        found = self._sufficient(who, at)
        if found is None or not self._is_friendly(who, at):
            return None
        threshold, evidence, summary = found
        return Finding(
            started_at=evidence[0].at,
            severity="info",
            value=len(evidence),
            baseline=None,
            threshold=threshold,
            summary=summary,
            evidence=evidence,
            shift="helpful",
        )

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Nobody can tell how they mean it, or too few surveys were sent to tell by."""
        sent = who.counted(SURVEYS_SENT, who.seen, self._days())
        known = who.remembered(ADVICE)
        if known >= self.answers:
            known = len(who.newest(ADVICE, int(self.length_days * DAY_MS)))
        if sent < self.least_sent and known < self.answers:
            return f"{sent or 'no'} survey{'' if sent == 1 else 's'} sent to them in {self.length_days:g} days"
        words, told, _ = meant(who, who.seen, self._days())
        return UNTOLD_WORDS if words and told < self._enough(words) else None

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``quiet_days`` after the last answer or idea."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return max(episode.asserted_at, who.newest_at(ADVICE) or 0) + int(self.quiet_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """No further answer or idea: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return ended(episode, f"No answer and no idea for {self.quiet_days:g} days.", who.all_marks(ADVICE))

    def _sufficient(self, who: Stakeholder, at: int) -> tuple[int, list[Mark], str] | None:
        """Which of the two ways shows help: how much it takes, what there is of it, and a sentence."""
        sent = who.counted(SURVEYS_SENT, at, self._days())
        if sent < self.least_sent and who.remembered(ADVICE) < self.answers:
            return None
        days = f"within {self.length_days:g} days"
        given = who.newest(ADVICE, int(self.length_days * DAY_MS))
        answered = [mark for mark in given if mark.kind == _ANSWERED]
        if answered and sent >= self.least_sent and len(answered) / sent >= self.share:
            needed = ceil(self.share * sent - 1e-9)
            return needed, answered, f"Answered {len(answered)} of {sent} surveys {days}."
        if len(given) >= self.answers:
            return self.answers, given, f"Gave {len(given)} answers and ideas {days}."
        return None

    def _is_friendly(self, who: Stakeholder, at: int) -> bool:
        """Whether they are known not to mean ill on the whole, and seldom seek contact."""
        words, told, ill = meant(who, at, self._days())
        if told < self._enough(words) or 2 * ill > told:
            return False
        return sum(contacts(who, at, 7 * _WEEKS).values()) <= _WEEKS * self.contacts_a_week

    def _enough(self, words: int) -> float:
        return max(1, self.told * words)

    def _days(self) -> int:
        return ceil(self.length_days)
