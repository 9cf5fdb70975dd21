"""Lives of people whose sources the company has no feed for, as one writes them down: partners, press, employees.

A story is a table, one line a day or more of somebody's life; ``#`` begins a comment:

    days 10 12 15  09:30  page_viewed  site  page=/investors/annual-report
    day  30        14:00  enquiry_made press in  "Will you list this year?"
    tells watcher_speaks 30
    becomes prospect

Days count from the story's beginning, ``days 0..60/7`` are every seventh; then time, kind and channel, and in any order
``in`` or ``out`` (who speaks), ``complaint`` or ``content``, fields of an interaction as ``name=value``, and a text in
quotation marks. ``tells`` names a rule that must tell it, and the day from which it may; who tells nothing is a near
miss. ``becomes`` is the type that the relationship must have at the end. They are written to the topic ``interactions``
as any program may that knows its people.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streams.demo.event import DAY_MS, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERACTIONS: Final = "interactions"
REFERENCES: Final = Path(__file__).parent / "references"
"""The company's own texts and bid terms."""
TELLING_DAYS: Final = 8
"""Days after which absence is told at the latest: others of the same source must have spoken by then."""
_NUMBERS: Final = ("tone", "score")


class Line(NamedTuple):
    """What happens at a time (ms) after the story's beginning: an interaction without whom, when and its id."""

    after: int
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """One life: ``told`` are rules and the days from which they may tell of it, ``becomes`` the type it ends as."""

    name: str
    party: str
    source: str
    lines: tuple[Line, ...]
    told: tuple[tuple[str, int], ...]
    becomes: str | None = None

    @property
    def days(self) -> int:
        """How many days it takes, what is told of it included."""
        last = max(line.after for line in self.lines) // DAY_MS + 1
        return max([last, *(day + TELLING_DAYS for _, day in self.told)])

    def events(self, stakeholder: str, begins: int) -> Iterator[Event]:
        """What is written of this person when the story begins then (epoch ms)."""
        for number, line in enumerate(self.lines):
            at = begins + line.after
            record = {
                "id": f"{stakeholder}-{number}",
                "occurred_at": at,
                "source": self.source,
                "stakeholder": stakeholder,
                "party": self.party,
                **line.fields,
            }
            yield Event(at, INTERACTIONS, record)


def story(name: str, party: str, source: str, table: str) -> Story:
    """Read the table; raises ValueError naming a line that is none."""
    lines: list[Line] = []
    told: list[tuple[str, int]] = []
    becomes = None
    for text in table.splitlines():
        words = shlex.split(text, comments=True)
        if not words:
            continue
        try:
            if words[0] == "tells":
                told.append((words[1], int(words[2])))
            elif words[0] == "becomes":
                becomes = words[1]
            else:
                lines += _lines(words, quoted='"' in text)
        except (IndexError, ValueError) as error:
            raise ValueError(f"story {name} has {text.strip()!r}: {error}") from None
    return Story(name, party, source, tuple(sorted(lines, key=lambda line: line.after)), tuple(told), becomes)


def _lines(words: list[str], *, quoted: bool) -> Iterator[Line]:
    clock = next(place for place, word in enumerate(words) if ":" in word)
    hours, minutes = map(int, words[clock].split(":"))
    kind, channel, *rest = words[clock + 1 :]
    fields: dict[str, Any] = {"kind": kind, "channel": channel}
    if quoted:
        fields["text"] = rest.pop()
    for word in rest:
        fields |= _field(word)
    for part in words[1:clock]:
        for day in _days(part):
            yield Line(day * DAY_MS + (hours * 60 + minutes) * 60_000, fields)


def _days(part: str) -> range:
    span, _, step = part.partition("/")
    first, _, last = span.partition("..")
    return range(int(first), int(last or first) + 1, int(step or 1))


def _field(word: str) -> dict[str, Any]:
    if word in ("in", "out"):
        return {"direction": f"{word}bound"}
    if word in ("complaint", "content"):
        return {"complaint": word == "complaint"}
    name, equals, value = word.partition("=")
    if not equals:
        raise ValueError(f"{word!r}; allowed: in, out, complaint, content, name=value, a text in quotation marks")
    if name == "score":
        return {"score": float(value), "score_scale": [0, 10]}
    return {name: float(value) if name in _NUMBERS else value}
