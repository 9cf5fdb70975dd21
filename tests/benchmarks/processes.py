"""Processes of a benchmark: a real role as users run it, or one of our own programs that prints its figures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from streams.broker.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[2]
_READY_SECONDS: Final = 120.0
_MEASURE_SECONDS: Final = 300.0


class Worker:
    """``rapport worker ROLE`` with default settings, but for those ``changed``, on the given cluster.

    It runs until the context ends.

    ``ready_at`` is when it said it was ready (monotonic), ``started_at`` when it was started.
    """

    def __init__(self, role: str, settings: Settings, changed: Mapping[str, str] = MappingProxyType({})) -> None:
        self.role = role
        self.group = settings.topic(f"rapport-{role}")
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="rapport-bench-")
        self._environment = {
            **environment(),
            "RAPPORT_BROKER__ADDRESS": settings.broker.address,
            "RAPPORT_BROKER__TOPIC_PREFIX": settings.broker.topic_prefix,
            f"RAPPORT_METRICS__PORTS__{role.upper()}": str(self.port),
            **changed,
        }
        self.started_at = self.ready_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id."""
        if self._process is None:
            raise RuntimeError(f"the {self.role} has not been started")
        return self._process.pid

    def __enter__(self) -> Self:
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from streams.commands import main; main()", "worker", self.role],
            env=self._environment,
            cwd=self._folder.name,  # no settings file of ours is read
            stderr=(Path(self._folder.name) / "log").open("wb"),
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()

    def wait_ready(self) -> float:
        """Wait until ``/readyz`` says yes; gives the time (monotonic). RuntimeError with its last words if it ends."""
        give_up = time.monotonic() + _READY_SECONDS
        while time.monotonic() < give_up:
            self.check()
            if self._is_ready():
                self.ready_at = time.monotonic()
                return self.ready_at
            time.sleep(0.01)
        raise RuntimeError(f"the {self.role} was not ready within {_READY_SECONDS:g} s: {self.last_words()}")

    def check(self) -> None:
        """Raise RuntimeError with its last words if it has ended."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"the {self.role} ended: {self.last_words()}")

    def last_words(self) -> str:
        """The end of its log."""
        return (Path(self._folder.name) / "log").read_text(errors="replace")[-2000:]

    def metric(self, name: str) -> float:
        """The value of a metric without labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"{name} "):
                    return float(line.split()[1])
        raise KeyError(name)

    def cpu_seconds(self) -> float | None:
        """Processor time used so far; None where there is no ``/proc``."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def measure(case: str, *arguments: object) -> dict[str, Any]:
    """Run ``cases/<case>.py`` as a process; gives the JSON object that it prints last."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.cases.{case}", *map(str, arguments)],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_MEASURE_SECONDS,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"{case} failed ({done.returncode}): {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def environment() -> dict[str, str]:
    """Ours without settings, and with this checkout first on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
