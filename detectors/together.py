"""Which alerts of persons belong together: those of one rule and party, and of one detail where the rule has one.

The key is what the monitor tells the cohorts by, and what ``deliver`` finds again from an alert: both ask here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

MANY_AT_ONCE: Final = "many_at_once"
"""The rule of cohorts that is told of opened alerts."""
PEOPLE: Final = "people"
"""What its alerts are about."""
DETAIL_CHARACTERS: Final = 128

_UNKNOWN: Final = "unknown"


class _Counted(Protocol):
    """An interaction that an alert rests on."""

    @property
    def excerpt(self) -> str | None:
        """What was kept of it."""


def key_of(rule: str, party: str, label: str, evidence: Sequence[_Counted]) -> str:
    """``rule:party``, or ``rule:party:label:detail`` if the newest interaction has the detail that ``label`` names."""
    key = f"{rule}:{party or _UNKNOWN}"
    detail = evidence[-1].excerpt if label and evidence else None
    return f"{key}:{label}:{detail[:DETAIL_CHARACTERS]}" if detail else key


def where_of(key: str) -> dict[str, str]:
    """Rule, party and detail of a key, each by its name."""
    rule, *more = key.split(":", 3)
    where = {"rule": rule}
    if more:
        where["party"] = more[0]
    if len(more) == 3:
        where[more[1]] = more[2]
    return where


def key_at(where: dict[str, str]) -> str:
    """The key of which ``where_of`` tells."""
    rest = [f"{name}:{value}" for name, value in where.items() if name not in {"rule", "party"}]
    return ":".join([where.get("rule", ""), where.get("party", _UNKNOWN), *rest])
