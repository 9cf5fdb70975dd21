"""Changes into a view, in order and in groups; never given up while the view may come back."""

from __future__ import annotations

import asyncio
import logging
import random
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sinks import Reason
from sinks.metrics import GIVEN_UP
from streams.deliver.change import Kind
from streams.deliver.lane import failure_of
from streams.deliver.patience import Patience, is_worth_a_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sinks import SinkError, View
    from sinks.metrics import Metrics
    from streams.deliver.change import Change
    from streams.deliver.lane import Sleep

log = logging.getLogger(__name__)

FOR_EVER = Patience(None, first_seconds=0.1, longest_seconds=2.0)


class ViewWriter:
    """Writes until it is done; a record that the view refuses for itself is given up, and the rest goes on."""

    def __init__(
        self,
        view: View,
        metrics: Metrics | None = None,
        *,
        sleep: Sleep = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.view = view
        self.refused = 0
        self._metrics = metrics
        self._sleep = sleep
        self._draw = draw

    async def write(self, changes: Sequence[Change]) -> None:
        """Write all of them; changes of one kind stay in order, and each kind is about other keys than the next."""
        for kind, group in groupby(changes, key=lambda change: change.kind):
            await self._write(kind, list(group))

    async def until_done(self, call: Callable[[], Awaitable[Any]], what: str) -> SinkError | None:
        """Try until it works, or is refused by the view for what it is; gives that refusal.

        A view that is gone, full or closed to us (a password that is being changed) is waited for.
        """
        attempt = 0
        while True:
            attempt += 1
            failure = await failure_of(call())
            if failure is None:
                if attempt > 1:
                    log.info("%s is back: %s at attempt %d", self.view.name, what, attempt)
                return None
            self._count(failure.reason)
            if failure.reason is Reason.REFUSED:
                return failure
            if is_worth_a_line(attempt):
                log.warning("%s waits: %s, attempt %d: %s", self.view.name, what, attempt, failure)
            await self._sleep(FOR_EVER.pause(attempt, self._draw(), failure.retry_after))

    async def _write(self, kind: Kind, changes: list[Change]) -> None:
        failure = await self.until_done(lambda: self._send(kind, changes), f"{len(changes)} of {kind}")
        if failure is None:
            if kind is Kind.ALERT:
                for _ in changes:
                    self._count("sent")
        elif len(changes) > 1:  # one of them is to blame; it is found by sending each alone
            for change in changes:
                await self._write(kind, [change])
        else:
            self.refused += 1
            self._count(GIVEN_UP)
            log.error("%s: GIVEN UP %s %s: %s", self.view.name, kind, changes[0].id, failure)

    async def _send(self, kind: Kind, changes: list[Change]) -> None:
        records: list[Any] = [change.record for change in changes]
        if kind is Kind.ALERT:
            await self.view.send_many(records)
        elif kind is Kind.RELATIONSHIP:
            await self.view.send_relationships(records)
        else:
            forget = self.view.forget_alert if kind is Kind.FORGET_ALERT else self.view.forget_relationship
            for change in changes:
                await forget(change.id)

    def _count(self, outcome: str) -> None:
        if self._metrics is not None:
            self._metrics.delivered(self.view.name, outcome)
