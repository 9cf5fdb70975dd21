"""What `rapport up` refuses before anything is started, and how it says where its parts are."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from streams.commands._parts import Parts
from streams.commands.up import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--broker", "127.0.0.1:99999"], "'127.0.0.1:99999'; allowed: embedded, apache, or HOST:PORT"),
        (["--broker", "127.0.0.1:0"], "PORT from 1 to 65535"),
        (["--broker", "kafka://me:SECRET@h:1"], "'kafka://(hidden)@h:1'; allowed: embedded"),
        (["--redis", "foo://:SECRET@x"], "'foo://(hidden)@x'; allowed: embedded, or a URL"),
    ],
)
def test_an_impossible_place_is_wrong_usage_and_no_secret_is_repeated(
    run: Run, arguments: list[str], message: str
) -> None:
    result = run("up", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "SECRET" not in result.output


def test_a_busy_metrics_port_is_told_before_anything_is_started(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for role in ("INGEST", "COHORTS", "DELIVER"):
            monkeypatch.setenv(f"RAPPORT_METRICS__PORTS__{role}", "0")
        monkeypatch.setenv("RAPPORT_METRICS__PORTS__MONITOR", str(port))
        result = run("up", "--broker", "embedded", "--redis", "embedded")
    assert result.exit_code == 2
    assert f"the metrics port {port} on 127.0.0.1 is in use" in result.stderr
    assert "metrics.ports.monitor (RAPPORT_METRICS__PORTS__MONITOR)" in result.stderr


def test_only_what_was_started_here_is_lent() -> None:
    parts = Parts()
    parts.add({"BROKER__ADDRESS": "kafka:9092"})
    assert parts.environment == {"RAPPORT_BROKER__ADDRESS": "kafka:9092"}
    assert parts.own == {}


def test_the_line_for_another_terminal_can_be_copied_into_a_shell(capsys: pytest.CaptureFixture[str]) -> None:
    Reporter(as_json=False).lend({"RAPPORT_BROKER__ADDRESS": "127.0.0.1:1", "RAPPORT_BROKER__USERNAME": ""})
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "export RAPPORT_BROKER__ADDRESS=127.0.0.1:1 RAPPORT_BROKER__USERNAME=''"


def test_machines_get_the_same_as_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    Reporter(as_json=True).lend({"RAPPORT_REDIS__URL": "redis://127.0.0.1:1/0"})
    assert json.loads(capsys.readouterr().out) == {
        "event": "started_parts",
        "RAPPORT_REDIS__URL": "redis://127.0.0.1:1/0",
    }
