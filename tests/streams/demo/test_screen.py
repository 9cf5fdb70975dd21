import json

import pytest

from streams.demo.screen import Screen, live_line
from streams.demo.verdict import Score
from tests.streams.demo.direct import START
from tests.streams.demo.test_verdict import alert

SCORES = [Score("exit_spike", 3, 1, 0), Score("dead_feed", 0, 0, 1)]
SUMMARY = {
    "seed": 1,
    "until": "2026-06-29",
    "days": 180,
    "people": 60,
    "watched": 83,
    "events": 17_925,
    "seconds": 8.0,
    "rules": [score.as_record() for score in SCORES],
    "event_to_alert_ms": {"alerts": 3, "p50": 23, "p99": 90},
}


def test_machines_get_one_object_a_line_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(as_json=True)
    screen.say("Ready.")
    screen.alert(alert())
    screen.live("a line", 11.0)
    screen.verdict(SUMMARY, SCORES)
    shown = capsys.readouterr()
    lines = [json.loads(line) for line in shown.out.splitlines()]
    assert lines[0]["rule"] == "exit_spike"
    assert lines[1]["summary"]["rules"][0] == {
        "rule": "exit_spike", "found": 3, "missed": 1, "besides": 0, "precision": 1.0, "recall": 0.75,
    }  # fmt: skip
    assert shown.err.splitlines() == ["Ready.", "a line"]


def test_people_get_a_card_for_a_new_alert_and_a_line_for_what_becomes_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(as_json=False)
    screen.alert(alert())
    first = capsys.readouterr().out
    screen.alert(alert(version=2))
    second = capsys.readouterr().out
    assert "WARNING - new alert - exit spike" in first
    assert len(first.splitlines()) > 4
    assert len(second.strip().splitlines()) == 1


def test_the_verdict_says_what_was_found_how_fast_and_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=False).verdict(SUMMARY, SCORES)
    shown = capsys.readouterr().out
    row = next(line.split() for line in shown.splitlines() if line.strip().startswith("exit_spike"))
    assert row == ["exit_spike", "4", "3", "1", "0", "100%", "75%"]
    assert next(line.split()[-2:] for line in shown.splitlines() if "dead_feed" in line) == ["0%", "-"]
    assert "p50 23 ms, p99 90 ms (3 alerts)" in shown
    assert "rapport up" in shown
    assert "`export` line" in shown


def test_the_live_line_is_printed_now_and_then_where_it_cannot_be_rewritten(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(as_json=False)
    for tenth in range(250):
        screen.live(f"line {tenth}", tenth / 10)
    assert capsys.readouterr().err.splitlines() == ["line 100", "line 200"]


def test_the_live_line_names_the_companys_day_and_what_the_roles_do() -> None:
    line = live_line(at=START, events_a_second=2051.4, lag=34.0, people=412.0, alerts=14)
    assert line == "01 Jan 2026   2,051 events/s   lag 34 events   412 people watched   14 alerts"


def test_nobody_is_said_to_be_watched_before_the_monitor_says_so() -> None:
    line = live_line(at=START, events_a_second=0.0, lag=0.0, people=0.0, alerts=1)
    assert line == "01 Jan 2026   0 events/s   lag 0 events   1 alert"


def test_who_leaves_midway_finds_the_prompt_on_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    screen = Screen(as_json=True)
    screen.live("a line", 1.0)
    screen.leave()
    screen.leave()
    assert capsys.readouterr().err == "\r\x1b[Ka line\n"
