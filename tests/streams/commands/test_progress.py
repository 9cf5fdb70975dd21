from __future__ import annotations

import io

import pytest

from streams.commands import _progress
from streams.commands._progress import LINE_SECONDS, WorkProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    return now


def test_without_a_terminal_a_line_comes_now_and_then(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with WorkProgress("replay", 1000) as progress:
        progress.update(10, 10)
        assert capsys.readouterr().err == ""
        clock[0] += LINE_SECONDS
        progress.update(5000, 250)
        progress.update(5001, 251)
    assert capsys.readouterr().err == "replay: 5,000 records, 1,000/s, 15 s left\n"


def test_of_an_input_without_end_no_remaining_time_is_told(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with WorkProgress("replay", None) as progress:
        clock[0] += LINE_SECONDS
        progress.update(50, 0)
    assert capsys.readouterr().err == "replay: 50 records, 10/s\n"


def test_quiet_work_says_only_what_it_is_told_to(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with WorkProgress("map", 10, is_quiet=True) as progress:
        clock[0] += 10 * LINE_SECONDS
        progress.update(1, 1)
        progress.say("[b]bad[/b] line")
    assert capsys.readouterr().err == "[b]bad[/b] line\n"


def test_on_a_terminal_a_bar_shows_rate_and_what_is_said_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with WorkProgress("replay", 100) as progress:
        progress.update(5000, 50)
        progress.say("[b]bad[/b] line")
    assert "50%" in terminal.getvalue()
    assert "5,000 records" in terminal.getvalue()
    assert "[b]bad[/b] line" in terminal.getvalue()
