"""What `rapport replay` and its like say before any broker is asked; the rest is in integration/test_commands.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streams.broker.ports import free_port

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
        ('{"letter": "1:2", "value": 1}\n{"letter": "1:2", "value": 2}', "letter 1:2 stands twice"),
    ],
)
def test_a_bad_file_of_mended_records_ends_with_2(run: Run, tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "mended.jsonl").write_text(line)
    result = run("redrive", "--file", "mended.jsonl")
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize("arguments", [("replay", "purchases", "-"), ("dead-letters",), ("redrive",)])
def test_a_broker_that_is_not_there_is_named_and_ends_with_1(
    run: Run, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("RAPPORT_BROKER__ADDRESS", address)
    result = run(*arguments, stdin=b"{}\n")
    assert result.exit_code == 1
    assert f"broker {address}: " in result.stderr
