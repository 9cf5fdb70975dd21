"""Somebody who watched in silence says their first word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors import traits
from detectors.finding import RETRACTED, Finding, ended
from detectors.interaction import Party
from detectors.past import VOICE, text_of
from detectors.places import spoken
from detectors.rules import Rule
from detectors.traits import traits_of
from detectors.windows import DAY_MS, Trail

if TYPE_CHECKING:
    from detectors.interaction import Kind
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window

SILENT_WATCHER: Final = "silent_watcher"
SAID: Final = Trail("watcher_words", VOICE, keep=4, quotes=text_of, traits=traits.THEIRS)


@dataclass(frozen=True)
class WatcherSpeaks(Rule):
    """The first word, public or to us, of somebody under a `silent_watcher` alert: nothing in ``silent_days`` before.

    It moves nobody to a type: what comes of it, a marriage, a cheap date or nothing, is for other rules to find. It
    resolves after ``calm_days`` without a further word; a word from before that only became known later retracts it.
    """

    name: ClassVar[str] = "watcher_speaks"
    kinds: ClassVar[tuple[Kind, ...]] = VOICE
    reads: ClassVar[tuple[Window, ...]] = (SAID,)
    asked_for: ClassVar[tuple[Window, ...]] = (SAID,)
    rests_on: ClassVar[tuple[str, ...]] = (SILENT_WATCHER,)
    parties: ClassVar[tuple[Party, ...]] = (Party.PARTNER, Party.INVESTOR)
    measures: ClassVar[tuple[str, str]] = ("first words of a silent watcher", "words")
    playbook: ClassVar[str] = "silent_type"
    is_urgent: ClassVar[bool] = True  # a word to us ends the silence that it is measured by

    silent_days: float = 90.0
    """Days before without a word of theirs that make it the first; 90 by default. Shorter: whoever speaks now and then
    is told of again."""
    calm_days: float = 14.0
    """Days without a further word after which the alert resolves; 14 by default."""

    def __post_init__(self) -> None:
        self._check({"silent_days": (1, 365), "calm_days": (1, 90)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert at the first word; an earlier one that becomes known later takes its place or retracts it."""
        at = interaction.occurred_at
        episode = who.episode(self.name)
        is_first = self._is_first(who, at)
        if episode is None or (not episode.is_open and at > episode.detected_at):
            return self._first_word(who, interaction) if is_first else None
        if episode.status == RETRACTED or not episode.started_at - self._silent_ms() < at < episode.started_at:
            return None
        if not is_first:
            summary = "Had spoken before: it only became known later."
            return ended(episode, summary, who.all_marks(SAID), status=RETRACTED)
        return self._first_word(who, interaction) if episode.is_open else None

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``calm_days`` after the last word."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return max(episode.asserted_at, who.newest_at(SAID) or 0) + int(self.calm_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """No further word: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return ended(episode, f"No further word for {self.calm_days:g} days.", who.all_marks(SAID))

    def _is_first(self, who: Stakeholder, at: int) -> bool:
        """Whether the person was watching then, and had said nothing for long."""
        watching = who.episode(SILENT_WATCHER)
        if watching is None or watching.status == RETRACTED or at < watching.asserted_at:
            return False
        if not watching.is_open and at > watching.detected_at:
            return False
        before = at - self._silent_ms()
        return not any(before < mark.at <= at and mark.offset != who.offset for mark in who.newest_first(SAID))

    def _first_word(self, who: Stakeholder, interaction: Seen) -> Finding:
        at = interaction.occurred_at
        watching = who.episode(SILENT_WATCHER)
        days = max(1, (at - (at if watching is None else watching.started_at)) // DAY_MS)
        is_displeased = bool(traits_of(interaction) & traits.DISPLEASED)
        words = [mark for mark in who.all_marks(SAID) if mark.at >= at]
        return Finding(
            started_at=at,
            severity="warning" if is_displeased else "info",
            value=len(words),
            baseline=None,
            threshold=1,
            summary=f"First word, {spoken(interaction.channel)}, after watching us in silence for"
            f" {days} day{'s' if days > 1 else ''}{', and it is a displeased one' if is_displeased else ''}.",
            evidence=words,
        )

    def _silent_ms(self) -> int:
        return int(self.silent_days * DAY_MS)
