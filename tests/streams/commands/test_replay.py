"""What `rapport replay` and its like say before any broker is asked; the rest is in integration/test_commands.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streams.broker.ports import free_port
from streams.files import replaying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("replay", "pigeons", "-"), "source 'pigeons' has no mapping; allowed: interactions"),
        (("replay", "purchases", "nothing.jsonl"), "nothing.jsonl: No such file or directory"),
        (("replay", "purchases", "-", "--speed", "0"), "0 is no speed; allowed: a number above 0"),
        (("replay", "purchases", "-", "--speed", "nan"), "nan is no speed"),
        (("replay", "purchases", "-", "--speed", "fast"), "fast is no speed"),
        (("dead-letters", "--source", "pigeons"), "'pigeons' is no source; allowed: "),
        (("dead-letters", "--since", "soon"), "the time is 'soon'; allowed: RFC 3339"),
        (("dead-letters", "--limit", "0"), "0 is not in the range"),
        (("redrive", "--source", "pigeons"), "'pigeons' is no source; allowed: "),
        (("dead-letters", "--reason", "nonsense"), "'nonsense' is no reason; allowed: bad_alert, "),
        (("redrive", "--reason", "foo"), "'foo' is no reason; allowed: bad_alert, "),
        (("redrive", "--file", "nothing.jsonl"), "nothing.jsonl"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_allowed(run: Run, arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments, stdin=b"")
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("no json", "mended.jsonl:1: "),
        ('{"letter": "1-2", "value": {}}', "mended.jsonl:1: "),
        ('{"letter": "1:2"}', "missing required field `value`"),
        ('{"letter": "1:2", "value_base64": "=="}', "mended.jsonl:1: "),
        ('{"letter": "1:2", "value": ' + "[" * 100_000, "mended.jsonl:1: "),
        ('{"letter": "1:2", "value": 1}\n{"letter": "1:2", "value": 2}', "letter 1:2 stands twice"),
    ],
)
def test_a_bad_file_of_mended_records_ends_with_2(run: Run, tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "mended.jsonl").write_text(line)
    result = run("redrive", "--file", "mended.jsonl")
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize("source", ["purchases", "interactions"])
def test_a_line_nested_too_deeply_is_a_refused_line(
    run: Run, tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def one(*_: object) -> int:
        return 1

    monkeypatch.setattr(replaying, "partitions_of", one)
    monkeypatch.setattr(replaying, "AIOKafkaProducer", NoProducer)
    lists, objects = b"[" * 100_000, b'{"a":' * 100_000
    (tmp_path / "deep.jsonl").write_bytes(lists + b"\n" + objects + b"\n")
    result = run("replay", source, "deep.jsonl")
    assert result.exit_code == 1
    assert result.stderr.startswith("deep.jsonl:1: nested too deeply; allowed: JSON\ndeep.jsonl:2: ")
    assert "2 lines refused" in result.stderr


class NoProducer:
    def __init__(self, **_: object) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def partitions_for(self, _: str) -> set[int]:
        return {0}


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay", "purchases", "-"),
        ("dead-letters",),
        ("redrive",),
        ("topics", "--check"),
        ("topics", "--create"),
        ("rebuild",),
        ("worker", "monitor"),
    ],
)
def test_a_broker_that_is_not_there_is_named_and_ends_with_1(
    run: Run, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("RAPPORT_BROKER__ADDRESS", address)
    result = run(*arguments, stdin=b"{}\n")
    assert result.exit_code == 1
    cure = "start it, or set broker.address (RAPPORT_BROKER__ADDRESS) to where it runs"
    assert f"Error: broker {address} can't be reached: {cure}\n" in result.stderr
    assert arguments[0] == "worker" or not caplog.records  # the client's own lines say less


def test_why_a_broker_can_not_be_reached_is_told_when_it_is_not_merely_absent(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_BROKER__ADDRESS", "nowhere.invalid:9092")
    result = run("topics", "--check")
    assert result.exit_code == 1
    assert "broker nowhere.invalid:9092 can't be reached (" in result.stderr
    assert "): start it, or set broker.address" in result.stderr
