"""An alert on its two topics: every version on ``alerts``, the latest on ``alert-state``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sinks.alert import Alert, encode_alert
from sinks.cloud_events import cloud_event_headers

if TYPE_CHECKING:
    from streams.broker.outbox import Outbox


class AlertTopics(NamedTuple):
    """The names on the cluster."""

    alerts: str
    state: str


def publish(outbox: Outbox, alert: Alert, *, key: bytes, to: AlertTopics, source: str) -> None:
    """Hand over one version; ``key`` orders the alerts of one person, ``source`` is the CloudEvents source."""
    value = encode_alert(alert)
    headers = cloud_event_headers(alert, source)
    outbox.put(to.alerts, key, value, headers=headers)
    outbox.put(to.state, alert.alert_id.encode(), value, headers=headers)
