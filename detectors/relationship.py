"""How a person stands in one of their roles: a state machine, moved by what rules find.

Each finding that shows a type adds to its score, and scores fade. The current type changes when another's score is
high enough to be entered and beats the current one's by a margin, not before the current type was kept for its least
time; it ends when the last alert that shows it has ended, and the next best or the quiet type follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.standing import NEWCOMER, REGULAR_JOE, Standing
from detectors.types import CUSTOMER, DEFAULTS, PARTY_TYPES, beginning

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from detectors.stakeholder import Stakeholder
    from detectors.types import TypeKnobs

AT_RISK: Final = "at_risk"
LOST: Final = "lost"
MAD_BRO: Final = "mad_bro"
UBER_FAN: Final = "uber_fan"
MOST_SCORE: Final = 4.0
_DAY_MS: Final = 86_400_000.0
_WEIGHTS: Final = {"critical": 2.0}


class Types:
    """How readily types are taken and left; one a process."""

    __slots__ = ("_dwell", "_enter", "_half_life", "_margin", "_parties", "again")

    def __init__(
        self, knobs: Mapping[str, TypeKnobs] | None = None, *, margin: float = 0.25, again_days: float = 45.0
    ) -> None:
        """``knobs`` by type replace the defaults; ``again`` is ``again_days`` in ms."""
        known = {**DEFAULTS, **(knobs or {})}
        self._enter = {name: float(each.enter) for name, each in known.items()}
        self._half_life = {name: float(each.half_life_days) * _DAY_MS for name, each in known.items()}
        self._dwell = {name: int(each.dwell_days * _DAY_MS) for name, each in known.items()}
        self._parties: dict[str, list[str]] = {}
        for party, names in PARTY_TYPES.items():
            for name in names:
                self._parties.setdefault(name, []).append(party.value)
        self._margin = margin
        self.again = int(again_days * _DAY_MS)

    def role(self, who: Stakeholder, kind: str) -> Standing | None:
        """The person's role that can have the type, if there is one. KeyError for what is no type."""
        parties = self._parties[kind]
        if who.party in parties or (not who.party and CUSTOMER in parties):
            return who
        for found in who.roles or ():
            if found.party in parties:
                return found
        return None

    def role_for(self, who: Stakeholder, kind: str) -> Standing:
        """The person's role that can have the type, begun if need be."""
        return self.role(who, kind) or add_role(who, self._parties[kind][0])

    def score(self, standing: Standing, kind: str, at: int) -> float:
        """The type's score, faded to the time ``at`` (ms); 0 without evidence."""
        value, as_of = (standing.scores or {}).get(kind, (0.0, at))
        faded: float = value * 2.0 ** (-max(0, at - as_of) / self._half_life[kind])
        return faded

    def kept_until(self, standing: Standing) -> int:
        """The time (ms) until which the current type is kept at least."""
        return standing.since + self._dwell.get(standing.type, 0)

    def show(
        self, standing: Standing, kind: str, severity: str, at: int, instead_of: Collection[str] = ()
    ) -> tuple[str, str] | None:
        """Take in a finding that shows the type; gives (from, to) if the person moves to it.

        The finding contradicts the types ``instead_of`` which it comes: their evidence is dropped, and none is kept.
        """
        score = min(MOST_SCORE, self.score(standing, kind, at) + _WEIGHTS.get(severity, 1.0))
        if standing.scores is None:
            standing.scores = {}
        standing.scores[kind] = (score, at)
        for former in instead_of:
            standing.scores.pop(former, None)
        if standing.type == kind or score < self._enter[kind]:
            return None
        if not (standing.is_quiet() or standing.type in instead_of) and (
            at < self.kept_until(standing) or score < self.score(standing, standing.type, at) + self._margin
        ):
            return None
        return _move(standing, kind, at)

    def cease(self, standing: Standing, kind: str, at: int, *, is_regular: bool) -> tuple[str, str] | None:
        """Drop the evidence of the type, whose last alert has ended; gives (from, to) if the person had the type."""
        scores = standing.scores
        if scores is not None:
            scores.pop(kind, None)
            if not scores:
                standing.scores = None
        if standing.type != kind:
            return None
        best, highest = "", 0.0
        for each in standing.scores or ():
            score = self.score(standing, each, at)
            if score >= self._enter[each] and score > highest:
                best, highest = each, score
        if not best:
            best = (REGULAR_JOE if is_regular else NEWCOMER) if standing.is_customer else beginning(standing.party)
        return _move(standing, best, at)


def meet(who: Stakeholder, party: str) -> None:
    """Note a party that the person acts as: the first is what they are in the main, any other a further role."""
    if not who.party:
        who.party = party
    elif who.party != party and all(each.party != party for each in who.roles or ()):
        add_role(who, party)


def is_shown(who: Stakeholder, kind: str) -> bool:
    """Whether an alert that shows the type stands: its evidence goes with the last of them."""
    return any(kind in (standing.scores or ()) for standing in (who, *(who.roles or ())))


def add_role(who: Stakeholder, party: str) -> Standing:
    """Give the person a further role."""
    added = Standing(party)
    who.roles = [*(who.roles or ()), added]
    return added


def settle(standing: Standing, at: int, *, is_regular: bool) -> bool:
    """Give a customer without trouble the quiet type that fits, ``regular_joe`` once they buy in a rhythm.

    True if that changed the type.
    """
    quiet = REGULAR_JOE if is_regular else NEWCOMER
    if standing.type not in ("", NEWCOMER) or standing.type == quiet:
        return False
    standing.type = quiet
    standing.since = at
    return True


def _move(standing: Standing, to: str, at: int) -> tuple[str, str]:
    shift = (standing.type or beginning(standing.party), to)
    standing.type = to
    standing.since = at
    return shift
