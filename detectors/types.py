"""The relationship types of each party, and how readily each is taken and left.

From "Defining and Responding to Digital Relationships" (K. Morris, 2014); what to do about each is in ``playbooks``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from detectors.interaction import Party

PARTY_TYPES: Final[dict[Party, tuple[str, ...]]] = {
    Party.CUSTOMER: ("newcomer", "regular_joe", "at_risk", "lost", "mad_bro", "uber_fan", "helpful", "needy"),
    Party.PARTNER: ("prospect", "silent_type", "copy_cat", "marriage_material", "dormant"),
    Party.INVESTOR: ("prospect", "silent_type", "marriage_material", "dormant"),
    Party.JOURNALIST: ("watcher", "friend", "critic", "deadline"),
    Party.EMPLOYEE: ("new", "underutilised", "advocate"),
}
"""By party; everybody begins with the first. Who is of no known party is treated as a customer."""
CUSTOMER: Final[str] = Party.CUSTOMER.value


@dataclass(frozen=True)
class TypeKnobs:
    """One type: what it takes to be taken for it, how fast the evidence fades, how long it is kept at least."""

    enter: float = 1.0
    """Score from which a person is taken to have the type; 1 by default. A finding adds 1 to the score, a critical one
    2, up to 4. Higher: more than one finding is needed."""
    half_life_days: float = 30.0
    """Days until a score has faded to half; 30 by default, 14 for `mad_bro`. Longer: other types come through later."""
    dwell_days: float = 14.0
    """Days for which the type is kept at least once it is taken, unless an event contradicts it; 14 by default, 0 for
    `at_risk`, `lost` and `deadline`. Longer: calmer, and slower to say that all is well."""

    def __post_init__(self) -> None:
        for knob, (low, high) in {"enter": (0.1, 4), "half_life_days": (1, 3650), "dwell_days": (0, 365)}.items():
            if not low <= getattr(self, knob) <= high:
                raise ValueError(f"{knob} is {getattr(self, knob)}; allowed: {low} to {high}")


_SPECIAL: Final = {
    "mad_bro": TypeKnobs(half_life_days=14.0),
    "at_risk": TypeKnobs(dwell_days=0.0),
    "lost": TypeKnobs(dwell_days=0.0),
    "deadline": TypeKnobs(dwell_days=0.0),
}
DEFAULTS: Final[dict[str, TypeKnobs]] = {
    name: _SPECIAL.get(name, TypeKnobs()) for names in PARTY_TYPES.values() for name in names
}
"""By type; two parties that share a name share its knobs."""


def beginning(party: str) -> str:
    """The type with which everybody of the party begins; an unknown party is treated as a customer."""
    return PARTY_TYPES[Party(party) if party else Party.CUSTOMER][0]
