"""The alert: the record that every consumer of the topic ``alerts`` reads."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", description="RFC 3339, UTC, ms")]
Status = Literal["open", "updated", "resolved", "retracted"]
Severity = Literal["info", "warning", "critical"]
Audience = Literal["team", "private"]


class Shift(Struct):
    """From which relationship type to which."""

    from_: str = msgspec.field(name="from")
    to: str


class Measured(Struct):
    """What was measured, against the person's own normal and the limit."""

    name: str
    value: float
    baseline: float | None
    threshold: float
    unit: str


class Evidence(Struct, omit_defaults=True):
    """One counted interaction and where it stands in the log."""

    interaction: str
    kind: str
    channel: str
    occurred_at: Time
    topic: str
    partition: int
    offset: int
    excerpt: str | None = None


class Playbook(Struct):
    """Whose move it is, and what to do and to avoid."""

    owner: str
    audience: Audience
    do: list[str]
    avoid: list[str]


class Contact(Struct):
    """Whether the person may be contacted, and by what."""

    allowed: bool
    by: list[str] = msgspec.field(default_factory=list)
    why_not: str | None = None


class Cohort(Struct):
    """A group that moved together; ``members`` holds the first 50 known ids."""

    what: str
    where: dict[str, str]
    size: int
    members: list[str] = msgspec.field(default_factory=list)


class Alert(Struct, kw_only=True, omit_defaults=True):
    """One version of one alert; (``alert_id``, ``version``) is unique, the highest version is the truth.

    Some fields are left out where they say nothing: ``source`` is what an alert of operations is about, ``raised_at``
    is when a version that ends the alert was last preceded by one that told of the trouble. ``folded`` holds the ids of
    the alerts about people that this one about many stands for, at most 1,000. ``folded_into`` is on no topic: by it
    the live view says, of an alert about a person, which one about many stands for it now.
    """

    alert_id: str
    version: Annotated[int, Meta(ge=1)]
    status: Status
    severity: Severity
    rule: str
    stakeholder: str | None
    party: str
    shift: Shift | None
    started_at: Time
    detected_at: Time
    summary: str
    measured: Measured
    evidence: list[Evidence]
    evidence_total: int
    playbook: Playbook
    contact: Contact
    cohort: Cohort | None
    rules_version: str
    source: str | None = None
    raised_at: Time | None = None
    folded: list[str] = []
    folded_into: str | None = None


_encode = msgspec.json.Encoder().encode
decode_alert = msgspec.json.Decoder(Alert).decode


def encode_alert(alert: Alert) -> bytes:
    """The JSON value of the topics ``alerts`` and ``alert-state``."""
    return _encode(alert)
