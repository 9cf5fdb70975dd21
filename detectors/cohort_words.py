"""Phrases that the sentences of cohort rules share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from detectors.drop_segments import OTHER

if TYPE_CHECKING:
    from collections.abc import Iterable

_TIMES: Final = ("", "", "Twice", "Three times", "Four times", "Five times", "Six times", "Seven times", "Eight times")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WHERE: Final = {
    "device": "on {}",
    "os": "on {}",
    "country": "in {}",
    "app_version": "with version {}",
    "campaign": "of campaign {}",
}


def times_as_many(factor: float) -> str | None:
    """``Twice`` and so on, to begin a sentence with; None below about twice."""
    if factor < 1.75:
        return None
    number = round(factor)
    return _TIMES[number] if number < len(_TIMES) else f"{number:,} times"


def day(at_ms: int) -> str:
    """The UTC day of a time: ``3 May``."""
    date = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{date.day} {_MONTHS[date.month - 1]}"


def about(number: float) -> str:
    """A number that is an expectation: ``about 4``, ``hardly any``."""
    return f"about {round(number):,}" if number >= 0.5 else "hardly any"


def segment(where: dict[str, str]) -> str:
    """Where that is, to follow a verb: `` on mobile in DE``; empty for everybody."""
    return "".join(f" {_place(name, value)}" for name, value in where.items())


def listed(names: Iterable[str]) -> str:
    """``desktop``, ``desktop and tablet``, ``desktop, tablet and watch``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _place(name: str, value: str) -> str:
    label = name.replace("_", " ")
    if value == OTHER:
        return f"with any other {label}"
    return _WHERE.get(name, f"with {label} {{}}").replace("{}", value)
