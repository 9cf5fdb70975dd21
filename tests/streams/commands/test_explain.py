"""`rapport explain` on a log in memory, with and without a live view."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import Result

from sinks.redis_reading import RedisReading
from tests.detectors.lives import life
from tests.sinks.samples import feed_alert
from tests.streams.explaining.fake_log import COMPLAINTS, OFF, RULES, FakeLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sinks.alert import Alert


SETTINGS: Final = "".join(f"[rules.{name}]\nenabled = false\n" for name in OFF)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> FakeLog:
    return FakeLog(monkeypatch)


@pytest.fixture
def explain(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run `rapport explain` where no live view is set up, with the rules of the tests."""
    monkeypatch.setenv("RAPPORT_REDIS__URL", "")
    (tmp_path / "rapport.toml").write_text(SETTINGS)
    return lambda *arguments: run("explain", *arguments)


def test_an_alert_is_explained_in_lines(log: FakeLog, explain: Callable[..., Result]) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    done = explain(raised.alert_id)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("new alert - third channel - ")
    assert "prevention: One complaint fewer" in done.stdout


def test_or_as_one_json_object(log: FakeLog, explain: Callable[..., Result]) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    done = explain(raised.alert_id, "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert told["alert"]["alert_id"] == raised.alert_id
    assert told["recomputed"]["result"] == "same"
    assert told["log"] == {"topic": "interactions", "partition": 0, "begin": 0, "records": 5}
    assert [each["state"] for each in told["events"]] == ["found"] * 3


def test_a_version_may_be_asked_for(log: FakeLog, explain: Callable[..., Result]) -> None:
    first, second = log.monitor(RULES, life(f"{COMPLAINTS}\nday 11 10:00 chat_started chat complaint"))
    assert first.alert_id == second.alert_id
    assert json.loads(explain(first.alert_id, "--json").stdout)["alert"]["version"] == 2
    assert json.loads(explain(first.alert_id, "--json", "--version", "1").stdout)["alert"]["version"] == 1


def test_rules_of_another_file_are_applied_and_that_is_said(
    log: FakeLog, explain: Callable[..., Result], tmp_path: Path
) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    (tmp_path / "new.toml").write_text(f"{SETTINGS}[rules.third_channel]\nchannels = 4\n")
    done = explain(raised.alert_id, "--config", "new.toml")
    assert done.exit_code == 0
    assert "5 records of interactions 0 give no such alert" in done.stdout
    assert "With the rules in force there would have been no such alert." in done.stdout
    assert "The rules have changed since the alert" in done.stdout


def test_an_unknown_alert_is_one_sentence_and_exit_code_1(log: FakeLog, explain: Callable[..., Result]) -> None:
    done = explain("nobody", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no alert 'nobody' is known, neither in the live view nor in the log" in done.stderr


def test_where_the_view_is_away_the_alert_is_looked_for_in_the_log(
    log: FakeLog, explain: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_REDIS__URL", "redis://127.0.0.1:1/0")
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    done = explain(raised.alert_id)
    assert done.exit_code == 0
    assert done.stderr.startswith("rapport: Redis at 127.0.0.1:1 does not answer")
    assert done.stderr.endswith("; the alert is looked for in the log\n")


def test_what_the_view_has_of_operations_needs_no_broker(
    explain: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def seen(_: RedisReading, alert_id: str) -> Alert:
        return feed_alert(alert_id=alert_id)

    monkeypatch.setenv("RAPPORT_REDIS__URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(RedisReading, "alert", seen)
    done = explain("the-feed")
    assert done.exit_code == 0
    assert "source tweets" in done.stdout
    told = " ".join(done.stdout.split())
    assert "With silence of the source below 120 hours, there would have been no alert." in told


def test_a_broker_that_is_away_is_one_sentence(explain: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_BROKER__ADDRESS", "127.0.0.1:1")
    done = explain("an-id")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "broker 127.0.0.1:1 can't be reached" in done.stderr
