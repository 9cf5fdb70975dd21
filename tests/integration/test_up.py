"""`rapport up` with real parts: ready, mended, ended in time."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from streams.broker.ports import free_port

ROLES = {"ingest", "monitor", "cohorts", "deliver"}
ROOT = Path(__file__).resolve().parents[2]
PORTS = {f"RAPPORT_METRICS__PORTS__{role.upper()}": "0" for role in ROLES}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Up:
    def __init__(self, folder: Path, *, broker: str = "embedded", **settings: str) -> None:
        self.errors = (folder / "stderr").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streams", "up", "--broker", broker, "--redis", "embedded", "--json"],
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

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.errors.close()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    with closing(Up(tmp_path)) as started:
        yield started


def pid_of(program: str, address: str) -> int:
    """The process of that program whose command line has the address."""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = place.read_bytes().decode(errors="replace")
            if program in command.split("\0")[0] and address in command:
                return int(place.parent.name)
    raise AssertionError(f"no {program} has {address}")


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
    nowhere = f"127.0.0.1:{free_port()}"
    settings = {"RAPPORT_SUPERVISOR__RESTARTS": "1", "RAPPORT_SUPERVISOR__BACKOFF_SECONDS": "0.1"}
    with closing(Up(tmp_path, broker=nowhere, **settings)) as up:
        up.until(lambda each: each["event"] == "given_up")
        up.rest()
        assert up.process.wait(20) == 1
        assert "died 2 times" in up.said()
        assert not [pid for pid in up.pids() if alive(pid)]


def test_a_role_with_wrong_settings_ends_all_at_once_with_its_own_sentence(tmp_path: Path) -> None:
    with closing(Up(tmp_path, RAPPORT_DELIVER__SLACK_WEBHOOK_URL="http://evil.example/SECRET")) as up:
        up.rest()
        assert up.process.wait(20) == 2
        assert [(each["role"], each["exit_code"]) for each in up.seen if each["event"] == "given_up"] == [
            ("deliver", 2)
        ]
        assert "died" not in {each["event"] for each in up.seen}
        assert "deliver can't run" in (last := up.said().splitlines()[-1])
        assert "allowed: https://hooks.slack.com" in last
        assert "SECRET" not in up.said()


def test_another_terminal_can_use_what_was_started(up: Up, tmp_path: Path) -> None:
    up.until(is_ready)
    settings = up.until(lambda each: each["event"] == "started_parts")
    del settings["event"]
    check = subprocess.run(
        [sys.executable, "-m", "streams", "topics", "--check"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"broker {settings['RAPPORT_BROKER__ADDRESS']}" not in check.stderr
    assert settings["RAPPORT_REDIS__URL"].startswith("redis://127.0.0.1:")
    assert settings["RAPPORT_BROKER__IDEMPOTENT"] == "never"


@pytest.mark.parametrize(
    ("setting", "program", "name"),
    [
        ("RAPPORT_BROKER__ADDRESS", "tansu", "The embedded broker"),
        ("RAPPORT_REDIS__URL", "redis-server", "Redis"),
    ],
)
def test_a_part_that_dies_ends_all_in_time_with_one_sentence(up: Up, setting: str, program: str, name: str) -> None:
    up.until(is_ready)
    where = up.until(lambda each: each["event"] == "started_parts")[setting]
    port = where.removeprefix("redis://127.0.0.1:").removesuffix("/0").rpartition(":")[2]
    os.kill(pid_of(program, f":{port}"), signal.SIGKILL)
    killed_at = time.monotonic()
    up.rest()
    assert up.process.wait(10) == 1
    assert time.monotonic() - killed_at < 10
    assert f"rapport: {name}, which `up` had started, is gone" in up.said().splitlines()[-1]
    assert len(up.said().splitlines()) < 300
    assert not [pid for pid in up.pids() if alive(pid)]


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
