from __future__ import annotations

from typing import TYPE_CHECKING

from streams.backtest.feedback import read_verdicts
from streams.files.recordings import BadLine, Recording

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, content: bytes) -> tuple[dict[str, str], list[str]]:
    path = folder / "feedback.jsonl"
    path.write_bytes(content)
    bad: list[BadLine] = []
    with Recording(str(path)) as recording:
        verdicts = read_verdicts(recording, bad.append)
    return dict(verdicts), [str(each).replace(str(path), "file") for each in bad]


def test_the_last_word_on_an_alert_counts_and_further_fields_do_not(tmp_path: Path) -> None:
    content = (
        b'{"alert_id": "a", "verdict": "wrong"}\n'
        b'{"alert_id": "b", "verdict": "wrong", "by": "eve", "at": "2026-03-01T00:00:00Z"}\n'
        b'{"alert_id": "a", "verdict": "acknowledged"}\n'
    )
    assert read(tmp_path, content) == ({"a": "acknowledged", "b": "wrong"}, [])


def test_what_is_no_verdict_is_named_with_what_is_allowed(tmp_path: Path) -> None:
    content = b'{"alert_id": "a", "verdict": "snoozed"}\nno json\n{"alert_id": "c", "verdict": "wrong"}\n'
    verdicts, bad = read(tmp_path, content)
    assert verdicts == {"c": "wrong"}
    assert bad[0].startswith("file:1: Invalid enum value 'snoozed'")
    assert bad[0].endswith('allowed: {"alert_id": "…", "verdict": "acknowledged"}, or "wrong"')
    assert bad[1].startswith("file:2: JSON is malformed")


def test_a_damaged_file_counts_up_to_where_it_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl.gz"
    path.write_bytes(b"no gzip")
    bad: list[BadLine] = []
    with Recording(str(path)) as recording:
        assert read_verdicts(recording, bad.append) == {}
    assert "can't be read any further" in bad[0].reason
