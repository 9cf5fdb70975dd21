"""Support tickets as Zendesk sends them: webhook events, tickets and lists of them, audits, exported ticket events.

A ticket that is read again and again (by export) gives the same ids again. Notes that the customer can't see give
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detectors.interaction import DIRECTION_CODES, KIND_CODES, NO_DIRECTION, Direction, Interaction, Kind
from streams.ingest import ticket_events, zendesk
from streams.ingest.moments import moment
from streams.ingest.reading import (
    Record,
    content_id,
    first,
    identifier,
    joined,
    label,
    objects,
    part,
    reference,
    required_part,
    text,
)
from streams.ingest.refusal import RefusalReason, Refused, shown
from streams.ingest.settings import IngestSettings
from streams.ingest.tone import judge
from streams.ingest.zendesk import Ticket

SOURCE = zendesk.SOURCE
EVENT = "zen:event-type:"
TICKET_EVENT = EVENT + "ticket."
DESCRIPTION_MS = 2000
"""A first comment that comes with its ticket repeats the ticket's text: it is stored within this time."""

COMMENTS = frozenset({"Comment", "VoiceComment", "FacebookComment"})

_IN, _OUT = DIRECTION_CODES[Direction.INBOUND], DIRECTION_CODES[Direction.OUTBOUND]
_OPENED, _REPLIED, _REOPENED, _RESOLVED, _ANSWERED = (
    KIND_CODES[k]
    for k in (
        Kind.TICKET_OPENED,
        Kind.TICKET_REPLIED,
        Kind.TICKET_REOPENED,
        Kind.TICKET_RESOLVED,
        Kind.SURVEY_ANSWERED,
    )
)


def items(record: Record) -> Iterator[Any]:
    """One event, ticket or audit each, with its ticket and users at hand."""
    users = {reference(user.get("id")): user for user in objects(record.get("users"))}
    if ticket_events.are_in(record):
        record = ticket_events.as_audits(record)
    for name in ("tickets", "results"):
        if type(record.get(name)) is list and "audits" not in record:
            for ticket in record[name]:
                yield _with_users({"ticket": ticket}, ticket, users) if type(ticket) is dict else ticket
            return
    if type(record.get("audits")) is list or type(record.get("audit")) is dict:
        yield from _audits(record, users)
    else:
        yield record


def interactions(record: Record, settings: IngestSettings) -> Iterator[Interaction]:
    """What one event, ticket or audit says the customer or the company did."""
    kind = record.get("type")
    if type(kind) is str and kind.startswith(EVENT):
        return _event(record, kind, settings)
    if "audit" in record:
        return _audit(record, settings)
    if "events" in record and "ticket_id" in record:
        return _audit({"audit": record}, settings)
    return _snapshot(record, settings)


def key(record: Record) -> str | None:
    """The requester, so that all of a person's tickets stay in order; else the ticket."""
    for holder in (part(record, "detail"), part(record, "ticket"), part(record, "audit"), record):
        found = label(first(holder, ("requester_id", "ticket_id", "id")))
        if found is not None:
            return found
    tickets = zendesk.listed(record, "tickets", "results", "audits", "ticket_events")
    return key(tickets[0]) if tickets and "tickets" not in tickets[0] else None


def _with_users(item: Record, ticket: Record, users: dict[str, Record], *others: Any) -> Record:
    wanted = (reference(ticket.get("requester_id")), *(reference(other) for other in others))
    return {**item, "users": [users[number] for number in dict.fromkeys(wanted) if number in users]}


def _audits(record: Record, users: dict[str, Record]) -> Iterator[Any]:
    tickets = {reference(ticket.get("id")): ticket for ticket in objects(record.get("tickets"))}
    audits = record["audits"] if type(record.get("audits")) is list else [record["audit"]]
    for audit in audits:
        if type(audit) is not dict:
            yield audit
            continue
        ticket = tickets.get(reference(audit.get("ticket_id")), part(record, "ticket"))
        authors = [event.get("author_id") for event in objects(audit.get("events"))[:50]]
        yield _with_users({"audit": audit, "ticket": ticket}, ticket, users, audit.get("author_id"), *authors)


def _event(record: Record, kind: str, settings: IngestSettings) -> Iterator[Interaction]:
    """A webhook event; its ``detail`` is the ticket, its ``event`` the change."""
    if not kind.startswith(TICKET_EVENT):
        return
    name = kind.removeprefix(TICKET_EVENT)
    if name not in ("created", "comment_added", "status_changed"):
        return
    ticket = zendesk.ticket_of(required_part(record, "detail"), [])
    at = _time(record, ("time",), settings)
    event_id = identifier(record.get("id"), "id") or content_id(record)
    event = part(record, "event")
    if name == "created":
        yield from _opened(ticket, at, settings)
    elif name == "status_changed":
        yield from _status(
            ticket, event.get("previous"), event.get("current"), at, joined(ticket.id, "event", event_id)
        )
    else:
        comment = required_part(event, "comment")
        created = ticket.record.get("created_at")
        if created is None or at > moment(created, settings.zone, "created_at") + DESCRIPTION_MS:
            comment_id = identifier(comment.get("id"), "comment.id") or event_id
            yield from _comment(ticket, {**comment, "public": comment.get("is_public")}, at, comment_id, settings)


def _snapshot(record: Record, settings: IngestSettings) -> Iterator[Interaction]:
    """A ticket as it stands: it was opened, perhaps resolved, perhaps rated."""
    found = required_part(record, "ticket") if "ticket" in record else record
    if found is record and "requester_id" not in record and "requester" not in record and "subject" not in record:
        raise Refused(RefusalReason.MISSING_FIELD, "no event, ticket or audit; allowed: what Zendesk sends")
    ticket = zendesk.ticket_of(found, objects(record.get("users")))
    status = zendesk.word(found.get("status"))
    if status in zendesk.GONE:
        return
    yield from _opened(ticket, _time(found, ("created_at",), settings), settings)
    updated = first(found, ("updated_at",))
    if status in zendesk.DONE:
        solved = part(found, "metric_set").get("solved_at")
        if solved is not None:
            at = moment(solved, settings.zone, "solved_at")
            yield zendesk.build(
                ticket, kind=_RESOLVED, at=at, id=joined(ticket.id, "resolved", str(at)), direction=NO_DIRECTION
            )
        elif updated is not None:
            at = moment(updated, settings.zone, "updated_at")
            yield zendesk.build(ticket, kind=_RESOLVED, at=at, id=joined(ticket.id, "resolved"), direction=NO_DIRECTION)
    if zendesk.rating(found) and updated is not None:
        given = part(found, "satisfaction_rating")
        rated = identifier(given.get("id"), "satisfaction_rating.id") or zendesk.rating(found)
        yield _rated(ticket, given.get("comment"), moment(updated, settings.zone, "updated_at"), rated, settings)


def _audit(record: Record, settings: IngestSettings) -> Iterator[Interaction]:
    """An audit: everything that one update changed."""
    audit = required_part(record, "audit")
    events = objects(audit.get("events"))
    created = any(event.get("type") == "Create" for event in events)
    if not created and not any(_matters(event) for event in events):
        return
    users = objects(record.get("users"))
    ticket = zendesk.ticket_of({**_set_by(events), **part(record, "ticket"), "id": audit.get("ticket_id")}, users)
    at = _time(audit, ("created_at",), settings)
    case = ticket  # by the way it came; an audit's ``via`` is the way of whoever made it, an agent's own screen
    ticket = ticket._replace(channel=zendesk.channel_of(audit if "via" in audit else ticket.record))
    if created:
        said = next((event.get("body") for event in events if _is_comment(event)), None)
        described = {**ticket.record, "description": said or ticket.record.get("description")}
        yield from _opened(ticket._replace(record=described), at, settings)
        return
    for event in events:
        if event.get("type") == "Change":
            yield from _changed(case, audit, event, at)
        else:
            yield from _audited(ticket, audit, event, users, at, settings)


def _changed(ticket: Ticket, audit: Record, event: Record, at: int) -> Iterator[Interaction]:
    if _matters(event):
        change = identifier(event.get("id"), "event.id") or content_id([audit.get("id"), event])
        now, before = event.get("value"), event.get("previous_value")
        yield from _status(ticket, before, now, at, joined(ticket.id, "event", change))


def _audited(  # noqa: PLR0917 — one event among all that stands around it
    ticket: Ticket, audit: Record, event: Record, users: list[Record], at: int, settings: IngestSettings
) -> Iterator[Interaction]:
    if not _matters(event):
        return
    event_id = identifier(event.get("id"), "event.id") or content_id([audit.get("id"), event])
    if _is_comment(event):
        number = identifier(first(event, ("author_id",)) or audit.get("author_id"), "author_id")
        author = {"id": number, **({} if number is None else zendesk.user_of(users, number))}
        yield from _comment(ticket, {**event, "author": author}, at, event_id, settings)
    else:
        scored = ticket._replace(record={"satisfaction_rating": {"score": event.get("score")}})
        if zendesk.rating(scored.record):
            yield _rated(scored, event.get("body"), at, event_id, settings)


def _matters(event: Record) -> bool:
    kind = event.get("type")
    if kind == "Change":
        return event.get("field_name") == "status"
    return kind == "SatisfactionRating" or _is_comment(event)


def _is_comment(event: Record) -> bool:
    kind = event.get("type")
    return type(kind) is str and kind in COMMENTS


def _set_by(events: list[Record]) -> Record:
    """The ticket's fields as far as the events of its creation set them."""
    return {
        event["field_name"]: event.get("value")
        for event in events
        if event.get("type") == "Create" and event.get("field_name") in ("requester_id", "subject", "type", "priority")
    }


def _opened(ticket: Ticket, at: int, settings: IngestSettings) -> Iterator[Interaction]:
    said = text(ticket.record.get("description"), settings.text_limit)
    judged = zendesk.opening(ticket, said)
    yield zendesk.build(
        ticket,
        kind=_OPENED,
        at=at,
        id=joined(ticket.id, "created"),
        direction=_IN,
        text=said,
        tone=judged.tone,
        complaint=judged.complaint,
    )


def _comment(
    ticket: Ticket, comment: Record, at: int, comment_id: str, settings: IngestSettings
) -> Iterator[Interaction]:
    """A reply, by the customer (inbound) or the company (outbound); of nobody's if that can't be told."""
    if comment.get("public") is False:
        return
    author = part(comment, "author")
    ours = zendesk.staff(author)
    if ours is None and ticket.requester_id is not None and author.get("id") is not None:
        ours = reference(author["id"]) != ticket.requester_id
    direction = NO_DIRECTION if ours is None else _OUT if ours else _IN
    said = text(first(comment, ("body", "plain_body")), settings.text_limit)
    more: dict[str, Any] = {"text": said}
    if direction == _IN:
        more["tone"], more["complaint"] = judge(said, ticket.language)
    yield zendesk.build(
        ticket, kind=_REPLIED, at=at, id=joined(ticket.id, "comment", comment_id), direction=direction, **more
    )


def _status(ticket: Ticket, previous: Any, current: Any, at: int, event_id: str) -> Iterator[Interaction]:
    """Resolved when it becomes solved or closed, reopened when it was; from solved to closed nothing happens."""
    if type(current) is not str:
        raise Refused(
            RefusalReason.BAD_VALUE, f"status is {shown(current)}; allowed: new, open, pending, hold, solved, …"
        )
    was, now = zendesk.word(previous), zendesk.word(current)
    if now in zendesk.DONE and was not in zendesk.DONE:
        yield zendesk.build(ticket, kind=_RESOLVED, at=at, id=event_id, direction=NO_DIRECTION)
    elif was in zendesk.DONE and now not in zendesk.DONE and now not in zendesk.GONE:
        yield zendesk.build(ticket, kind=_REOPENED, at=at, id=event_id, direction=_IN)


def _rated(ticket: Ticket, comment: Any, at: int, rated: str, settings: IngestSettings) -> Interaction:
    said = text(comment, settings.text_limit)
    judged = judge(said, ticket.language)
    return zendesk.build(
        ticket,
        kind=_ANSWERED,
        at=at,
        id=joined(ticket.id, "rating", rated),
        direction=_IN,
        score=1.0 if zendesk.rating(ticket.record) == "good" else 0.0,
        score_scale=(0.0, 1.0),
        text=said,
        tone=judged.tone,
        complaint=judged.complaint,
    )


def _time(record: Record, names: tuple[str, ...], settings: IngestSettings) -> int:
    value = first(record, names)
    if value is None:
        raise Refused(RefusalReason.MISSING_FIELD, f"{names[0]} is missing; allowed: a time")
    return moment(value, settings.zone, names[0])
