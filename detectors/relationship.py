"""The relationship type of a customer: what a finding makes of it, and what its end gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from detectors.stakeholder import Stakeholder

NEWCOMER: Final = "newcomer"
REGULAR_JOE: Final = "regular_joe"
AT_RISK: Final = "at_risk"
MAD_BRO: Final = "mad_bro"
UNSETTLED: Final = ("", NEWCOMER)


def settle(who: Stakeholder, at: int, *, is_regular: bool) -> None:
    """Give a person without trouble the quiet type that fits: ``regular_joe`` once they buy in a rhythm."""
    quiet = REGULAR_JOE if is_regular else NEWCOMER
    if who.type in UNSETTLED and who.type != quiet:
        who.type = quiet
        who.since = at


def move(who: Stakeholder, to: str, at: int) -> tuple[str, str] | None:
    """Move the person to the type ``to``; gives (from, to), or None if they were there already."""
    if who.type == to:
        return None
    shift = (who.type or NEWCOMER, to)
    who.type = to
    who.since = at
    return shift


def calm(who: Stakeholder, at: int, *, is_regular: bool) -> tuple[str, str] | None:
    """Give the quiet type back when the last open episode that moved the person has ended; gives (from, to)."""
    if who.type in ("", NEWCOMER, REGULAR_JOE):
        return None
    return move(who, REGULAR_JOE if is_regular else NEWCOMER, at)
