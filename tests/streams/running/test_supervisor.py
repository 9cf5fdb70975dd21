"""The supervisor, on small scripts in place of the roles."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.running.supervisor import HopelessError, Notice, Program, Supervisor, SupervisorError

ROOT = Path(__file__).resolve().parents[3]
SLEEPS = "import time; print('here', flush=True); time.sleep(600)"
ENDS_SLOWLY = """
import os, signal, sys, time
def end(*_):
    os.write(1, b"last commit\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, end)
print("here", flush=True)
time.sleep(600)
"""
HEARS_NOTHING = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("here", flush=True)
time.sleep(600)
"""


class Heard:
    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.lines: list[tuple[str, str]] = []
        self.changed = asyncio.Event()

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)
        self.changed.set()

    def say(self, name: str, line: str) -> None:
        self.lines.append((name, line))
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await self.changed.wait()
                self.changed.clear()

    def events(self, name: str) -> list[str]:
        return [notice.event for notice in self.notices if notice.program == name]


def script(name: str, source: str, *arguments: str) -> Program:
    return Program(name, [sys.executable, "-I", "-c", source, *arguments], lambda: dict(os.environ))


def supervisor(heard: Heard, *programs: Program, restarts: int = 3, stop_seconds: float = 5.0) -> Supervisor:
    return Supervisor(
        programs,
        restarts=restarts,
        backoff_seconds=0.02,
        stop_seconds=stop_seconds,
        tell=heard.tell,
        say=heard.say,
    )


def alive(pid: int | None) -> bool:
    assert pid
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_a_program_that_dies_is_started_again_after_longer_and_longer_pauses(tmp_path: Path) -> None:
    counter = tmp_path / "starts"
    dies_twice = (
        "import sys, time, pathlib; f = pathlib.Path(sys.argv[1]); n = len(f.read_text()) if f.exists() else 0\n"
        "f.write_text('x' * (n + 1))\n"
        "if n < 2: sys.exit(7)\n"
        "print('lives', flush=True); time.sleep(600)"
    )
    heard = Heard()
    keeper = supervisor(heard, script("frail", dies_twice, str(counter)))
    running = asyncio.create_task(keeper.run())
    await heard.until(lambda: ("frail", "lives") in heard.lines)
    keeper.stop()
    await running
    assert [(n.code, n.pause) for n in heard.notices if n.event == "died"] == [(7, 0.02), (7, 0.04)]
    assert counter.read_text() == "xxx"


async def test_a_program_that_keeps_dying_is_given_up_and_the_others_are_stopped() -> None:
    heard = Heard()
    keeper = supervisor(heard, script("good", SLEEPS), script("bad", "import sys; sys.exit(3)"), restarts=2)
    with pytest.raises(SupervisorError, match=r"bad died 3 times.*exit code 3"):
        await keeper.run()
    assert heard.events("bad").count("died") == 2
    assert heard.events("bad")[-1] == "given_up"
    assert heard.events("good")[-1] == "stopped"
    assert not any(alive(notice.pid) for notice in heard.notices if notice.pid)


async def test_wrong_settings_end_all_at_once_with_the_programs_own_words() -> None:
    wrong = "import sys; print('rapport: settings: x is 1; allowed: 2\\n', flush=True); sys.exit(2)"
    heard = Heard()
    keeper = supervisor(heard, script("good", SLEEPS), script("bad", wrong), script("too", wrong), restarts=1000)
    with pytest.raises(HopelessError, match=r"^(bad|too) can't run.*: settings: x is 1; allowed: 2$"):
        await keeper.run()
    assert {"died"}.isdisjoint(notice.event for notice in heard.notices)
    assert heard.events("good")[-1] == "stopped"


async def test_a_program_that_warns_of_the_same_again_and_again_is_cut_short() -> None:
    floods = (
        "import time\n"
        "for n in range(1000): print(f'2026-11-28 15:46:06,{n % 1000:03} E aiokafka: node {n} is gone')\n"
        "print('over', flush=True); time.sleep(600)"
    )
    heard = Heard()
    keeper = supervisor(heard, script("floods", floods))
    running = asyncio.create_task(keeper.run())
    await heard.until(lambda: ("floods", "over") in heard.lines)
    keeper.stop()
    await running
    lines = [line for _, line in heard.lines]
    assert [line.partition("node ")[2] for line in lines] == [
        *("0 is gone", "1 is gone", "2 is gone", ""),
        "999 is gone … repeated 997 times",
    ]


async def test_a_program_hears_the_process_id_of_each_of_its_starts() -> None:
    pids: list[int] = []
    ends = [sys.executable, "-I", "-c", "import os, sys; print(os.getpid(), flush=True); sys.exit(1)"]
    heard = Heard()
    keeper = supervisor(heard, Program("ends", ends, lambda: dict(os.environ), pids.append), restarts=1)
    with pytest.raises(SupervisorError):
        await keeper.run()
    assert [str(pid) for pid in pids] == [line for _, line in heard.lines]


async def test_a_killed_program_reports_the_signal_as_exit_code() -> None:
    heard = Heard()
    keeper = supervisor(heard, script("victim", SLEEPS))
    running = asyncio.create_task(keeper.run())
    await heard.until(lambda: "started" in heard.events("victim"))
    os.kill(heard.notices[0].pid or 0, signal.SIGKILL)
    await heard.until(lambda: "died" in heard.events("victim"))
    keeper.stop()
    await running
    assert next(notice.code for notice in heard.notices if notice.event == "died") == 128 + signal.SIGKILL


async def test_stopping_lets_every_program_say_its_last_words() -> None:
    heard = Heard()
    keeper = supervisor(heard, script("one", ENDS_SLOWLY), script("two", ENDS_SLOWLY))
    running = asyncio.create_task(keeper.run())
    await heard.until(lambda: {("one", "here"), ("two", "here")} <= set(heard.lines))
    keeper.stop()
    await running
    assert {("one", "last commit"), ("two", "last commit")} <= set(heard.lines)
    assert [notice.code for notice in heard.notices if notice.event == "stopped"] == [0, 0]


async def test_what_does_not_end_in_time_is_killed() -> None:
    heard = Heard()
    keeper = supervisor(heard, script("deaf", HEARS_NOTHING), stop_seconds=0.3)
    running = asyncio.create_task(keeper.run())
    await heard.until(lambda: ("deaf", "here") in heard.lines)
    began = time.monotonic()
    keeper.stop()
    await running
    assert time.monotonic() - began < 3
    assert not alive(heard.notices[0].pid)


async def test_the_second_stop_kills_at_once() -> None:
    heard = Heard()
    keeper = supervisor(heard, script("deaf", HEARS_NOTHING), stop_seconds=60)
    running = asyncio.create_task(keeper.run())
    await heard.until(lambda: ("deaf", "here") in heard.lines)
    keeper.stop()
    await asyncio.sleep(0)
    keeper.stop()
    async with asyncio.timeout(10):
        await running
    assert not alive(heard.notices[0].pid)


async def test_stopping_during_the_pause_before_a_new_start_does_not_wait_for_it() -> None:
    heard = Heard()
    keeper = Supervisor(
        [script("frail", "import sys; sys.exit(1)")],
        restarts=5,
        backoff_seconds=25,
        stop_seconds=5,
        tell=heard.tell,
        say=heard.say,
    )
    running = asyncio.create_task(keeper.run())
    await heard.until(lambda: "died" in heard.events("frail"))
    keeper.stop()
    async with asyncio.timeout(5):
        await running


async def test_a_line_without_end_is_passed_on_in_pieces() -> None:
    heard = Heard()
    keeper = supervisor(heard, script("wordy", "import sys, time; print('x' * 300_000, flush=True); time.sleep(600)"))
    running = asyncio.create_task(keeper.run())
    await heard.until(lambda: sum(len(line) for _, line in heard.lines) >= 300_000)
    keeper.stop()
    await running
    assert {name for name, _ in heard.lines} == {"wordy"}


async def test_the_environment_is_asked_at_every_start() -> None:
    asked: list[str] = []

    def environment() -> dict[str, str]:
        asked.append(str(len(asked)))
        return {"NUMBER": asked[-1]}

    says = "import os, sys; print(os.environ['NUMBER'], flush=True); sys.exit(1)"
    heard = Heard()
    keeper = supervisor(heard, Program("asks", [sys.executable, "-I", "-c", says], environment), restarts=2)
    with pytest.raises(SupervisorError):
        await keeper.run()
    assert [line for _, line in heard.lines] == ["0", "1", "2"]


OWNER = """
import asyncio, os, sys
from streams.running.supervisor import Program, Supervisor
program = Program("child", [sys.executable, "-I", "-c", "import time; time.sleep(600)"], lambda: dict(os.environ))
keeper = Supervisor([program], restarts=1, backoff_seconds=1, stop_seconds=1,
    tell=lambda notice: print(notice.pid, os.getpgid(notice.pid), flush=True), say=lambda name, line: None)
asyncio.run(keeper.run())
"""


def test_programs_die_with_a_killed_supervisor_and_are_out_of_the_terminals_reach() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert owner.stdout is not None
    child, group = (int(word) for word in owner.stdout.readline().split())
    assert group != os.getpgid(owner.pid)
    assert alive(child)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 10
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)
