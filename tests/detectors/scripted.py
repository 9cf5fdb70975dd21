"""Rules that say what they are told to, to see what the partition makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.core import Core
from detectors.finding import OPEN, RESOLVED, Finding
from detectors.interaction import Kind
from detectors.rules import Rule

if TYPE_CHECKING:
    from detectors.interaction import Interaction
    from detectors.normal import Normal
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window


@dataclass(frozen=True)
class Scripted(Rule):
    """Concludes at every page view the words of its text that begin with its name: ``one:open:START[:SHIFT]``.

    Beside the statuses there are ``further`` (an update that is), ``evidence`` and ``over`` (evidence of a type, and
    that it is so no longer), and ``lift`` (a finding that lifts the type it names).
    """

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
                named = shift[0] if shift else None
                return Finding(
                    status={"further": OPEN, "evidence": OPEN, "lift": OPEN, "over": RESOLVED}.get(status, status),
                    started_at=int(start),
                    severity="info",
                    value=1,
                    baseline=None,
                    threshold=1,
                    summary=word,
                    evidence=[],
                    shift=None if status == "lift" else named,
                    lifts=named if status == "lift" else None,
                    is_further=status == "further",
                    is_evidence=status in {"evidence", "over"},
                )
        return None


class Other(Scripted):
    """A second one."""

    name: ClassVar[str] = "two"


def scripted_core() -> Core:
    """A core of the two, without windows."""
    return Core([Scripted(), Other()])
