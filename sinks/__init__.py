"""Where alerts go: the topics, the terminal, Slack, the Redis view; and the metrics that operations watch.

A sink is one file with one class that has ``async send(alert)``. What goes wrong is a :class:`SinkError` with a
reason from a closed set, and whether another try may help; retries, metrics and logging are written once, in the
``deliver`` role. To add a sink: ``sinks/<name>.py`` and its test; ``deliver`` finds it by its settings section.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sinks.alert import Alert


class Reason(StrEnum):
    """Why a delivery failed; the metrics label ``outcome`` beside ``sent``."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    CONNECTION_LOST = "connection_lost"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    MISCONFIGURED = "misconfigured"


class SinkError(Exception):
    """A delivery that failed; ``retry_after`` is in seconds when the other side named a time."""

    def __init__(self, reason: Reason, detail: str, *, retryable: bool, retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after


class Sink(Protocol):
    """Takes alerts one by one, in the order of the topic."""

    name: str

    async def send(self, alert: Alert) -> None:
        """Deliver this version; raises SinkError, and delivering the same version twice changes nothing more."""

    async def close(self) -> None:
        """Release connections; never raises."""
