"""A new employee whose onboarding stalls, or whom nobody takes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from detectors.finding import RESOLVED, RETRACTED, Finding, ended
from detectors.interaction import Kind, Party
from detectors.rules import Rule
from detectors.trails import Mark
from detectors.windows import DAY_MS, Trail

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window

STEPS: Final = Trail("onboarding_steps", (Kind.ONBOARDING_STEP_DONE,), keep=32)
CONTACTS: Final = Trail("colleague_contacts", (Kind.COLLEAGUE_CONTACTED, Kind.TRAINING_DONE), keep=2)


class _Wait(NamedTuple):
    """What is waited for, until when (ms), and since which interaction."""

    due: int
    what: str
    since: Mark


@dataclass(frozen=True)
class NewcomerStalled(Rule):
    """An employee in the first ``new_days`` without an onboarding step, or without colleagues, for ``working_days``.

    They are new from their first onboarding step on. After ``steps`` of them only colleagues are waited for. Working
    days are Monday to Friday (UTC), each until its end. It resolves with what was missing, or when they are new no
    longer; what turns out to have come in time retracts it.
    """

    name: ClassVar[str] = "newcomer_stalled"
    kinds: ClassVar[tuple[Kind, ...]] = STEPS.kinds + CONTACTS.kinds
    reads: ClassVar[tuple[Window, ...]] = (STEPS, CONTACTS)
    parties: ClassVar[tuple[Party, ...]] = (Party.EMPLOYEE,)
    measures: ClassVar[tuple[str, str]] = ("silence since the last onboarding step or contact", "working days")
    playbook: ClassVar[str] = "new"
    reopens: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True
    waits_unasked: ClassVar[bool] = True

    working_days: int = 10
    """Working days of silence before the alert; 10 by default. Fewer: a holiday is taken for a stall."""
    steps: int = 3
    """Onboarding steps after which no further one is waited for; 3 by default. Set it to how many yours has: with more
    than there are, the silence after the last one is taken for a stall."""
    new_days: float = 90.0
    """Days from the first step for which somebody is new; 90 by default."""

    def __post_init__(self) -> None:
        self._check({"working_days": (1, 60), "steps": (1, STEPS.keep - 1), "new_days": (7, 365)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """What was missing has come, or had come in time."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        at = interaction.occurred_at
        if any(wait.due <= max(at, episode.asserted_at) for wait in self._waits(who)):
            return None
        evidence = [*who.newest(STEPS, 1), *who.newest(CONTACTS, 1)]
        if at <= episode.asserted_at:
            summary = "Was not left alone after all: it only became known later."
            return ended(episode, summary, evidence, status=RETRACTED)
        return ended(episode, "The onboarding goes on.", evidence, status=RESOLVED)

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Nobody knows since when they are here."""
        return "no onboarding step is known" if who.newest_at(STEPS) is None else None

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """The end of the longest silence allowed; while an alert stands, the time when they are new no longer."""
        end = self._end(who)
        episode = who.episode(self.name)
        if end is None or interaction.occurred_at >= end or (episode is not None and episode.detected_at >= end):
            return None
        if episode is not None and episode.is_open:
            return end
        return min((wait.due for wait in self._waits(who)), default=None)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """The silence has lasted too long, or the time as a newcomer is over."""
        end = self._end(who)
        if end is None:
            return None
        known = who.all_marks(STEPS)
        episode = who.open_episode(self.name)
        if episode is not None:
            return ended(episode, f"Their first {self.new_days:g} days are over.", known)
        missing = [wait for wait in self._waits(who) if wait.due <= due]
        if not missing:
            return None
        evidence = sorted({wait.since for wait in missing}, key=lambda mark: (mark.at, mark.offset))
        return Finding(
            started_at=evidence[0].at,
            severity="warning",
            value=self.working_days,
            baseline=None,
            threshold=self.working_days,
            summary=f"New here for {(due - known[0].at) // DAY_MS} days, with"
            f" {' and '.join(wait.what for wait in missing)} for {self.working_days} working days.",
            evidence=evidence,
            look_at=end,
        )

    def _end(self, who: Stakeholder) -> int | None:
        """When they are new no longer; None if nobody can tell."""
        first = next(iter(who.all_marks(STEPS)), None)
        return None if first is None else first.at + int(self.new_days * DAY_MS)

    def _waits(self, who: Stakeholder) -> list[_Wait]:
        """What is waited for, as long as they are new."""
        end = self._end(who)
        steps = who.all_marks(STEPS)
        if end is None or len(steps) == STEPS.keep:  # so many that the first is not known for certain
            return []
        waits = []
        if len(steps) < self.steps:
            waits.append(_Wait(_after(steps[-1].at, self.working_days), "no onboarding step", steps[-1]))
        since = max([steps[0], *who.newest(CONTACTS, 1)], key=lambda mark: mark.at)
        waits.append(_Wait(_after(since.at, self.working_days), "no contact with a colleague", since))
        return [wait for wait in waits if wait.due < end]


def _after(at: int, working_days: int) -> int:
    """The end (ms) of the last of so many working days after the day (UTC) of ``at``."""
    day = at // DAY_MS
    while working_days:
        day += 1
        working_days -= (day + 3) % 7 < 5  # 1970-01-01 was a Thursday
    return (day + 1) * DAY_MS
