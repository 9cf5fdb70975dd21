"""Alerts and relationships for the tests of the sinks; every field can be changed by name."""

from __future__ import annotations

from typing import Any

import msgspec

from sinks.alert import Alert, Cohort, Contact, Evidence, Measured, Playbook, Shift
from sinks.relationship import Relationship

ALERT_ID = "6b2f7a54-9a2f-5a63-8a2b-2f1d5ac0de01"


def evidence(number: int = 0, **changes: Any) -> Evidence:
    values: dict[str, Any] = {
        "interaction": f"tweet-{number}",
        "kind": "post_published",
        "channel": "twitter",
        "occurred_at": "2026-03-01T10:15:00.000Z",
        "topic": "interactions",
        "partition": 3,
        "offset": 8812 + number,
        "excerpt": f"third time I ask, number {number}",
    }
    return Evidence(**(values | changes))


def alert(**changes: Any) -> Alert:
    values: dict[str, Any] = {
        "alert_id": ALERT_ID,
        "version": 1,
        "status": "open",
        "severity": "warning",
        "rule": "third_channel",
        "stakeholder": "c-1042",
        "party": "customer",
        "shift": Shift("regular_joe", "mad_bro"),
        "started_at": "2026-03-01T10:15:00.000Z",
        "detected_at": "2026-03-01T10:15:02.250Z",
        "summary": "A quiet customer now complains on a third channel.",
        "measured": Measured("distinct complaint channels", 3.0, 0.1, 3.0, "channels in 14 days"),
        "evidence": [evidence(number) for number in range(3)],
        "evidence_total": 7,
        "playbook": Playbook("support", "team", ["Give them one owner.", "Listen first."], ["No freebies."]),
        "contact": Contact(allowed=True, by=["mail"]),
        "cohort": None,
        "rules_version": "sha256:0a1b2c",
    }
    return Alert(**(values | changes))


def cohort_alert(**changes: Any) -> Alert:
    cohort = Cohort("funnel_step", {"step": "payment", "device": "mobile"}, 412, ["c-1", "c-2"])
    return alert(**({"rule": "funnel_drop", "stakeholder": None, "shift": None, "cohort": cohort} | changes))


def feed_alert(**changes: Any) -> Alert:
    """An alert of operations: no person, no cohort, a source."""
    values: dict[str, Any] = {
        "rule": "dead_feed",
        "stakeholder": None,
        "party": "unknown",
        "shift": None,
        "summary": "No event from tweets has been processed for 6 days.",
        "measured": Measured("silence of the source", 144.25, None, 120, "hours"),
        "evidence": [],
        "evidence_total": 0,
        "playbook": Playbook("operations", "team", ["Check the producer."], ["Do not read it as customers leaving."]),
        "contact": Contact(allowed=False, why_not="it concerns no person"),
        "source": "tweets",
    }
    return alert(**(values | changes))


def silent_stop(**changes: Any) -> Alert:
    """An alert of absence: what it rests on came before it."""
    times = ("2026-08-26T10:00:00.000Z", "2026-09-26T13:08:00.000Z")
    values: dict[str, Any] = {
        "rule": "silent_stop",
        "started_at": times[-1],
        "detected_at": "2026-10-20T00:00:00.000Z",
        "evidence": [evidence(kind="purchase_made", channel="shop", excerpt=None, occurred_at=at) for at in times],
        "evidence_total": 12,
    }
    return alert(**(values | changes))


def ended(status: str, **changes: Any) -> Alert:
    """The last version of such an alert."""
    values: dict[str, Any] = {
        "version": 2,
        "status": status,
        "severity": "info",
        "shift": Shift("at_risk", "regular_joe"),
        "detected_at": "2027-01-02T09:00:00.000Z",
        "summary": "Buys again, after 98 days.",
        "raised_at": "2026-10-20T00:00:00.000Z",
    }
    return silent_stop(**(values | changes))


def private(**changes: Any) -> Alert:
    return alert(playbook=Playbook("hr", "private", ["Talk to them."], ["No channel post."]), **changes)


def relationship(**changes: Any) -> Relationship:
    values: dict[str, Any] = {
        "stakeholder": "c-1042",
        "party": "customer",
        "type": "regular_joe",
        "since": "2026-01-01T00:00:00.000Z",
        "scores": {"regular_joe": 0.8, "mad_bro": 0.1},
        "owned_share": 0.75,
        "reachable": True,
        "consent": {"mail": True},
        "last_seen": "2026-03-01T10:15:00.000Z",
        "next_deadline": "2026-04-01T00:00:00.000Z",
        "purchases": 5,
        "open_alerts": [ALERT_ID],
        "version": 4,
    }
    return Relationship(**(values | changes))


def changed(record: Alert, **changes: Any) -> Alert:
    return msgspec.structs.replace(record, **changes)
