"""Interactions that are canonical already, as JSON: for sources that no mapping knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from detectors.interaction import Interaction
from detectors.wire import InteractionRecord, WireError, from_record
from streams.ingest import people
from streams.ingest.moments import moment
from streams.ingest.reading import Record, content_id, first, identifier, label, text
from streams.ingest.refusal import RefusalReason, Refused
from streams.ingest.settings import IDENTITY_KINDS, IngestSettings
from streams.ingest.tone import judge

SOURCE = "interactions"

_TEXTS = ("language", "page", "step", "funnel", "referrer", "campaign", "subject", "thread")
_PLATFORM = re.compile(r"handle:[a-z0-9_]{1,40}")
_CLEAN = {"email": people.email, "phone": people.phone}


def items(record: Record) -> Iterator[Any]:
    """The members of ``interactions`` if there is such a list, else the record itself."""
    many = record.get("interactions")
    if type(many) is list:
        yield from many
    else:
        yield record


def interactions(record: Record, settings: IngestSettings) -> Iterator[Interaction]:
    """The interaction itself, its texts cleaned; tone and complaint are filled in only where both are absent."""
    prepared = dict(record)
    prepared["id"] = identifier(record.get("id"), "id") or content_id(record)
    prepared.setdefault("source", SOURCE)
    if record.get("occurred_at") is not None:
        prepared["occurred_at"] = moment(record["occurred_at"], settings.zone, "occurred_at")
    prepared["stakeholder"] = people.known(record.get("stakeholder"), "stakeholder")
    prepared["identities"] = _identities(record.get("identities"))
    if type(record.get("text")) is str:
        prepared["text"] = text(record["text"], settings.text_limit)
    for name in _TEXTS:
        if type(record.get(name)) is str:
            prepared[name] = label(record[name], 512)
    interaction = _converted({name: value for name, value in prepared.items() if value is not None})
    identifier(interaction.source, "source")
    if interaction.text is not None and "tone" not in record and "complaint" not in record:
        interaction.tone, interaction.complaint = judge(interaction.text, interaction.language)
    yield interaction


def key(record: Record) -> str | None:
    """The stakeholder if resolved, else the strongest identity."""
    identities = record.get("identities")
    found = label(record.get("stakeholder"))
    if found is None and type(identities) is dict:
        found = label(first(identities, (*IDENTITY_KINDS, *sorted(identities))))
    return found


def _converted(prepared: Record) -> Interaction:
    try:
        return from_record(msgspec.convert(prepared, InteractionRecord))
    except (msgspec.ValidationError, WireError) as error:
        message = str(error)
    reason = RefusalReason.BAD_VALUE
    if "missing required field" in message:
        reason = RefusalReason.MISSING_FIELD
    elif "enum value" in message:
        reason = RefusalReason.UNKNOWN_EVENT
    raise Refused(reason, f"{message}; allowed: an interaction as published by `rapport schema`")


def _identities(value: Any) -> Any:
    """The identities in comparable form; anything but an object is left to be refused."""
    if type(value) is not dict:
        return value
    found = {}
    for kind, given in value.items():
        if kind in IDENTITY_KINDS or _PLATFORM.fullmatch(kind):
            clean = people.handle if kind.startswith("handle:") else _CLEAN.get(kind, people.known)
            kept = clean(given, f"identities.{kind[:40]}")
            if kept is not None:
                found[kind] = kept
    return found
