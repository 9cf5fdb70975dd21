"""What a case measured, as a row of the table and as a JSON line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Result:
    """One case. ``extra`` holds what only this case measures; ``note`` says in a few words what the figures mean."""

    name: str
    events: int | None = None
    seconds: float | None = None
    ratio_to_ceiling: float | None = None
    ratio_to_stock_faust: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def events_per_second(self) -> float | None:
        """Events by seconds; None for a case that has no rate."""
        return None if self.events is None or not self.seconds else self.events / self.seconds

    def line(self) -> str:
        """The result as one line of JSON, without what was not measured."""
        figures = {
            "name": self.name,
            "events": self.events,
            "seconds": self.seconds,
            "events_per_second": self.events_per_second,
            "ratio_to_ceiling": self.ratio_to_ceiling,
            "ratio_to_stock_faust": self.ratio_to_stock_faust,
            **self.extra,
        }
        return json.dumps({name: _rounded(value) for name, value in figures.items() if value is not None})


def table(results: list[Result]) -> str:
    """All results for people."""
    rows = [("case", "events", "seconds", "events/s", "x ceiling", "x stock Faust", "")]
    for result in results:
        more = ", ".join(f"{name} {_rounded(value)}" for name, value in result.extra.items())
        rows.append(
            (
                result.name,
                _number(result.events, ",.0f"),
                _number(result.seconds, ".2f"),
                _number(result.events_per_second, ",.0f"),
                _number(result.ratio_to_ceiling, ".3f"),
                _number(result.ratio_to_stock_faust, ".1f"),
                "; ".join(part for part in (result.note, more) if part),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(row[column].rjust(widths[column]) for column in range(1, 6)), row[6]]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _rounded(value: Any) -> Any:
    if type(value) is not float:
        return value
    return float(f"{value:.4g}") if abs(value) < 1000 else round(value, 1)
