"""What is told of an alert, as `rapport explain --json` prints it, and what of it follows from the recount."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from msgspec import Struct

from detectors.interaction import KINDS
from detectors.wire import UNREADABLE, WireError, decode_event
from sinks.alert import Alert
from sinks.stamps import alert_id, time_text
from streams.explaining.sentences import prevented

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.prevention import Prevention
    from detectors.recount import Conclusion
    from sinks.alert import Evidence

STANDING = ("open", "updated")


class CountedEvent(Struct, kw_only=True):
    """One event that the alert lists; ``complaint`` and ``tone`` are known only of one that is found in the log.

    ``state``: it is there; deleted: the partition begins behind it now; missing; or another event stands there.
    """

    interaction: str
    kind: str
    channel: str
    occurred_at: str
    topic: str
    partition: int
    offset: int
    excerpt: str | None
    state: Literal["found", "deleted", "missing", "another"]
    complaint: bool | None = None
    tone: float | None = None


class Log(Struct):
    """What was recomputed from: the partition, its first offset now, and how many records were applied."""

    topic: str
    partition: int
    begin: int
    records: int = 0


class Difference(Struct):
    """What comes out otherwise than the alert has it."""

    what: str
    alert: Any
    recomputed: Any


class Recomputed(Struct):
    """What the rules in force make of the log.

    ``same``: this version; ``different``: it, or an earlier one, with ``differences``; ``another``: another alert of
    the rule about the person, which stood then; ``none``: none; ``impossible``: ``why`` says what is in the way.
    """

    result: Literal["same", "different", "another", "none", "impossible"]
    alert: Alert | None = None
    differences: list[Difference] = []
    why: str | None = None


class Later(Struct):
    """One event so much later."""

    offset: int
    seconds: int


class Added(Struct):
    """One more event of any of these kinds, at that time at the latest."""

    kinds: list[str]
    by: str


class PreventedBy(Struct):
    """What would each have been enough; ``without``: any one of these offsets left out.

    ``newest_without`` is how many of the newest had to be left out where none alone is enough. ``is_complete`` is
    False if there was more to try than is allowed.
    """

    sentence: str
    without: list[int] = []
    newest_without: int = 0
    later: Later | None = None
    added: Added | None = None
    is_complete: bool = True


class Explanation(Struct, kw_only=True):
    """All of it; without ``log`` and ``recomputed`` where an alert lists no event: of cohorts and operations."""

    alert: Alert
    rules_in_force: str
    events: list[CountedEvent] = []
    log: Log | None = None
    recomputed: Recomputed | None = None
    prevention: PreventedBy
    notes: list[str] = []


class Chosen(NamedTuple):
    """The place among the conclusions of the one that the alert is compared with, and whether it is of that alert."""

    place: int
    is_of_alert: bool


def counted_event(evidence: Evidence, record: Any, begin: int | None) -> CountedEvent:
    """The event with what the log has in its place; ``begin`` is the partition's first offset, None: no partition."""
    told = CountedEvent(
        interaction=evidence.interaction,
        kind=evidence.kind,
        channel=evidence.channel,
        occurred_at=evidence.occurred_at,
        topic=evidence.topic,
        partition=evidence.partition,
        offset=evidence.offset,
        excerpt=evidence.excerpt,
        state="missing",
    )
    if record is None:
        told.state = "deleted" if begin is not None and evidence.offset < begin else "missing"
        return told
    try:
        event: Any = decode_event(record.value or b"")
    except (WireError, *UNREADABLE):
        event = None
    told.state = "another"
    if getattr(event, "id", None) == evidence.interaction:
        told.state = "found"
        told.complaint, told.tone = event.complaint, event.tone
    return told


def is_version(conclusion: Conclusion, alert: Alert) -> bool:
    """Whether it is this very version of the alert."""
    return conclusion.raised.episode.version == alert.version and _is_of(conclusion, alert)


def choose(conclusions: Sequence[Conclusion], alert: Alert) -> Chosen | None:
    """The version itself; else the last one of the alert by then; else whichever alert of the rule stood then."""
    for place, each in enumerate(conclusions):
        if is_version(each, alert):
            return Chosen(place, is_of_alert=True)
    by_then = [
        place
        for place, each in enumerate(conclusions)
        if time_text(each.raised.episode.detected_at) <= alert.detected_at
    ]
    for place in reversed(by_then):
        if _is_of(conclusions[place], alert):
            return Chosen(place, is_of_alert=True)
    if by_then and conclusions[by_then[-1]].raised.episode.is_open:
        return Chosen(by_then[-1], is_of_alert=False)
    return None


def differences(alert: Alert, again: Alert) -> list[Difference]:
    """In which of the things that follow from the log the two differ."""
    return [
        Difference(what, before, after)
        for (what, before), after in zip(_facts(alert).items(), _facts(again).values(), strict=True)
        if before != after
    ]


def prevented_by(found: Prevention) -> PreventedBy:
    """What was found, as it is published."""
    later = found.later and Later(found.later[0].offset, found.later[1] // 1000)
    return PreventedBy(
        prevented(found),
        [mark.offset for mark in found.without],
        found.newest,
        later,
        Added([KINDS[kind].value for kind in found.added], time_text(found.by)) if found.added else None,
        found.is_complete,
    )


def _is_of(conclusion: Conclusion, alert: Alert) -> bool:
    started_at = conclusion.raised.episode.started_at
    return alert_id(alert.stakeholder or "", alert.rule, started_at) == alert.alert_id


def _facts(alert: Alert) -> dict[str, Any]:
    return {
        "version": alert.version,
        "status": alert.status,
        "severity": alert.severity,
        "shift": None if alert.shift is None else f"{alert.shift.from_} to {alert.shift.to}",
        "begin": alert.started_at,
        "time of detection": alert.detected_at,
        "value": alert.measured.value,
        "baseline": alert.measured.baseline,
        "threshold": alert.measured.threshold,
        "listed events": [each.offset for each in alert.evidence],
        "events in all": alert.evidence_total,
    }
