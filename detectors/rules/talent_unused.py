"""An employee who takes part less than they used to, or whose ideas nobody answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.day_counts import COUNTER_DAYS
from detectors.finding import RESOLVED, RETRACTED, Finding, ended
from detectors.interaction import KIND_CODES, NEWEST_MS, OUTBOUND, Kind, Party
from detectors.past import text_of
from detectors.rules import Rule
from detectors.traits import THEIRS
from detectors.windows import DAY_MS, Counter, Trail

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Episode, Stakeholder
    from detectors.trails import Mark
    from detectors.windows import Window

RECENT_DAYS: Final = 30
GONE_MS: Final = 120 * DAY_MS
"""So long after the last sign of somebody there is nothing left to compare with."""
IDEAS_WAITING: Final = ("ideas without a word from us", "ideas in {reply_days:g} days")
TAKING_PART: Final = (
    Kind.IDEA_SUBMITTED,
    Kind.CONTENT_SHARED,
    Kind.TRAINING_DONE,
    Kind.COLLEAGUE_CONTACTED,
    Kind.COMMENT_WRITTEN,
    Kind.POST_PUBLISHED,
    Kind.SURVEY_ANSWERED,
    Kind.CAMPAIGN_JOINED,
)
"""The kinds by which an employee takes part."""
WORD: Final = (
    Kind.MAIL_SENT,
    Kind.MAIL_REPLIED,
    Kind.COMMENT_WRITTEN,
    Kind.TICKET_REPLIED,
    Kind.CALL_MADE,
    Kind.CHAT_STARTED,
)
"""The kinds by which somebody answers them."""
_SENT: Final = KIND_CODES[Kind.MAIL_SENT]


def _is_ours(interaction: Seen) -> bool:
    """Said to the person."""
    return interaction.kind == _SENT or interaction.direction == OUTBOUND


PARTS: Final = Counter("parts", TAKING_PART, traits=THEIRS)
LAST_PARTS: Final = Trail("last_parts", TAKING_PART, keep=6, traits=THEIRS)
IDEAS: Final = Trail("ideas", (Kind.IDEA_SUBMITTED,), keep=6, quotes=text_of, traits=THEIRS)
REPLIES: Final = Trail("replies", WORD, _is_ours, keep=4, tests_head=True)


@dataclass(frozen=True)
class TalentUnused(Rule):
    """Participation of 30 days below ``share`` of their usual 30 days in 90, or an idea without a word for days.

    Whatever is said to them answers the ideas before it. It resolves when they take part again and no idea waits, or
    after 120 days without a sign of them; what turns out to have come in time retracts it.
    """

    name: ClassVar[str] = "talent_unused"
    kinds: ClassVar[tuple[Kind, ...]] = tuple(dict.fromkeys(TAKING_PART + WORD))
    reads: ClassVar[tuple[Window, ...]] = (PARTS, LAST_PARTS, IDEAS, REPLIES)
    parties: ClassVar[tuple[Party, ...]] = (Party.EMPLOYEE,)
    measures: ClassVar[tuple[str, str]] = ("participation", "times in 30 days")
    playbook: ClassVar[str] = "underutilised"
    shows: ClassVar[tuple[str, ...]] = ("underutilised",)
    reopens: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True
    waits_unasked: ClassVar[bool] = True

    share: float = 0.5
    """Share of the usual participation below which it is too little; .5 by default. Higher: a quiet month is enough."""
    back_share: float = 0.75
    """Share of the usual from which they take part again; .75 by default. Nearer to ``share``: more to and fro."""
    min_events: int = 12
    """Times in 90 days that make a usual; 12 by default. Fewer: chance decides."""
    reply_days: float = 14.0
    """Days for which an idea may wait for a word; 14 by default."""

    def __post_init__(self) -> None:
        self._check(
            {"share": (0.05, 1), "back_share": (self.share, 1), "min_events": (3, 900), "reply_days": (1, COUNTER_DAYS)}
        )

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """They take part again or were answered, or had been in time."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        at = interaction.occurred_at
        then = episode.asserted_at
        if at <= then and not self._waiting(who, then) and not self._is_low(who, _last_day(then), self.share):
            summary = "Took part and was answered after all: it only became known later."
            return self._end(who, episode, summary, RETRACTED)
        newest = max(at, then, who.newest_at(LAST_PARTS) or 0)
        if self._waiting(who, newest) or self._is_low(who, newest, self.back_share):
            return None
        return self._end(who, episode, "Takes part as usual, and no idea waits for an answer.", RESOLVED)

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Too little is known to have a usual."""
        newest = who.newest_at(LAST_PARTS)
        times = 0 if newest is None else who.counted(PARTS, newest, COUNTER_DAYS)
        if times < self.min_events:
            return f"took part {times} time{'' if times == 1 else 's'} in {COUNTER_DAYS} days: no usual yet"
        if newest is not None and not _has_usual(who, newest):
            return f"known for less than {COUNTER_DAYS - RECENT_DAYS} days: no usual yet"
        return None

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """When they will have taken part too little, or an idea waited too long; of an open alert, when it ends."""
        newest = who.newest_at(LAST_PARTS)
        if newest is None:
            return None
        episode = who.episode(self.name)
        if episode is not None and episode.is_open:
            return newest + GONE_MS
        dues = [mark.at + int(self.reply_days * DAY_MS) for mark in _unanswered(who, NEWEST_MS)[:1]]
        if who.counted(PARTS, newest, COUNTER_DAYS) >= self.min_events:
            for day in range(newest // DAY_MS, newest // DAY_MS + COUNTER_DAYS):
                if self._is_low(who, day * DAY_MS, self.share):
                    dues.append((day + 1) * DAY_MS)
                    break
        judged = 0 if episode is None else episode.detected_at
        return min((due for due in dues if due > judged), default=None)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """Too little for too long, or nothing more at all."""
        episode = who.open_episode(self.name)
        if episode is not None:
            return self._end(who, episode, "There was no further sign of them.", RESOLVED)
        parts = who.all_marks(LAST_PARTS)
        waiting = self._waiting(who, due)
        day = _last_day(due)
        is_low = self._is_low(who, day, self.share)
        if not is_low and not waiting:
            return None
        if not is_low:
            return Finding(
                started_at=waiting[0].at,
                severity="warning",
                value=len(waiting),
                baseline=None,
                threshold=1,
                summary=_told(waiting, (due - waiting[0].at) // DAY_MS),
                evidence=waiting,
                shift="underutilised",
                measure=IDEAS_WAITING,
                look_at=parts[-1].at + GONE_MS,
            )
        times = who.counted(PARTS, day, RECENT_DAYS)
        total = who.counted(PARTS, day, COUNTER_DAYS)
        usual = total * RECENT_DAYS / COUNTER_DAYS
        return Finding(
            started_at=parts[-1].at,
            severity="warning",
            value=times,
            baseline=round(usual, 1),
            threshold=round(self.share * usual, 1),
            summary=f"Took part {times} time{'' if times == 1 else 's'} in {RECENT_DAYS} days, where {usual:.3g} would"
            " be usual for them.",
            evidence=parts,
            evidence_total=max(len(parts), total),
            shift="underutilised",
            look_at=parts[-1].at + GONE_MS,
        )

    def _is_low(self, who: Stakeholder, at: int, share: float) -> bool:
        """Whether they took part less than that share of the usual, on the 30 days that end with the day of ``at``."""
        total = who.counted(PARTS, at, COUNTER_DAYS)
        if total < self.min_events or not _has_usual(who, at):
            return False
        return who.counted(PARTS, at, RECENT_DAYS) * COUNTER_DAYS < share * total * RECENT_DAYS

    def _waiting(self, who: Stakeholder, at: int) -> list[Mark]:
        """The ideas that had waited too long at that time."""
        return [mark for mark in _unanswered(who, at) if mark.at + int(self.reply_days * DAY_MS) <= at]

    def _end(self, who: Stakeholder, episode: Episode, summary: str, status: str) -> Finding:
        measure = None
        evidence = who.all_marks(LAST_PARTS)
        if episode.baseline is None:
            measure = IDEAS_WAITING
            evidence = [mark for mark in who.all_marks(IDEAS) if mark.at >= episode.started_at] or evidence
        return ended(episode, summary, evidence, status=status, measure=measure)


def _unanswered(who: Stakeholder, at: int) -> list[Mark]:
    """The ideas that nobody had answered at that time, nor said anything since."""
    answered = max((mark.at for mark in who.all_marks(REPLIES) if mark.at <= at), default=-1)
    return [mark for mark in who.all_marks(IDEAS) if answered < mark.at <= at]


def _last_day(at: int) -> int:
    """The last day (ms, UTC) that had ended at that time."""
    return (at // DAY_MS - 1) * DAY_MS


def _has_usual(who: Stakeholder, at: int) -> bool:
    """Whether they took part on any of the first 30 of the 90 days that end with the day of ``at``."""
    return who.counted(PARTS, at - (COUNTER_DAYS - RECENT_DAYS) * DAY_MS, RECENT_DAYS) > 0


def _told(waiting: list[Mark], days: int) -> str:
    if len(waiting) == 1:
        return f"An idea of theirs has had no word from us for {days} days."
    return f"{len(waiting)} ideas of theirs have had no word from us, the first for {days} days."
