"""`rapport up` with real parts: ready, mended, ended in time."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROLES = {"ingest", "monitor", "cohorts", "deliver"}
ROOT = Path(__file__).resolve().parents[2]
PORTS = {f"RAPPORT_METRICS__PORTS__{role.upper()}": "0" for role in ROLES}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Up:
    def __init__(self, folder: Path, **settings: str) -> None:
        self.errors = (folder / "stderr").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streams", "up", "--broker", "embedded", "--redis", "embedded", "--json"],
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **PORTS, **settings},
            cwd=folder,
            text=True,
        )
        self.seen: list[dict[str, Any]] = []

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.seen.append(json.loads(line))
            if wanted(self.seen[-1]):
                return self.seen[-1]
        self.errors.seek(0)
        raise AssertionError(f"it ended: {self.seen}\n{self.errors.read()[-3000:]}")

    def rest(self) -> None:
        assert self.process.stdout is not None
        self.seen += [json.loads(line) for line in self.process.stdout]

    def pids(self) -> list[int]:
        return [each["pid"] for each in self.seen if each["event"] == "started"]

    def said(self) -> str:
        self.errors.seek(0)
        return self.errors.read()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    started = Up(tmp_path)
    yield started
    started.process.kill()
    started.process.wait()
    assert started.process.stdout is not None
    started.process.stdout.close()
    started.errors.close()


def is_ready(each: dict[str, Any]) -> bool:
    return str(each["event"]) == "ready"


def test_all_roles_get_ready_a_killed_one_comes_back_and_ctrl_c_ends_all_in_time(up: Up, tmp_path: Path) -> None:
    up.until(is_ready)
    assert {each["role"] for each in up.seen if each["event"] == "role_ready"} == ROLES
    victim = next(each["pid"] for each in up.seen if each["event"] == "started" and each["role"] == "monitor")
    os.kill(victim, signal.SIGKILL)
    died = up.until(lambda each: each["event"] == "died")
    assert (died["role"], died["exit_code"]) == ("monitor", 128 + signal.SIGKILL)
    up.until(lambda each: each["event"] == "started" and each["role"] == "monitor")
    told_at = time.monotonic()
    up.process.send_signal(signal.SIGINT)
    up.rest()
    assert up.process.wait(10) == 130
    assert time.monotonic() - told_at < 10
    assert {each["role"]: each["exit_code"] for each in up.seen if each["event"] == "stopped"}.keys() == ROLES
    assert not [pid for pid in up.pids() if alive(pid)]
    assert {folder.name for folder in tmp_path.iterdir()} <= {"stderr", f"rapport-{os.getuid()}"}
    assert "monitor  | " in up.said()


def test_sigterm_is_an_orderly_end(up: Up) -> None:
    up.until(is_ready)
    up.process.terminate()
    up.rest()
    assert up.process.wait(10) == 0
    assert {each["exit_code"] for each in up.seen if each["event"] == "stopped"} == {0}


def test_roles_end_when_their_supervisor_is_killed(up: Up) -> None:
    up.until(is_ready)
    up.process.kill()
    up.process.wait()
    deadline = time.monotonic() + 15
    while (left := [pid for pid in up.pids() if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def test_a_role_that_cannot_run_is_given_up_loudly(tmp_path: Path) -> None:
    taken = {"RAPPORT_METRICS__HOST": "192.0.2.1"}  # nobody's address: no role can serve its metrics there
    up = Up(tmp_path, RAPPORT_SUPERVISOR__RESTARTS="1", RAPPORT_SUPERVISOR__BACKOFF_SECONDS="0.1", **taken)
    try:
        up.until(lambda each: each["event"] == "given_up")
        up.rest()
        assert up.process.wait(20) == 1
        assert "died 2 times" in up.said()
        assert not [pid for pid in up.pids() if alive(pid)]
    finally:
        up.process.kill()
        up.process.wait()
        assert up.process.stdout is not None
        up.process.stdout.close()
        up.errors.close()


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--broker", "kafka"], "allowed: embedded, apache, or HOST:PORT"),
        (["--redis", "localhost"], "allowed: embedded, or a URL"),
    ],
)
def test_a_broker_or_redis_that_is_no_address_is_wrong_usage(arguments: list[str], allowed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streams", "up", *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 2
    assert arguments[1] in done.stderr
    assert allowed in done.stderr
