"""The performance: the roles are started, the company lives, its alerts are shown and judged, all is stopped."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streams.demo.casting import DAYS
from streams.demo.pace import Pace
from streams.demo.publisher import Publisher
from streams.demo.screen import Screen, live_line
from streams.demo.simulator import simulate
from streams.demo.verdict import concluded
from streams.demo.watching import Watching
from streams.running.supervisor import Supervisor, SupervisorError
from streams.settings import ROLES

if TYPE_CHECKING:
    from streams.demo.casting import Cast
    from streams.running.role_programs import RolePrograms
    from streams.running.supervisor import Notice
    from streams.settings import Settings

READY_SECONDS: Final = 90.0
LIVE_SECONDS: Final = 0.5
_RATE_LINES: Final = 8
_LAST_LINES: Final = 20


class StageError(RuntimeError):
    """The demo can't go on; the message says why, with the last lines of the role that failed."""


class Stage:
    """One performance of the company's months within ``seconds``."""

    def __init__(self, settings: Settings, roles: RolePrograms, cast: Cast, *, seconds: float, screen: Screen) -> None:
        self._roles = roles
        self._cast = cast
        self._pace = Pace(cast.start, DAYS, seconds)
        self._screen = screen
        self._publisher = Publisher(settings)
        self._watching = Watching(settings, screen.alert)
        self._told = asyncio.Event()
        self._words: dict[str, deque[str]] = {role: deque(maxlen=_LAST_LINES) for role in ROLES}
        self._watched = 0
        self._supervisor = Supervisor(
            roles.programs(),
            restarts=settings.supervisor.restarts,
            backoff_seconds=settings.supervisor.backoff_seconds,
            stop_seconds=settings.supervisor.stop_seconds,
            tell=self._hear,
            say=lambda role, line: self._words[role].append(line),
        )

    async def run(self) -> bool:
        """Perform; False when interrupted. Raises StageError. No role is left, whatever happens."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._interrupt)
        keeper = asyncio.create_task(self._supervisor.run())
        story = asyncio.create_task(self._story())
        told = asyncio.create_task(self._told.wait())
        try:
            await asyncio.wait([keeper, story, told], return_when=asyncio.FIRST_COMPLETED)
            is_over = story.done()
            if is_over and story.exception() is None:
                self._conclude()
        finally:
            await _cancelled(story)
            if not self._told.is_set():
                self._supervisor.stop()
            await asyncio.wait([keeper])
            told.cancel()
            self._screen.leave()
        self._raise_what_failed(keeper)
        if is_over:
            story.result()
        return is_over

    def _raise_what_failed(self, keeper: asyncio.Task[None]) -> None:
        error = keeper.exception()
        if isinstance(error, SupervisorError):
            words = self._words[str(error).split()[0]]
            raise StageError("\n  ".join([str(error), *words])) from error
        if error is not None:
            raise error

    def _interrupt(self) -> None:
        """The first signal ends the story, a second one kills."""
        self._told.set()
        self._supervisor.stop()

    def _hear(self, notice: Notice) -> None:
        if notice.event == "died":
            self._screen.say(f"{notice.program} died with exit code {notice.code} and is started again.")

    async def _story(self) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await asyncio.gather(*(self._roles.wait_ready(role) for role in ROLES))
        except TimeoutError:
            raise StageError(
                f"the roles were not ready within {READY_SECONDS:.0f} s: {await self._unready()}"
            ) from None
        self._screen.say(
            f"Ready. {len(self._cast.roles)} people live through {DAYS} days in {self._pace.seconds:.0f} s;"
            f" {len(self._cast.planted)} shifts are planted among them.\n"
        )
        reading = asyncio.create_task(self._watching.read())
        showing = asyncio.create_task(self._show_life())
        playing = asyncio.create_task(self._play())
        try:
            await asyncio.wait([reading, showing, playing], return_when=asyncio.FIRST_COMPLETED)
            for task in (reading, showing, playing):
                if task.done():
                    task.result()
        except TimeoutError:
            raise StageError("the roles did not finish reading what the company sent") from None
        finally:
            for task in (reading, showing, playing):
                await _cancelled(task)

    async def _unready(self) -> str:
        return ", ".join([role for role in ROLES if not await self._roles.is_ready(role)])

    async def _play(self) -> None:
        self._took = await self._publisher.play(simulate(self._cast), self._pace)
        await self._watching.finished()
        self._watched = int((await self._roles.totals("monitor")).get("rapport_people", self._watched))

    async def _show_life(self) -> None:
        """Rewrite the live line for ever; the rate is that of the last few seconds."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        counts = deque([(began, 0.0)], maxlen=_RATE_LINES)
        while True:
            await asyncio.sleep(LIVE_SECONDS)
            ingest, monitor = await asyncio.gather(self._roles.totals("ingest"), self._roles.totals("monitor"))
            counts.append((loop.time(), ingest.get("rapport_events_total", counts[-1][1])))
            (then, before), (now, events) = counts[0], counts[-1]
            line = live_line(
                at=self._publisher.at or self._cast.start,
                events_a_second=max(0.0, events - before) / (now - then),
                lag=ingest.get("rapport_lag_records", 0.0) + monitor.get("rapport_lag_records", 0.0),
                people=monitor.get("rapport_people", 0.0),
                alerts=sum(version == 1 for _, version in self._watching.alerts),
            )
            self._screen.live(line, now - began)

    def _conclude(self) -> None:
        judged, summary = concluded(
            self._cast,
            list(self._watching.alerts.values()),
            self._publisher.arrivals,
            events=self._publisher.sent,
            seconds=self._took,
            watched=self._watched,
        )
        self._screen.verdict(summary, judged)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancel the task and wait for its end; its error, if it had one, stays in it."""
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
