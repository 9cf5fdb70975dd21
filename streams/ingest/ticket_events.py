"""Zendesk's incremental export of ticket events, as the audits that they are: the same ids, written otherwise.

Source: Zendesk's "Incremental Ticket Event Export" and its sideload ``comment_events``. A ticket event is one audit; in
its ``child_events`` ``event_type`` stands for ``type``, and what was set or changed stands under the field's own name.
Without the sideload a comment is only said to be there (``comment_present``, ``comment_public``), without its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streams.ingest.reading import Record, first, objects

SET_AT_CREATION: Final[tuple[str, ...]] = ("requester_id", "subject", "type", "priority")
_TICKET_TYPES: Final = frozenset({"question", "incident", "problem", "task"})


def are_in(record: Record) -> bool:
    """Whether the record is a page of the export, or one event of it."""
    return type(record.get("ticket_events")) is list or (
        type(record.get("child_events")) is list and "ticket_id" in record
    )


def as_audits(record: Record) -> Record:
    """The same as a list of audits, with their tickets as far as given beside them or told by their creations.

    What is no object stays as it is; events without ``child_events`` (measures of time) change no ticket: left out.
    """
    given = record.get("ticket_events")
    events = given if type(given) is list else [record]
    audits = [
        _audit(event) if type(event) is dict else event
        for event in events
        if type(event) is not dict or type(event.get("child_events")) is list
    ]
    tickets = [_created(audit) for audit in audits if type(audit) is dict]
    return {
        "audits": audits,
        "tickets": [ticket for ticket in tickets if len(ticket) > 1] + objects(record.get("tickets")),
        "ticket": record.get("ticket"),
        "users": record.get("users"),
    }


def _created(audit: Record) -> Record:
    """The ticket as its creation set it; its id alone when the audit is none."""
    created = [event for event in audit["events"] if event["type"] == "Create" and event["field_name"]]
    return {"id": audit["ticket_id"], **{event["field_name"]: event["value"] for event in created}}


def _audit(event: Record) -> Record:
    via = _via(event.get("via"))
    return {
        "id": event.get("id"),
        "ticket_id": event.get("ticket_id"),
        "created_at": first(event, ("timestamp", "created_at")),
        "author_id": event.get("updater_id"),
        "events": [made for child in objects(event.get("child_events")) for made in _events(child)],
        **({} if via is None else {"via": via}),
    }


def _events(child: Record) -> Iterator[Record]:
    """One child event as the events of an audit: one for each field that matters."""
    kind = child.get("event_type")
    if kind == "Comment" or child.get("comment_present") is True:
        if child.get("comment_present") is not False:
            public = first(child, ("public", "comment_public"))
            yield {**child, "type": first(child, ("type",)) or "Comment", "public": public}
    elif kind == "Create":
        fields = [name for name in SET_AT_CREATION if name in child and _is_field(name, child[name])]
        for name in fields or [""]:  # none of these, but a creation all the same
            yield {"id": child.get("id"), "type": "Create", "field_name": name, "value": child.get(name)}
    elif kind == "Change" and "status" in child:
        yield {
            "id": child.get("id"),
            "type": "Change",
            "field_name": "status",
            "value": child["status"],
            "previous_value": child.get("previous_value"),
        }


def _is_field(name: str, value: Any) -> bool:
    """Whether it is the ticket's: ``type`` may also be the event's own kind."""
    return name != "type" or (type(value) is str and value.lower() in _TICKET_TYPES)


def _via(via: Any) -> Record | None:
    """The channel as audits name it: an event has its name alone."""
    if type(via) is str:
        return {"channel": via}
    return via if type(via) is dict else None
