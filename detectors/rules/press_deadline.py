"""A journalist asks, and a deadline runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.finding import Finding, ended
from detectors.interaction import KIND_CODES, OUTBOUND, Kind, Party
from detectors.places import spoken
from detectors.rules import Rule
from detectors.windows import HOUR_MS, Trail

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window

DEADLINE: Final = "deadline"
ENQUIRIES: Final = Trail("enquiries", (Kind.ENQUIRY_MADE,), keep=8)
_ASKED: Final = KIND_CODES[Kind.ENQUIRY_MADE]
_SENT: Final = KIND_CODES[Kind.MAIL_SENT]


@dataclass(frozen=True)
class PressDeadline(Rule):
    """An enquiry by a journalist, until anybody of ours writes or calls them back.

    Further enquiries update the alert; it resolves with the first answer, or ``over_hours`` after the last enquiry,
    when whatever was asked for has been printed.
    """

    name: ClassVar[str] = "press_deadline"
    kinds: ClassVar[tuple[Kind, ...]] = (
        Kind.ENQUIRY_MADE,
        Kind.MAIL_SENT,
        Kind.MAIL_REPLIED,
        Kind.TICKET_REPLIED,
        Kind.CALL_MADE,
        Kind.CHAT_STARTED,
    )
    reads: ClassVar[tuple[Window, ...]] = (ENQUIRIES,)
    parties: ClassVar[tuple[Party, ...]] = (Party.JOURNALIST,)
    measures: ClassVar[tuple[str, str]] = ("enquiries without an answer", "in {over_hours:g} hours")
    playbook: ClassVar[str] = DEADLINE
    shows: ClassVar[tuple[str, ...]] = (DEADLINE,)
    is_urgent: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True

    over_hours: float = 72.0
    """Hours after the last enquiry for which it is worth an answer; 72 by default. Longer: alerts stay open longer."""

    def __post_init__(self) -> None:
        self._check({"over_hours": (1, 720)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert at an enquiry, its end at our answer."""
        at = interaction.occurred_at
        episode = who.episode(self.name)
        if interaction.kind != _ASKED:
            is_ours = interaction.kind == _SENT or interaction.direction == OUTBOUND
            if not is_ours or episode is None or not episode.is_open or at < episode.asserted_at:
                return None
            minutes = max(1, round((at - episode.started_at) / 60_000))
            waited = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
            asked = [mark for mark in who.all_marks(ENQUIRIES) if mark.at >= episode.started_at]
            return ended(episode, f"Answered after {waited}.", asked, max(len(asked), int(episode.value)))
        if episode is not None and not episode.is_open and at <= episode.detected_at:
            return None  # it only became known after the answer to a later one
        asked = who.newest(ENQUIRIES, int(self.over_hours * HOUR_MS))
        if episode is not None:
            since = episode.started_at if episode.is_open else episode.detected_at + 1
            asked = [mark for mark in asked if mark.at >= since]
        if not asked:
            return None
        return Finding(
            started_at=asked[0].at,
            severity="critical",
            value=len(asked),
            baseline=None,
            threshold=1,
            summary=f"Asked us {spoken(asked[-1].channel)} and waits for an answer."
            if len(asked) == 1
            else f"Asked us {len(asked)} times, last {spoken(asked[-1].channel)}, and waits for an answer.",
            evidence=asked,
            shift=DEADLINE,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``over_hours`` after the last enquiry."""
        episode = who.open_episode(self.name)
        newest = who.newest_at(ENQUIRIES)
        if episode is None:
            return None
        return (episode.asserted_at if newest is None else newest) + int(self.over_hours * HOUR_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """Nobody answered in time: the alert resolves, as there is nothing left to answer."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        asked = [mark for mark in who.all_marks(ENQUIRIES) if mark.at >= episode.started_at]
        summary = f"No answer of ours became known within {self.over_hours:g} hours."
        return ended(episode, summary, asked, max(len(asked), int(episode.value)))
