"""A worker that was stopped for a while must not go on as if it had not: by then another may hold its partitions."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

BEAT_SECONDS: Final = 0.25


class StallGuard:
    """Measures how long this process's event loop stood still; ``limit_seconds`` is below the session time-out.

    A stopped process (SIGSTOP, a frozen machine) would otherwise write alerts and state before its commit is refused.
    """

    def __init__(self, limit_seconds: float, failed: Callable[[BaseException], None]) -> None:
        self._limit = limit_seconds
        self._failed = failed
        self._beat = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to beat in the running loop, the main thread's; who is let go on looks at once how long it was."""
        self._beat = time.monotonic()
        self._task = asyncio.get_running_loop().create_task(self._run())
        signal.signal(signal.SIGCONT, lambda *_: self.check())

    def stop(self) -> None:
        """Beat no more."""
        signal.signal(signal.SIGCONT, signal.SIG_DFL)
        if self._task is not None:
            self._task.cancel()

    def watch(self, client: Any) -> None:
        """Check before each request of this aiokafka client: what it was handed earlier must not leave either.

        A frozen machine sends no signal, and the client's own task may be the first to run when it thaws.
        """
        send = client.send

        async def checked(*place: Any, **how: Any) -> Any:
            if self._task is not None:
                self.check()
            return await send(*place, **how)

        client.send = checked

    def check(self) -> None:
        """Raise StalledError, and end the worker, if the loop has stood still for too long since the last beat."""
        gap = time.monotonic() - self._beat
        if gap > self._limit:
            error = StalledError(f"stood still for {gap:.1f} s; allowed: {self._limit:g} s")
            self._failed(error)
            raise error

    def worked(self) -> None:
        """Note that a piece of work ends: the loop did not stand still unless that piece alone took too long."""
        self.check()
        self._beat = time.monotonic()

    def forgive(self) -> None:
        """Start measuring anew, after long work that was meant to be."""
        self._beat = time.monotonic()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self.check()
            self._beat = time.monotonic()


class StalledError(RuntimeError):
    """The process stood still for longer than its place in the group may be kept."""
