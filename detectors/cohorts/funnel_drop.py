"""More people than usual leave at a step of a funnel, all of them or those of one segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from detectors.drop_rule import DropRule


@dataclass(frozen=True)
class FunnelDrop(DropRule):
    """Raises an alert when a step of a funnel is left far more often than usual, and names the segment.

    The key is the funnel. A sequential test of exits in small numbers (see ``detectors.drops``).
    """

    critical_everybody: bool = True
    """Whether an alert that concerns everybody, not only a segment, is critical however small the rise; it is by
    default. False: only a rise of ``critical_rise`` is."""

    name: ClassVar[str] = "funnel_drop"
    cohort: ClassVar[str] = "funnel step"
    tries: ClassVar[str] = "attempts"

    def place(self, key: str, step: str) -> str:
        """At the step."""
        return f"at {step}"

    def where(self, key: str, step: str) -> dict[str, str]:
        """Funnel and step."""
        return {"funnel": key, "step": step}
