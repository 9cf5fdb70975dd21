"""What every part has in common: a real program, run on 127.0.0.1 in a session of its own, that dies with its owner.

To add one more: subclass `Part`, give it a name, a command and a question that it answers when it is ready.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from streams.broker.ports import HOST, PartError, free_port, port_is_free

_WATCH = Path(__file__).with_name("watch.py")
_POLL_SECONDS = 0.02


class Part(ABC):
    """One program with a port; start, stop, kill, and start again on the same port and directory.

    Not for several threads at once. `start` blocks; in asyncio use `asyncio.to_thread(part.start)`.
    Without a directory a temporary one is made, and removed when the context ends or the object goes.
    """

    name: ClassVar[str]
    """How messages call it."""
    start_seconds: ClassVar[float] = 30
    """How long it may take to answer; then the start has failed."""
    stop_seconds: ClassVar[float] = 15
    """How long it may take to end when asked; then it is killed."""

    def __init__(self, directory: Path | None = None, port: int | None = None) -> None:
        if port is not None and not 1 <= port <= 65_535:
            raise PartError(f"{self.name} can't listen on port {port}: allowed are 1 to 65535, or none for a free one.")
        self._temporary: weakref.finalize[Any, Any] | None = None
        if directory is None:
            directory = Path(tempfile.mkdtemp(prefix="rapport-"))
            self._temporary = weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
        self.directory = directory.absolute()
        self.port = port
        self.pid: int | None = None
        """The program's process id while it runs."""
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def address(self) -> str:
        """Where clients connect; meaningful once started."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the program and its arguments, port and directory being settled."""

    @abstractmethod
    def _answers(self) -> bool:
        """Ask the program whether it is ready."""

    @property
    def log(self) -> Path:
        """The file with all that the program printed since its last start."""
        return self.directory / "log"

    @property
    def running(self) -> bool:
        """Whether the program runs now."""
        return self._watcher is not None and self._watcher.poll() is None

    def start(self) -> str:
        """Start the program, wait until it answers, return its address; nothing happens if it runs already.

        PartError: no binary, unwritable directory, busy port, or a program that ends or never answers.
        """
        if self.running:
            return self.address
        self._forget()
        self._open_directory()
        self._settle_port()
        command = self._command()
        try:
            self._spawn(command)
            self._wait_ready()
        except BaseException:  # Ctrl-C as well: a part half started must not stay
            self.kill()
            raise
        return self.address

    def stop(self) -> None:
        """Ask the program to end, kill it after `stop_seconds`; nothing happens if it doesn't run."""
        self._end(signal.SIGTERM, self.stop_seconds + 5)

    def kill(self) -> None:
        """Kill the program as a power cut would (SIGKILL); nothing happens if it doesn't run."""
        self._end(signal.SIGUSR1, 5)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._temporary is not None:
            self._temporary()

    def _environment(self) -> Mapping[str, str]:
        """Return the program's environment: nearly nothing, as programs take orders from it and ours holds secrets."""
        kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"} | kept

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
            return " / ".join(lines[-5:])
        return ""

    def _open_directory(self) -> None:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.log.write_bytes(b"")
        except OSError as error:
            raise PartError(
                f"{self.name} can't write in {self.directory} ({error.strerror}): "
                "give another folder, or yourself write access to it."
            ) from error

    def _settle_port(self) -> None:
        if self.port is None:
            self.port = free_port()
        elif not port_is_free(self.port):
            raise PartError(
                f"{self.name} can't listen on port {self.port} of {HOST}, another program does: "
                "stop that program, or give another port."
            )

    def _spawn(self, command: list[str]) -> None:
        watched = [sys.executable, "-I", "-S", str(_WATCH), str(os.getpid()), str(self.stop_seconds), *command]
        with self.log.open("ab") as log:
            self._watcher = subprocess.Popen(  # noqa: S603 - our own script and a program named by us, no shell
                watched,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(self._environment()),
                start_new_session=True,
            )
        assert self._watcher.stdout is not None  # noqa: S101 - for mypy: PIPE was asked for
        with self._watcher.stdout as line:
            self.pid = int(line.readline() or 0) or None

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + self.start_seconds
        while time.monotonic() < deadline:
            if not self.running:
                raise PartError(f"{self.name} ended at once; its last words: {self._last_words() or 'none'}")
            if self._answers():
                return
            time.sleep(_POLL_SECONDS)
        waited = f"{self.name} did not answer on {self.address} within {self.start_seconds:g} s"
        raise PartError(f"{waited}; its last words: {self._last_words() or 'none'}")

    def _end(self, number: signal.Signals, seconds: float) -> None:
        if self._watcher is not None and self._watcher.poll() is None:
            self._watcher.send_signal(number)
            try:
                self._watcher.wait(seconds)
            except subprocess.TimeoutExpired:  # the watcher itself hangs, stopped perhaps
                os.killpg(self._watcher.pid, signal.SIGKILL)
                self._watcher.wait()
        self._forget()

    def _forget(self) -> None:
        self._watcher = self.pid = None
