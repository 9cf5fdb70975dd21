"""`rapport demo` as people run it: the same seed tells the same, and nothing is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detectors.cohorts import discover
from sinks.alert import decode_alert
from streams.demo.casting import cast
from tests.streams.demo.direct import live

ROOT = Path(__file__).resolve().parents[2]
FIRST_DAY = int(datetime(2026, 1, 2, tzinfo=UTC).timestamp()) * 1000
SMALL = ["--seconds", "8", "--people", "60", "--until", "2026-06-30", "--json"]


def start(folder: Path, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "streams", "demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        **more,
    )


def processes_of(folder: Path) -> list[str]:
    """The command lines of all processes whose environment or arguments name the folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            told = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in told and place.name != str(os.getpid()):
            found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def nothing_left(folder: Path) -> bool:
    deadline = time.monotonic() + 5
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes_of(folder) and not list(folder.iterdir())


def perform(folder: Path, cwd: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    demo = start(folder, *SMALL, cwd=cwd)
    shown, errors = demo.communicate(timeout=120)
    assert demo.returncode == 0, errors
    *alerts, last = [json.loads(line) for line in shown.splitlines()]
    for line in shown.splitlines()[:-1]:
        decode_alert(line)
    return alerts, last["summary"]


def raised(alerts: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(alert["alert_id"], alert["rule"]) for alert in alerts}


def test_the_same_seed_raises_the_same_alerts_as_the_core_alone_twice_and_leaves_nothing(tmp_path: Path) -> None:
    folder, read_only = tmp_path / "temporary", tmp_path / "read_only"
    folder.mkdir()
    read_only.mkdir()
    (read_only / "rapport.toml").write_text('[rules.third_channel]\nchannels = "none of the demo\'s business"\n')
    read_only.chmod(0o500)
    first, summary = perform(folder, read_only)
    assert nothing_left(folder)
    second, again = perform(folder, read_only)
    assert nothing_left(folder)
    expected = {(alert.alert_id, alert.rule) for alert in live(cast(seed=1, people=60, start=FIRST_DAY)).alerts}
    assert raised(first) == raised(second) == expected
    assert {rule for _, rule in expected} >= discover().keys()
    assert summary["rules"] == again["rules"]
    assert sum(rule["found"] for rule in summary["rules"]) >= 0.9 * 6
    assert summary["event_to_alert_ms"]["alerts"] >= 1
    assert summary["events"] == again["events"] > 10_000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_midway_leaves_no_process_and_no_file(tmp_path: Path, number: signal.Signals) -> None:
    demo = start(tmp_path, *SMALL, cwd=ROOT)
    assert demo.stderr is not None
    while not demo.stderr.readline().startswith("Ready."):
        assert demo.poll() is None
    time.sleep(1.0)
    told_at = time.monotonic()
    demo.send_signal(number)
    demo.communicate(timeout=30)
    assert demo.returncode == 130
    assert time.monotonic() - told_at < 12
    assert nothing_left(tmp_path)


def test_an_interruption_before_the_roles_are_ready_leaves_nothing_either(tmp_path: Path) -> None:
    demo = start(tmp_path, *SMALL, cwd=ROOT)
    time.sleep(1.5)
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=30)
    assert demo.returncode == 130
    assert nothing_left(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--people", "3"], "3 is not in the range 24<=x<=5000"),
        (["--seconds", "1"], "1.0 is not in the range 5.0<=x<=3600"),
        (["--seconds", "nan"], "nan; allowed: a number of seconds"),
        (["--config", "nowhere.toml"], "nowhere.toml: No such file or directory"),
        (["--broker", "cloud"], "'cloud'; allowed: embedded, apache, or HOST:PORT"),
    ],
)
def test_an_absurd_wish_is_wrong_usage(tmp_path: Path, arguments: list[str], told: str) -> None:
    demo = start(tmp_path, *arguments, cwd=ROOT)
    _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 2
    assert told in errors


def test_a_broker_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    demo = start(tmp_path, "--broker", "127.0.0.1:1", "--seconds", "5", cwd=ROOT)
    _, errors = demo.communicate(timeout=60)
    assert demo.returncode == 1
    first, told = errors.splitlines()
    assert first.startswith("Starting Redis")
    assert told.startswith("rapport: broker 127.0.0.1:1 can't be reached")
    assert nothing_left(tmp_path)


def test_who_leaves_at_a_terminal_finds_the_prompt_on_a_line_of_its_own(tmp_path: Path) -> None:
    near, far = os.openpty()
    demo = subprocess.Popen(
        [sys.executable, "-m", "streams", "demo", "--seconds", "30", "--people", "60"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=far,
        stderr=far,
        env={"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
    )
    os.close(far)
    shown = b""
    told = False
    try:
        while part := os.read(near, 4096):
            shown += part
            if not told and b" events/s" in shown:
                told = True
                demo.send_signal(signal.SIGINT)
    except OSError:  # the other end is closed
        pass
    os.close(near)
    assert demo.wait(30) == 130
    assert shown.endswith((b"alerts\r\n", b"alert\r\n"))
    assert b" 0 people watched" not in shown
