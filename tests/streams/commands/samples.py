"""Source records for the tests of commands."""

from __future__ import annotations

import json
from typing import Any


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
