"""The lane of a sink that tells alerts one by one: tried again after growing pauses, and given up loudly."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sinks.alert import Alert
from sinks.metrics import FOLDED, GIVEN_UP
from streams.deliver.folding import Folding
from streams.deliver.lane import Lane, failure_of
from streams.deliver.patience import is_worth_a_line

if TYPE_CHECKING:
    from sinks import Sink, SinkError
    from sinks.metrics import Metrics
    from streams.deliver.patience import Patience
    from streams.deliver.shard import Parcel

log = logging.getLogger(__name__)


class Messenger(Lane):
    """Delivers in the order of arrival; a version is left out when a newer one waits that says as much.

    So is one that is folded into an alert about many, which is asked before each attempt.
    """

    def __init__(
        self, sink: Sink, metrics: Metrics, patience: Patience, folding: Folding | None = None, **clock: Any
    ) -> None:
        super().__init__(sink, metrics, **clock)
        self._sink = sink
        self._patience = patience
        self._folding = Folding(None) if folding is None else folding
        self._newest: dict[str, Alert] = {}  # of what waits

    def put(self, parcel: Parcel) -> None:
        """Take one more alert."""
        self._note(parcel)
        super().put(parcel)

    def purge(self) -> None:
        """Drop what waits of shards that are no more."""
        super().purge()
        self._newest.clear()
        for parcel in self.waiting:
            self._note(parcel)

    async def run(self) -> None:
        """Deliver for ever."""
        while not self.is_ending:
            await self.filled()
            await self.deliver_next()

    async def deliver_next(self) -> None:
        """Deliver the first that waits, or give it up; the one that is cut short stays unsettled."""
        parcel = self.waiting.popleft()
        alert = _alert(parcel)
        newest = self._newest.get(alert.alert_id)
        if newest is alert:
            del self._newest[alert.alert_id]
        if await self._deliver(parcel, alert):
            parcel.shard.through(parcel.offset)

    async def _deliver(self, parcel: Parcel, alert: Alert) -> bool:
        """Try until it is through, given up or needed no more; False when the worker ends before that."""
        attempt = 0
        while parcel.shard.is_live:
            if await self._folding.withholds(self.name, alert):
                self.metrics.delivered(self.name, FOLDED)
                break
            if self._is_covered(alert):
                break
            attempt += 1
            failure = await self._try(alert)
            if failure is None:
                if attempt > 1:
                    log.info("%s took alert %s at attempt %d", self.name, alert.alert_id, attempt)
                break
            if not failure.retryable or self._patience.ends_after(attempt):
                self._give_up(alert, failure, attempt)
                break
            if self.is_ending:
                return False
            if is_worth_a_line(attempt):
                log.warning("%s: alert %s, attempt %d: %s", self.name, alert.alert_id, attempt, failure)
            await self.sleep(self._patience.pause(attempt, self.draw(), failure.retry_after))
        return True

    async def _try(self, alert: Alert) -> SinkError | None:
        self.is_busy = True
        try:
            failure = await failure_of(self._sink.send(alert))
        finally:
            self.is_busy = False
        self.metrics.delivered(self.name, "sent" if failure is None else failure.reason)
        return failure

    def _give_up(self, alert: Alert, failure: SinkError, attempt: int) -> None:
        self.metrics.delivered(self.name, GIVEN_UP)
        log.error(
            "%s: GIVEN UP alert %s version %d after %d attempts: %s",
            *(self.name, alert.alert_id, alert.version, attempt, failure),
        )

    def _is_covered(self, alert: Alert) -> bool:
        newest = self._newest.get(alert.alert_id)
        return newest is not None and newest.version > alert.version and self._sink.covers(newest, alert)

    def _note(self, parcel: Parcel) -> None:
        alert = _alert(parcel)
        newest = self._newest.get(alert.alert_id)
        if newest is None or newest.version < alert.version:
            self._newest[alert.alert_id] = alert


def _alert(parcel: Parcel) -> Alert:
    record = parcel.change.record
    if not isinstance(record, Alert):
        raise TypeError(f"{parcel.change.kind} on the way to a messenger; allowed: alerts")
    return record
