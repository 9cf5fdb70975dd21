"""What the demo shows: alerts as cards with a live line under them, the verdict at the end; or all for machines."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sinks.alert import encode_alert
from sinks.terminal import card
from sinks.wording import CLOSED, STATUS_WORDS, counted, label, who

if TYPE_CHECKING:
    from sinks.alert import Alert
    from streams.demo.verdict import Score

LINE_SECONDS: Final = 10.0
"""How often the live line is printed where it can't be rewritten."""
_NEXT: Final = (
    ("rapport up --broker embedded --redis embedded", "the four roles; prints an `export` line with their addresses"),
    ("rapport replay purchases FILE", "in another terminal, after that line: your own events, as Segment sends them"),
    ("rapport alerts", "there as well: what was raised"),
    ("rapport detect FILE", "alerts from a file of interactions, without any broker"),
    ("rapport rules", "every rule, its thresholds and what they mean"),
)


class Screen:
    """Alerts and the verdict go to stdout, the rest to stderr; the live line is rewritten on a terminal."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._is_live = sys.stderr.isatty()
        self._has_colour = sys.stdout.isatty()
        self._line = ""
        self._printed_at = 0.0

    def say(self, sentence: str) -> None:
        """Tell how things go."""
        self._clear()
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - stderr is where progress goes

    def alert(self, alert: Alert) -> None:
        """Show one version of an alert: the first as a card, later ones as a line."""
        if self._as_json:
            self._put(encode_alert(alert).decode())
        elif alert.version == 1:
            self._put(card(alert, colour=self._has_colour) + "\n")
        else:
            status = STATUS_WORDS[alert.status] if alert.status in CLOSED else "goes on"
            self._put(f"{label(alert.rule)} - {status}: {who(alert)}. {alert.summary}\n")

    def live(self, line: str, elapsed: float) -> None:
        """Show how things stand."""
        self._line = line
        if self._is_live:
            self._clear()
            sys.stderr.write(line)
            sys.stderr.flush()
        elif elapsed - self._printed_at >= LINE_SECONDS:
            self._printed_at = elapsed
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - likewise

    def leave(self) -> None:
        """Leave the live line where it is, and what follows below it."""
        if self._is_live and self._line:
            sys.stderr.write("\n")
            sys.stderr.flush()
        self._line = ""

    def verdict(self, summary: dict[str, Any], scores: list[Score]) -> None:
        """Show what was found of what was planted, and how to go on."""
        self._line = ""
        self._clear()
        if self._as_json:
            self._put(msgspec.json.encode({"summary": summary}).decode())
            return
        self._put("\n".join([*_table(scores), "", *_sentences(summary), "", "How to go on:", *_next()]))

    def _put(self, text: str) -> None:
        self._clear()
        print(text, flush=True)  # noqa: T201 - stdout is where the result goes
        if self._is_live and self._line:
            sys.stderr.write(self._line)
            sys.stderr.flush()

    def _clear(self) -> None:
        if self._is_live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def live_line(*, at: int, events_a_second: float, lag: float, people: float, alerts: int) -> str:
    """The company's date, and what the roles do; how many people are watched as soon as the monitor has said so."""
    date = datetime.fromtimestamp(at / 1000, UTC)
    parts = [f"{date:%d %b %Y}", f"{events_a_second:,.0f} events/s", f"lag {lag:,.0f} events"]
    if people:
        parts.append(f"{people:,.0f} people watched")
    return "   ".join([*parts, counted(alerts, "alert")])


def _table(scores: list[Score]) -> list[str]:
    lines = [
        "What was planted, and what was found",
        "",
        f"  {'rule':<18}{'planted':>8}{'found':>8}{'missed':>8}{'besides':>9}{'precision':>11}{'recall':>9}",
    ]
    for score in scores:
        planted = score.found + score.missed
        shares = f"{_share(score.precision):>11}{_share(score.recall):>9}"
        lines.append(f"  {score.rule:<18}{planted:>8}{score.found:>8}{score.missed:>8}{score.besides:>9}{shares}")
    return lines


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _sentences(summary: dict[str, Any]) -> list[str]:
    wait = summary["event_to_alert_ms"]
    lines = [
        f"{summary['events']:,} events of {summary['days']} days in {summary['seconds']:.0f} s;"
        f" {summary['people']} people, {summary['watched']:,} watched under the names that sources know.",
    ]
    if wait["alerts"]:
        times = f"p50 {wait['p50']} ms, p99 {wait['p99']} ms"
        lines.append(f"From an event to the alert it raised: {times} ({wait['alerts']} alerts).")
    lines.append(f"Seed {summary['seed']}: same seed, people and last day ({summary['until']}) give the same alerts.")
    return lines


def _next() -> list[str]:
    return [f"  {command:<48}{purpose}" for command, purpose in _NEXT]
