"""More sessions than usual end on a page, all of them or those of one segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from detectors.drop_rule import DropRule


@dataclass(frozen=True)
class ExitRate(DropRule):
    """Raises an alert when sessions end on a page far more often than usual, and names the segment.

    The key is the page. A sequential test of exits in small numbers (see ``detectors.drops``).
    """

    shared_by: int = 50
    """How many pages share the budget; default 50. Larger keeps all of them together as calm as one."""

    name: ClassVar[str] = "exit_rate"
    cohort: ClassVar[str] = "page"
    tries: ClassVar[str] = "visits"

    def place(self, key: str, step: str) -> str:
        """At the page."""
        return f"at {key}"

    def where(self, key: str, step: str) -> dict[str, str]:
        """The page."""
        return {"page": key}
