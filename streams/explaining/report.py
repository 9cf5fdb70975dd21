"""An explanation as lines for a terminal: plain, and nothing in it that a text from outside could do to a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from detectors.interaction import CHANNEL_CODES, Channel
from detectors.places import spoken
from sinks.wording import STATUS_WORDS, changed, clean, counted, label, measured, moment, quote, who
from streams.explaining.sentences import result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinks.alert import Alert
    from streams.explaining.explanation import CountedEvent, Explanation

_STATES = {
    "deleted": ", deleted from the log",
    "missing": ", not in the log",
    "another": ", where another event stands now",
}


def report(told: Explanation, width: int) -> Iterator[str]:
    """The alert, each event it lists, the figures, what the recount came to, and what would have prevented it."""
    alert = told.alert
    at = moment(alert.detected_at)
    yield from _wrapped("", f"{STATUS_WORDS[alert.status]} - {label(alert.rule)} - {at} - {who(alert)}", width)
    if alert.shift is not None:
        yield from _wrapped("  ", changed(alert), width)
    yield from _wrapped("  ", alert.summary, width)
    yield from _wrapped("  measured:   ", measured(alert), width)
    if alert.evidence_total:
        yield from _wrapped("  counted:    ", _total(alert), width)
    for event in told.events:
        yield from _event(event, width)
    if told.recomputed is not None:
        yield from _wrapped("  recomputed: ", result(told.recomputed, told.log), width)
    for note in told.notes:
        yield from _wrapped("  note:       ", note, width)
    yield from _wrapped("  prevention: ", told.prevention.sentence, width)
    yield from _wrapped("  ", f"alert {alert.alert_id} version {alert.version}", width)


def _total(alert: Alert) -> str:
    total = counted(alert.evidence_total, "event")
    unlisted = alert.evidence_total - len(alert.evidence)
    if not unlisted:
        return total
    return f"{total}, {unlisted:,} of them not listed" if alert.evidence else f"{total}, not listed"


def _event(event: CountedEvent, width: int) -> Iterator[str]:
    known = event.channel in CHANNEL_CODES
    where = spoken(CHANNEL_CODES[Channel(event.channel)]) if known else label(event.channel)
    what = f"{label(event.kind)} {where}{', a complaint' if event.complaint else ''}"
    place = f"{event.topic} {event.partition}:{event.offset}{_STATES.get(event.state, '')}"
    yield from _wrapped("    ", f"{moment(event.occurred_at)}  {what} ({place})", width)
    if event.excerpt:
        yield from _wrapped("      ", f'"{quote(event.excerpt)}"', width)


def _wrapped(heading: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        clean(text), width, initial_indent=heading, subsequent_indent=" " * len(heading), break_on_hyphens=False
    )
