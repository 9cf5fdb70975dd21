"""The lane of a view: changes in large groups, and the view made anew from the log when it was lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final

from aiokafka.errors import KafkaError

from sinks import SinkError
from streams.broker.restore import RestoreError
from streams.deliver.lane import Lane, failure_of
from streams.deliver.patience import is_worth_a_line
from streams.deliver.rebuilding import is_lost, rebuild
from streams.deliver.view_writer import FOR_EVER, ViewWriter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from sinks import View
    from sinks.metrics import Metrics
    from streams.deliver.rebuilding import Page

log = logging.getLogger(__name__)

GROUP: Final = 500
LOOK_SECONDS: Final = 1.0
"""How often an idle lane looks whether the view is still there."""


class ViewLane(Lane):
    """Works alone on its view: while that is made anew, what comes meanwhile waits and is applied after."""

    def __init__(
        self, view: View, metrics: Metrics, read_log: Callable[[], AsyncGenerator[Page]], **clock: Any
    ) -> None:
        """``read_log`` reads the compacted topics from the beginning."""
        super().__init__(view, metrics, **clock)
        self._view = view
        self._read_log = read_log
        self._writer = ViewWriter(view, metrics, sleep=self.sleep, draw=self.draw)
        self._failed_builds = 0
        self._unanswered = 0

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.filled(), LOOK_SECONDS)
            await self.look()
            if self.waiting:
                await self.deliver_some()

    async def look(self) -> None:
        """Make the view anew if it was lost; a view that does not answer is left to the next write."""
        lost = False

        async def ask() -> None:
            nonlocal lost
            lost = await is_lost(self._view)

        failure = await failure_of(ask())
        if failure is not None:
            self._unanswered += 1
            if is_worth_a_line(self._unanswered):
                log.warning("%s does not say whether it was flushed: %s", self.name, failure)
            return
        self._unanswered = 0
        if lost:
            await self._rebuild()

    async def deliver_some(self) -> None:
        """Write the first that wait, and settle them."""
        group = [self.waiting.popleft() for _ in range(min(GROUP, len(self.waiting)))]
        live = [parcel for parcel in group if parcel.shard.is_live]
        await self._writer.write([parcel.change for parcel in live])
        for parcel in live:
            parcel.shard.through(parcel.offset)

    async def _rebuild(self) -> None:
        if not self._failed_builds:
            log.warning("%s was flushed or never filled: making it anew from the log", self.name)
        try:
            built = await rebuild(self._writer, self._read_log())
        except (KafkaError, RestoreError, SinkError, OSError) as error:
            self._failed_builds += 1
            if is_worth_a_line(self._failed_builds):
                log.warning("%s can't be made anew now: %s", self.name, error)
            await self.sleep(FOR_EVER.pause(self._failed_builds, self.draw()))
            return
        self._failed_builds = 0
        if built is None:
            log.warning("%s was flushed again while it was made anew: once more", self.name)
        else:
            log.info("%s is made anew: %s", self.name, built.sentence())
