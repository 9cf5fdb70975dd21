"""Parties as a set: a number with a bit for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.interaction import PARTIES, PARTY_CODES, Party

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.stakeholder import Stakeholder

EVERY_PARTY: Final = (1 << len(PARTIES)) - 1
PARTY_BITS: Final = {party.value: 1 << code for party, code in PARTY_CODES.items()}
UNKNOWN: Final = PARTY_BITS[Party.UNKNOWN]
CUSTOMERS: Final = PARTY_BITS[Party.CUSTOMER] | UNKNOWN


def party_bits(parties: Iterable[Party]) -> int:
    """The parties as a set of bits."""
    return sum(PARTY_BITS[party] for party in set(parties))


def acting_parties(who: Stakeholder | None) -> int:
    """The parties, as bits, for which somebody acts of whom an interaction does not say it."""
    if who is None or not who.party:
        return UNKNOWN
    parties: int = PARTY_BITS[who.party]
    for role in who.roles or ():
        parties |= PARTY_BITS[role.party]
    return parties
