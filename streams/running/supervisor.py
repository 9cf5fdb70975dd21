"""Keeps programs alive: starts them, starts again what dies, and ends all of them together.

Each program runs in a session of its own, so that the terminal's Ctrl-C reaches us alone, under ``broker/watch.py``,
which ends it when we are gone, however we went.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.broker import watch
from streams.running.damper import Damper

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Mapping, Sequence

STEADY_SECONDS: Final = 600.0
"""A program that ran so long counts its deaths from zero."""
LONGEST_PAUSE_SECONDS: Final = 30.0
WATCHER_SECONDS: Final = 0.5
"""What a watcher gets to kill its program, when that did not end by itself."""
LAST_WORDS_SECONDS: Final = 0.5
"""How long the last lines of a program that ended are waited for."""
HOPELESS: Final = 2
"""The exit code for wrong usage or settings: another start would end the same way."""
_LONGEST_LINE_BYTES = 64 * 1024


class SupervisorError(RuntimeError):
    """A program is given up; the message begins with its name and says why."""


class HopelessError(SupervisorError):
    """A program ended for a reason that no new start can mend; the message has its last line."""


def _nobody_asks(_: int) -> None:
    pass


@dataclass(frozen=True)
class Program:
    """What to run: ``environment`` is asked at every start, so that it can hold a port that is free then.

    ``started`` gets the process id of each start.
    """

    name: str
    command: Sequence[str]
    environment: Callable[[], Mapping[str, str]]
    started: Callable[[int], None] = _nobody_asks


class Notice(NamedTuple):
    """What happened to a program: ``started``, ``died``, ``given_up`` or ``stopped``, with what there is to know.

    ``code`` is its exit code, 128 + the number of the signal that ended it; ``pause`` the seconds until the next start.
    """

    event: str
    program: str
    pid: int | None = None
    code: int | None = None
    pause: float | None = None


class Supervisor:
    """``tell`` hears what happens to the programs, ``say`` each line that one prints, with the program's name.

    Of log lines that come again and again it hears how many they were. A program that dies is started again after
    ``backoff_seconds``, doubled each time, at most 30 s; after ``restarts`` of them, or at once when it ended with
    HOPELESS, it is given up. At the end all get SIGTERM, and SIGKILL after ``stop_seconds``.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        restarts: int,
        backoff_seconds: float,
        stop_seconds: float,
        tell: Callable[[Notice], None],
        say: Callable[[str, str], None],
    ) -> None:
        self._programs = programs
        self._restarts = restarts
        self._backoff_seconds = backoff_seconds
        self._stop_seconds = stop_seconds
        self._tell = tell
        self._say = say
        self._ending = asyncio.Event()
        self._running: dict[str, Process] = {}
        self._last_words: dict[str, str] = {}

    def stop(self) -> None:
        """Ask all programs to end, in order; at the second call kill them."""
        if self._ending.is_set():
            self._signal_all(signal.SIGUSR1)
        self._ending.set()

    async def run(self) -> None:
        """Keep the programs running until ``stop``; all are gone when this returns or raises SupervisorError."""
        keepers = [asyncio.create_task(self._keep(program)) for program in self._programs]
        ending = asyncio.create_task(self._ending.wait())
        try:
            await asyncio.wait([ending, *keepers], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._ending.set()
            await self._end_all(keepers)
        errors = [error for keeper in keepers if (error := keeper.exception()) is not None]
        if errors:
            raise errors[0]

    async def _keep(self, program: Program) -> None:
        """Run the program again and again; raises SupervisorError when it has died too often."""
        loop = asyncio.get_running_loop()
        deaths = 0
        while not self._ending.is_set():
            began = loop.time()
            code = await self._run_once(program)
            if self._ending.is_set():
                self._tell(Notice("stopped", program.name, code=code))
                return
            if code == HOPELESS:
                self._tell(Notice("given_up", program.name, code=code))
                words = self._last_words.get(program.name, "").removeprefix("rapport: ")
                raise HopelessError(f"{program.name} can't run, and starting it again would not help: {words}")
            deaths = 1 if loop.time() - began >= STEADY_SECONDS else deaths + 1
            if deaths > self._restarts:
                self._tell(Notice("given_up", program.name, code=code))
                raise SupervisorError(
                    f"{program.name} died {deaths} times, the last time with exit code {code}, and is given up:"
                    " its last lines say why"
                )
            pause = min(self._backoff_seconds * 2 ** (deaths - 1), LONGEST_PAUSE_SECONDS)
            self._tell(Notice("died", program.name, code=code, pause=pause))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)

    async def _run_once(self, program: Program) -> int:
        """Run the program to its end; gives its exit code."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(Path(watch.__file__)), str(os.getpid()), str(self._stop_seconds)),
            *program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(program.environment()),
            start_new_session=True,
        )
        self._running[program.name] = process
        relay = asyncio.create_task(self._relay(program.name, process.stderr))
        try:
            if self._ending.is_set():  # it was told before this one could hear it
                _send(process, signal.SIGTERM)
            first = await process.stdout.readline() if process.stdout is not None else b""
            if first.strip():
                program.started(int(first))
                self._tell(Notice("started", program.name, pid=int(first)))
            code = await process.wait()
            await asyncio.wait([relay], timeout=LAST_WORDS_SECONDS)  # a grandchild may hold the pipe for ever
        finally:
            relay.cancel()
            del self._running[program.name]
        return code if code >= 0 else 128 - code

    async def _relay(self, name: str, lines: asyncio.StreamReader | None) -> None:
        rest = b""
        damper = Damper(partial(self._say, name), asyncio.get_running_loop().call_later)
        while lines is not None and (chunk := await lines.read(_LONGEST_LINE_BYTES)):
            *whole, rest = (rest + chunk).split(b"\n")
            if len(rest) >= _LONGEST_LINE_BYTES:
                whole, rest = [*whole, rest], b""
            for line in whole:
                self._pass_on(name, damper, line)
        if rest:
            self._pass_on(name, damper, rest)
        damper.flush()

    def _pass_on(self, name: str, damper: Damper, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if text.strip():
            self._last_words[name] = text
        damper.line(text)

    async def _end_all(self, keepers: list[asyncio.Task[None]]) -> None:
        """Ask, wait, and kill what is left, at last the watchers as well."""
        waiting: set[asyncio.Task[None]] = set(keepers)
        for number, seconds in ((signal.SIGTERM, self._stop_seconds), (signal.SIGUSR1, WATCHER_SECONDS)):
            self._signal_all(number)
            if waiting:
                _, waiting = await asyncio.wait(waiting, timeout=seconds)
        if waiting:
            for process in self._running.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            await asyncio.wait(waiting)

    def _signal_all(self, number: signal.Signals) -> None:
        for process in self._running.values():
            _send(process, number)


def _send(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
