"""A journalist who has become a critic, and one who is no longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.finding import RESOLVED, Finding, ended
from detectors.interaction import Party
from detectors.past import PUBLIC, UNTOLD_WORDS, text_of
from detectors.places import spoken
from detectors.rules import Rule
from detectors.traits import CALM_TONE, THEIRS
from detectors.windows import DAY_MS, Trail

if TYPE_CHECKING:
    from detectors.interaction import Kind
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.trails import Mark
    from detectors.windows import Window

CRITIC: Final = "critic"
FRIEND: Final = "friend"
FAIR_PIECES: Final = ("fair or positive pieces", "pieces in {length_days:g} days")


def _is_negative(interaction: Seen) -> bool:
    return interaction.tone is not None and interaction.tone < -CALM_TONE


def _is_fair(interaction: Seen) -> bool:
    return interaction.tone is not None and interaction.tone >= -CALM_TONE


def _is_untold(interaction: Seen) -> bool:
    return interaction.tone is None


NEGATIVE: Final = Trail("negative_pieces", PUBLIC, _is_negative, keep=8, quotes=text_of, traits=THEIRS, tests_head=True)
FAIR: Final = Trail("fair_pieces", PUBLIC, _is_fair, keep=8, quotes=text_of, traits=THEIRS, tests_head=True)
UNTOLD_PIECES: Final = Trail("untold_pieces", PUBLIC, _is_untold, keep=1, traits=THEIRS, tests_head=True)


@dataclass(frozen=True)
class PressTurned(Rule):
    """A journalist of whom ``pieces`` negative pieces are known within ``length_days``: a critic.

    As many fair or positive ones make a friend, if they come after the negative ones or those are too few. That is news
    only of a critic, whose alert is updated; of anybody else it is evidence, as is that it is so no longer. The alert
    resolves when no negative piece remains. A piece of which nobody can tell the tone is neither.
    """

    name: ClassVar[str] = "press_turned"
    kinds: ClassVar[tuple[Kind, ...]] = PUBLIC
    reads: ClassVar[tuple[Window, ...]] = (NEGATIVE, FAIR, UNTOLD_PIECES)
    parties: ClassVar[tuple[Party, ...]] = (Party.JOURNALIST,)
    measures: ClassVar[tuple[str, str]] = ("negative pieces", "pieces in {length_days:g} days")
    playbook: ClassVar[str] = CRITIC
    shows: ClassVar[tuple[str, ...]] = (CRITIC, FRIEND)
    reopens: ClassVar[bool] = True
    asked_for: ClassVar[tuple[Window, ...]] = (NEGATIVE, FAIR)
    reads_head: ClassVar[bool] = True
    waits_unasked: ClassVar[bool] = True

    pieces: int = 2
    """Pieces that make a critic, or a friend; 2 by default. 1: a single piece does."""
    length_days: float = 180.0
    """Days for which a piece counts; 180 by default. Longer: slower to forgive, and to forget."""

    def __post_init__(self) -> None:
        self._check({"pieces": (1, NEGATIVE.keep), "length_days": (7, 730)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """What the pieces known make of them now."""
        negative, fair = self._known(who, max(who.newest_at(NEGATIVE) or 0, who.newest_at(FAIR) or 0))
        episode = who.open_episode(self.name)
        is_critic_told = episode is not None and episode.severity == "warning"
        if self._is_critic(negative, fair):
            if episode is not None and is_critic_told and len(negative) <= episode.value:
                return None
            return self._critic(negative)
        is_asked = is_critic_told if episode is not None else _is_fair(interaction)
        return self._friend(fair, is_evidence=episode is None) if is_asked and len(fair) >= self.pieces else None

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Too few pieces of which the tone is known."""
        told = len(who.all_marks(NEGATIVE)) + len(who.all_marks(FAIR))
        if told >= self.pieces:
            return None
        if who.newest_at(UNTOLD_PIECES) is not None:
            return UNTOLD_WORDS
        return None if told else "no piece of theirs is known"

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While an alert stands, when no negative piece remains; of a friend, when too few fair ones do."""
        if who.open_episode(self.name) is None:
            return None if who.shown_at(FRIEND) is None else self._friend_until(who)
        newest = who.newest_at(NEGATIVE)
        return None if newest is None else newest + self._length_ms()

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """The pieces that made a critic or a friend are too old by now."""
        fair = self._known(who, due)[1]
        is_friend = len(fair) >= self.pieces
        episode = who.open_episode(self.name)
        if episode is not None:
            return ended(
                episode,
                f"No negative piece for {self.length_days:g} days.",
                who.all_marks(NEGATIVE),
                max(len(who.all_marks(NEGATIVE)), int(episode.value)),
                shift=FRIEND if is_friend else None,
                measure=None if episode.severity == "warning" else FAIR_PIECES,
                look_at=self._friend_until(who) if is_friend else None,
            )
        if is_friend:
            return None
        return Finding(
            status=RESOLVED,
            started_at=due,
            severity="info",
            value=len(fair),
            baseline=None,
            threshold=self.pieces,
            summary=f"Fewer than {self.pieces} fair or positive pieces within {self.length_days:g} days.",
            evidence=fair,
            is_evidence=True,
        )

    def _critic(self, negative: list[Mark]) -> Finding:
        return Finding(
            started_at=negative[0].at,
            severity="warning",
            value=len(negative),
            baseline=None,
            threshold=self.pieces,
            summary=f"{_published(negative, 'negative')} within {self.length_days:g} days, the last"
            f" {spoken(negative[-1].channel)}.",
            evidence=negative,
            shift=CRITIC,
        )

    def _friend(self, fair: list[Mark], *, is_evidence: bool) -> Finding:
        return Finding(
            started_at=fair[0].at,
            severity="info",
            value=len(fair),
            baseline=None,
            threshold=self.pieces,
            summary=f"{_published(fair, 'fair or positive')} within {self.length_days:g} days, having been a critic.",
            evidence=fair,
            shift=FRIEND,
            measure=FAIR_PIECES,
            is_evidence=is_evidence,
        )

    def _known(self, who: Stakeholder, at: int) -> tuple[list[Mark], list[Mark]]:
        """The negative and the fair pieces that count at that time."""
        since = at - self._length_ms()
        return (
            [mark for mark in who.all_marks(NEGATIVE) if since < mark.at <= at],
            [mark for mark in who.all_marks(FAIR) if since < mark.at <= at],
        )

    def _is_critic(self, negative: list[Mark], fair: list[Mark]) -> bool:
        """Whether there are enough negative pieces, and not enough fair ones after them."""
        if len(negative) < self.pieces:
            return False
        return sum(mark.at > negative[-1].at for mark in fair) < self.pieces

    def _friend_until(self, who: Stakeholder) -> int | None:
        """When there will be fewer fair pieces than make a friend; None if there are too few anyway."""
        fair = who.all_marks(FAIR)
        return fair[-self.pieces].at + self._length_ms() if len(fair) >= self.pieces else None

    def _length_ms(self) -> int:
        return int(self.length_days * DAY_MS)


def _published(pieces: list[Mark], what: str) -> str:
    return f"Published {len(pieces)} {what} piece{'' if len(pieces) == 1 else 's'}"
