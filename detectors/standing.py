"""One role of one person, and the type they have in it now."""

from __future__ import annotations

from typing import Final

from detectors.types import CUSTOMER, beginning

NEWCOMER: Final = "newcomer"
REGULAR_JOE: Final = "regular_joe"

StandingTuple = tuple[str, str, int, dict[str, tuple[float, int]]]


class Standing:
    """One role of one person: the type now, since when (ms), and each type's score with the time (ms) it is as of.

    ``party`` is empty while nobody has said it, ``type`` until anything decided it.
    """

    __slots__ = ("party", "scores", "since", "type")

    def __init__(self, party: str) -> None:
        self.party = party
        self.type = ""
        self.since = 0
        self.scores: dict[str, tuple[float, int]] | None = None

    @property
    def is_customer(self) -> bool:
        """Whether the role is that of a customer, or of somebody of whom it is not known."""
        return not self.party or self.party == CUSTOMER

    def is_quiet(self) -> bool:
        """Whether the type says no more than that nothing special is known."""
        if self.is_customer:
            return self.type in ("", NEWCOMER, REGULAR_JOE)
        return not self.type or self.type == beginning(self.party)

    def to_standing(self) -> StandingTuple:
        """The role as plain values, for storage."""
        return (self.party, self.type, self.since, self.scores or {})
