"""The terminal: each version of an alert as a card that reads without colour and without anything but ASCII of ours."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TextIO

from sinks import Reason, SinkError
from sinks.wording import (
    CLOSED,
    NOTHING_TO_DO,
    STATUS_WORDS,
    changed,
    clean,
    contact,
    evidence,
    folding,
    is_of_operations,
    label,
    measured,
    moment,
    past,
    who,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinks.alert import Alert, Severity

NARROWEST = 40
_REMEMBERED = 10_000
_BOLD, _DIM, _OFF = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS: dict[Severity, str] = {"info": "\x1b[1;34m", "warning": "\x1b[1;33m", "critical": "\x1b[1;31m"}
_CALM = "\x1b[1;32m"


def card(alert: Alert, width: int = 88, *, colour: bool = False) -> str:
    """The alert in lines of at most ``width`` characters: who, what changed, why in numbers, what to do next.

    One that has ended says what ended or was withdrawn, and why, and when it had begun: no advice that no longer holds.
    Status and severity are words; colour only repeats them. No control character of a text from outside survives,
    and our own characters are ASCII. Raises ValueError for a width under 40.
    """
    if width < NARROWEST:
        raise ValueError(f"width is {width}; allowed: {NARROWEST} and more")
    paint = _COLOURS[alert.severity] if alert.status not in CLOSED else _CALM
    lines = [_coloured(line, paint, colour=colour) for line in _wrapped("", _title(alert), width)]
    lines += [_coloured(line, _BOLD, colour=colour) for line in _wrapped("  ", _subject(alert), width)]
    for heading, text in _ended(alert) if alert.status in CLOSED else _paragraphs(alert):
        lines += _wrapped(f"  {heading}", text, width)
    lines += [_coloured(line, _DIM, colour=colour) for line in _wrapped("  ", _origin(alert), width)]
    return "\n".join(lines)


def _title(alert: Alert) -> str:
    at = moment(alert.detected_at)
    return f"{alert.severity.upper()} - {STATUS_WORDS[alert.status]} - {label(alert.rule)} - {at}"


def _subject(alert: Alert) -> str:
    return who(alert) if alert.shift is None else f"{who(alert)}: {changed(alert)}"


def _paragraphs(alert: Alert) -> Iterator[tuple[str, str]]:
    yield "", alert.summary
    rests_on = evidence(alert)
    yield "why:   ", f"{measured(alert)}, from {rests_on}" if rests_on else measured(alert)
    if folded := folding(alert):
        yield "fold:  ", folded
    for number, item in enumerate(alert.playbook.do):
        yield "do:    " if number == 0 else "       ", item
    for number, item in enumerate(alert.playbook.avoid):
        yield "avoid: " if number == 0 else "       ", item
    owner = alert.playbook.owner
    yield "who:   ", owner if is_of_operations(alert) else f"{owner}. {contact(alert.contact)}"


def _ended(alert: Alert) -> Iterator[tuple[str, str]]:
    yield "", alert.summary
    yield "was:   ", past(alert)
    if rests_on := evidence(alert):
        yield "from:  ", rests_on
    if alert.status == "retracted":
        yield "do:    ", NOTHING_TO_DO
    yield "who:   ", alert.playbook.owner


def _origin(alert: Alert) -> str:
    return f"alert {alert.alert_id} version {alert.version}"


def _wrapped(indent: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        clean(text), width, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False
    ) or [indent.rstrip()]


def _coloured(line: str, paint: str, *, colour: bool) -> str:
    return f"{paint}{line}{_OFF}" if colour else line


class TerminalSink:
    """Prints cards to a stream; characters that it can't show become question marks."""

    name = "terminal"

    def __init__(self, stream: TextIO, *, width: int = 88, colour: bool = False) -> None:
        self._stream = stream
        self._width = max(width, NARROWEST)
        self._colour = colour
        self._shown: OrderedDict[str, int] = OrderedDict()

    async def send(self, alert: Alert) -> None:
        """Print this version unless it or a newer one was printed; raises SinkError when nobody reads any more."""
        if self._shown.get(alert.alert_id, 0) >= alert.version:
            return
        text = card(alert, self._width, colour=self._colour)
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "replace").decode(encoding) + "\n\n")
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream was closed
            detail = f"nothing can be printed any more ({type(error).__name__})"
            raise SinkError(Reason.REFUSED, detail, retryable=False) from None
        self._shown[alert.alert_id] = alert.version
        self._shown.move_to_end(alert.alert_id)
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)

    def covers(self, newer: Alert, older: Alert) -> bool:
        """Every version is printed."""
        return False

    async def close(self) -> None:
        """Nothing to release: the stream belongs to the caller."""


def from_settings(settings: Any) -> TerminalSink | None:
    """Print to stdout if ``deliver.terminal`` says so; in colour where somebody may look."""
    if not settings.deliver.terminal:
        return None
    return TerminalSink(
        sys.stdout, width=min(shutil.get_terminal_size((88, 24)).columns, 120), colour=sys.stdout.isatty()
    )
