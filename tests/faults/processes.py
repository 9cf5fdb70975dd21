"""One role as a real process that can be killed; it dies with the test process, however that ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
WATCH = ROOT / "streams" / "broker" / "watch.py"
READY = re.compile(r"ready: (\d+) partitions kept, (\d+) restored")


class Worker:
    """One ``rapport worker`` with an environment of its own; ``log`` keeps the words of all its lives."""

    def __init__(self, role: str, environment: dict[str, str], directory: Path) -> None:
        self.role = role
        self.environment = environment
        self.log = directory / "log"
        self.starts = 0
        self.pid = 0
        self._directory = directory
        self._watcher: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True)
        self.log.touch()

    def start(self) -> None:
        """Start the process; ``watch.py`` ends it when ours is gone."""
        program = [sys.executable, "-c", "from streams.commands import main; main()", "worker", self.role]
        watched = [sys.executable, "-I", "-S", str(WATCH), str(os.getpid()), "15", *program]
        with self.log.open("ab") as log:
            self._watcher = subprocess.Popen(
                watched,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self.environment,
                cwd=self._directory,
                start_new_session=True,
            )
        assert self._watcher.stdout is not None
        with self._watcher.stdout as line:
            self.pid = int(line.readline())
        self.starts += 1

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._watcher is not None and self._watcher.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal, if it lives."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def ended(self, seconds: float = 20) -> int:
        """Wait for the process's end; gives its exit code, or 128 + the signal that ended it."""
        assert self._watcher is not None
        await until(lambda: not self.running, seconds, f"{self.role} does not end")
        return self._watcher.returncode

    async def kill(self) -> int:
        """SIGKILL."""
        self.signal(signal.SIGKILL)
        return await self.ended()

    async def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    def abandon(self) -> None:
        """Make sure that nothing is left."""
        if self._watcher is not None and self._watcher.poll() is None:
            self._watcher.send_signal(signal.SIGUSR1)
            try:
                self._watcher.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self._watcher.pid, signal.SIGKILL)
                self._watcher.wait()

    def words(self) -> str:
        """All that the process said."""
        return self.log.read_text(errors="replace")

    def loads(self) -> list[tuple[int, int]]:
        """(partitions kept, partitions restored) of each assignment that it got, in order."""
        return [(int(kept), int(restored)) for kept, restored in READY.findall(self.words())]

    async def ready(self, loads: int | None = None, seconds: float = 40) -> None:
        """Wait until it has loaded that many assignments in all; one more than now, if not given."""
        wanted = len(self.loads()) + 1 if loads is None else loads
        await until(lambda: len(self.loads()) >= wanted or not self.running, seconds, f"{self.role} is not ready")
        assert self.running, self.words()[-3000:]


async def kept_alive(*workers: Worker) -> None:
    """Start again whichever ends, until cancelled: the smallest supervisor."""
    while True:
        for worker in workers:
            if not worker.running:
                worker.start()
        await asyncio.sleep(0.1)


async def until(question: Callable[[], bool], seconds: float, complaint: str) -> None:
    """Wait until the answer is yes; fails with the complaint."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, f"{complaint} after {seconds:g} s"
        await asyncio.sleep(0.02)
