"""An alert as a CloudEvent: what the headers of its records say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sinks.stamps import uuid5

if TYPE_CHECKING:
    from sinks.alert import Alert

_FIXED: Final = [("content-type", b"application/json"), ("ce_specversion", b"1.0")]


def cloud_event_headers(alert: Alert, source: str) -> list[tuple[str, bytes]]:
    """The CloudEvents 1.0 attributes in Kafka's binary mode; equal for every copy of one version."""
    subject: str = alert.alert_id
    status: str = alert.status
    time: str = alert.detected_at
    return [
        *_FIXED,
        ("ce_id", uuid5(f"{subject}\x1f{alert.version}").encode()),
        ("ce_source", source.encode()),
        ("ce_type", f"rapport.alert.{status}.v1".encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", time.encode()),
    ]
