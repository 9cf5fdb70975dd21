"""Runs one program and ends it when its owner is gone; a script of its own, it imports nothing of ours.

    python -I -S watch.py OWNER GRACE_SECONDS PROGRAM [ARGUMENT...]

OWNER is the process id of the starter, whose child this must be. The program's process id is printed as one line;
all the program prints goes to this script's standard error. SIGTERM asks the program to end and kills it after the
grace, as does the death of the owner, however it died; SIGUSR1 kills the program at once. Exit code: the program's,
or 128 + the signal that ended it; 127 if it can't be run.

Why not PR_SET_PDEATHSIG in the owner: Linux sends it when the *thread* that started the program ends, so a part
started from a worker thread would die with that thread. This script has one thread, and does set it, so that the
program goes even if this script is killed. Where there is no pidfd (macOS) the owner is looked for twice a second.
"""

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_POLL_SECONDS = 0.5


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Let a signal through to the wake-up pipe: without a handler it would act, or be dropped."""


def _wake_pipe() -> int:
    """Return the end of a pipe that receives one byte for each signal, the signal's number."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _noted)
    return read_end


def _run(program: list[str]) -> int:
    """Start the program with our standard error as its output; return its process id."""
    watcher = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != watcher:
                os._exit(127)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and an exec would pass that on
        os.dup2(2, 1)
        os.execvp(program[0], program)  # noqa: S606 - no shell is the point
    except OSError as error:
        os.write(2, f"{program[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _owner_watch(owner: int) -> tuple[list[int], Callable[[], bool]]:
    """Return what select() can wait on for the owner's end, and whether the owner is gone."""

    def gone() -> bool:
        return os.getppid() != owner

    if sys.platform == "linux":
        try:
            return [os.pidfd_open(owner)], gone
        except OSError:  # a kernel before 5.3, or the owner ended already
            pass
    return [], gone


def _signals(wake: int) -> bytes:
    try:
        return os.read(wake, 64)
    except BlockingIOError:
        return b""


def watch(owner: int, grace_seconds: float, program: list[str]) -> int:
    """Run the program to its end or the owner's; return its exit code."""
    wake = _wake_pipe()
    waits, owner_gone = _owner_watch(owner)
    child = _run(program)
    sys.stdout.write(f"{child}\n")
    sys.stdout.close()
    kill_at: float | None = None
    while True:
        idle = waits and kill_at is None
        select.select([wake, *(waits if kill_at is None else [])], [], [], None if idle else _POLL_SECONDS)
        received = _signals(wake)
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if signal.SIGUSR1 in received or (kill_at is not None and time.monotonic() >= kill_at):
            os.kill(child, signal.SIGKILL)
        elif kill_at is None and (signal.SIGTERM in received or owner_gone()):
            os.kill(child, signal.SIGTERM)
            kill_at = time.monotonic() + grace_seconds


if __name__ == "__main__":
    sys.exit(watch(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
