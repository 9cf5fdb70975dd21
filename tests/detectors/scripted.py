"""Rules that say what they are told to, to see what the partition makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.core import Core
from detectors.finding import Finding
from detectors.interaction import Kind
from detectors.rules import Rule

if TYPE_CHECKING:
    from detectors.interaction import Interaction
    from detectors.normal import Normal
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window


@dataclass(frozen=True)
class Scripted(Rule):
    """Concludes at every page view the words of its text that begin with its name: ``one:open:START[:SHIFT]``."""

    name: ClassVar[str] = "one"
    kinds: ClassVar[tuple[Kind, ...]] = (Kind.PAGE_VIEWED,)
    reads: ClassVar[tuple[Window, ...]] = ()
    measures: ClassVar[tuple[str, str]] = ("words", "words")
    playbook: ClassVar[str] = "at_risk"
    shows: ClassVar[tuple[str, ...]] = ("at_risk", "mad_bro")

    def assess(self, who: Stakeholder, interaction: Interaction, normal: Normal) -> Finding | None:
        """What the text says."""
        for word in (interaction.text or "").split():
            rule, status, start, *shift = word.split(":")
            if rule == self.name:
                return Finding(
                    status=status,
                    started_at=int(start),
                    severity="info",
                    value=1,
                    baseline=None,
                    threshold=1,
                    summary=word,
                    evidence=[],
                    shift=shift[0] if shift else None,
                )
        return None


class Other(Scripted):
    """A second one."""

    name: ClassVar[str] = "two"


def scripted_core() -> Core:
    """A core of the two, without windows."""
    return Core([Scripted(), Other()])
