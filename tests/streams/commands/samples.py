"""Source records and interactions for the tests of commands."""

from __future__ import annotations

import json
from typing import Any

DAY = 86_400_000
START = 1_700_000_000_000


def order(number: int, at: str, person: str = "c-1", **properties: Any) -> dict[str, Any]:
    """A purchase as Segment sends it."""
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": person,
        "timestamp": at,
        "properties": {"order_id": f"o-{number}", "total": 10, "currency": "EUR"} | properties,
    }


def lines(*records: Any) -> bytes:
    """Records as JSON lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def purchase(day: float, person: str = "c-1", **changes: Any) -> dict[str, Any]:
    """An interaction so many days after the start."""
    values = {
        "id": f"{person}-{day}",
        "occurred_at": int(START + day * DAY),
        "kind": "purchase_made",
        "source": "purchases",
        "channel": "shop",
        "identities": {"customer_id": person},
    }
    return values | changes


def complaint(day: float, channel: str, **changes: Any) -> dict[str, Any]:
    """A ticket in anger."""
    return purchase(day, kind="ticket_opened", source="tickets", channel=channel, complaint=True, **changes)
