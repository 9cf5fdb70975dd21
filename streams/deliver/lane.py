"""What waits for one sink or view, and the task that works it off in order."""

from __future__ import annotations

import asyncio
import random
import traceback
from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Final

from sinks import Reason, SinkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sinks import Sink, View
    from sinks.metrics import Metrics
    from streams.deliver.shard import Parcel

    Sleep = Callable[[float], Awaitable[None]]

MOST_WAITING: Final = 10_000
"""Parcels in one lane from which on the topics that fill it are read no further (some 40 MB of alerts)."""


CANCEL_SECONDS: Final = 0.2


class Lane(ABC):
    """Takes parcels synchronously and delivers them in the background; its task ends by a programming error alone."""

    def __init__(
        self,
        sink: Sink | View,
        metrics: Metrics,
        *,
        sleep: Sleep = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """``sleep`` and ``draw`` (in [0, 1)) are the clock and the dice of the pauses."""
        self.name = sink.name
        self.waiting: deque[Parcel] = deque()
        self.metrics = metrics
        self.is_busy = False  # with something that cut short would be told twice
        self.is_ending = False
        self.sleep = sleep
        self.draw = draw
        self._filled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def put(self, parcel: Parcel) -> None:
        """Take one more, behind the others."""
        self.waiting.append(parcel)
        self._filled.set()

    def purge(self) -> None:
        """Drop what waits of shards that are no more: whoever has their partitions now reads it again."""
        self.waiting = deque(parcel for parcel in self.waiting if parcel.shard.is_live)

    def is_full(self) -> bool:
        """Whether so much waits that no more should come."""
        return len(self.waiting) >= MOST_WAITING

    def start(self) -> None:
        """Begin to deliver, if that has not begun."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self.run(), name=f"deliver to {self.name}")

    def check(self) -> None:
        """Raise what ended the task, if anything did."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    async def rest(self, seconds: float) -> None:
        """Let what is being sent arrive, for at most so long, and begin nothing new."""
        task = self._task
        if task is None:
            return
        if self.is_busy:
            self.is_ending = True
            await asyncio.wait([task], timeout=seconds)
        await end(task)

    async def filled(self) -> None:
        """Wait until there is something to do."""
        while not self.waiting:  # again when it was purged before we woke
            self._filled.clear()
            await self._filled.wait()

    @abstractmethod
    async def run(self) -> None:
        """Deliver for ever."""


async def end(task: asyncio.Task[None]) -> None:
    """Cancel the task until it has ended, however: the Redis client now and then swallows a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_SECONDS)


async def failure_of(delivery: Awaitable[object]) -> SinkError | None:
    """Await it; what went wrong, or None. An error that no sink should raise is a refusal: no try mends a mistake."""
    try:
        await delivery
    except SinkError as error:
        return error
    except Exception as error:  # noqa: BLE001 - one alert that a sink stumbles over must not stop all others
        place = traceback.extract_tb(error.__traceback__)[-1]
        # Its message may hold an address with a secret: its class and place are what can be told.
        detail = f"a mistake in the sink: {type(error).__name__} at {place.filename}:{place.lineno}"
        return SinkError(Reason.REFUSED, detail, retryable=False)
    return None
