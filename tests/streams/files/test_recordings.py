from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from streams.files.recordings import BadLine, Form, Recorded, Recording, RecordingError


def read(path: Path, form: Form | None = None) -> list[Recorded | BadLine]:
    with Recording(str(path), form) as recording:
        return list(recording)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def good(found: list[Recorded | BadLine]) -> list[tuple[int, bytes]]:
    assert not [each for each in found if isinstance(each, BadLine)]
    return [(each.line, each.value) for each in found if isinstance(each, Recorded)]


def test_each_json_line_is_a_record_with_its_number(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"a": 1}\n\n  {"b": 2}  \r\n3')
    assert good(read(path)) == [(1, b'{"a": 1}'), (3, b'{"b": 2}'), (4, b"3")]


def test_a_line_that_is_no_json_is_left_to_whoever_reads_it(tmp_path: Path) -> None:
    assert good(read(written(tmp_path, "a.jsonl", b"no json\n"))) == [(1, b"no json")]


def test_an_array_over_many_lines_gives_its_members_with_the_lines_they_begin_on(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", b'[\n  {"a": 1},\n  {"a": 1},\n  {"b":\n 2}, {"c": 3}\n]\n')
    assert good(read(path)) == [(2, b'{"a": 1}'), (3, b'{"a": 1}'), (4, b'{"b":\n 2}'), (5, b'{"c": 3}')]


def test_an_array_on_one_line_gives_its_members_too(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", b'[{"a": 1}, 2]\n{"b": 2}\n[]\n')
    assert good(read(path)) == [(1, b'{"a": 1}'), (1, b"2"), (2, b'{"b": 2}')]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b'[\n{"a": 1},\n{"b" 2}\n]', 1, "a list begins here that is no JSON"),
        (b'{"a": 1}\n[{"b": 2},\n{"c": 3}\n', 2, "truncated"),
        (b"[1, 2] x\n", 1, "trailing characters"),
        (b"[" * 100_000 + b"\n", 1, "nested too deeply; allowed: JSON"),
        (b"[\n" + b"[" * 100_000 + b"\n", 1, "a list begins here that is no JSON: nested too deeply"),
    ],
)
def test_a_broken_array_is_one_bad_line_that_names_where_it_begins(
    tmp_path: Path, content: bytes, line: int, reason: str
) -> None:
    bad = [each for each in read(written(tmp_path, "a.json", content)) if isinstance(each, BadLine)]
    assert [each.line for each in bad] == [line]
    assert reason in str(bad[0])
    assert "allowed: " in str(bad[0])


def test_what_follows_a_broken_list_among_json_lines_still_counts(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.jsonl", b'{"a": 1}\n[1,\n{"c": 3}\n'))
    assert [type(each) for each in found] == [Recorded, BadLine, Recorded]


def test_csv_rows_become_objects_by_the_header(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'id,context.os.name,note\n1,iOS,"two\nlines, é"\n2,,\n'.encode())
    assert good(read(path)) == [
        (2, '{"id":"1","context":{"os":{"name":"iOS"}},"note":"two\\nlines, é"}'.encode()),
        (4, b'{"id":"2"}'),
    ]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"a,b\n1\n", 2, "1 cells; allowed: 2"),
        (b"a,b\n1,2,3\n", 2, "3 cells; allowed: 2"),
        (b"a,\n1,2\n", 1, "the header has the name ''"),
        (b"a,a\n1,2\n", 1, "twice"),
        (b"a,a.b\n1,2\n", 1, "twice"),
        (b"a\n\xff\n", 2, "not UTF-8"),
    ],
)
def test_a_bad_csv_row_is_named_with_what_is_allowed(tmp_path: Path, content: bytes, line: int, reason: str) -> None:
    [bad] = read(written(tmp_path, "a.csv", content))
    assert isinstance(bad, BadLine)
    assert bad.line == line
    assert reason in bad.reason


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert read(written(tmp_path, "a.csv", b"")) == []
    assert read(written(tmp_path, "a.jsonl", b"")) == []


def test_the_form_can_be_told_where_the_name_does_not(tmp_path: Path) -> None:
    assert good(read(written(tmp_path, "export", b"a\n1\n"), "csv")) == [(2, b'{"a":"1"}')]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_gzip_is_read_as_it_is_named(tmp_path: Path, name: str) -> None:
    content = b"a\n1\n" if "csv" in name else b'\n{"a":"1"}\n'
    assert good(read(written(tmp_path, name, gzip.compress(content)))) == [(2, b'{"a":"1"}')]


def test_of_a_damaged_gzip_file_all_before_the_damage_is_read(tmp_path: Path) -> None:
    lines = b"".join(b'{"number": %d}\n' % number for number in range(50_000))
    whole = gzip.compress(lines)
    *before, last = read(written(tmp_path, "a.jsonl.gz", whole[: len(whole) // 2]))
    assert len(before) > 1000
    assert isinstance(last, BadLine)
    assert "can't be read any further" in str(last)


def test_a_file_that_is_no_gzip_is_said_to_be_damaged(tmp_path: Path) -> None:
    [bad] = read(written(tmp_path, "a.jsonl.gz", b"{}"))
    assert isinstance(bad, BadLine)


def test_a_missing_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"nothing.jsonl: No such file .*; allowed: a readable file, or -"):
        Recording(str(tmp_path / "nothing.jsonl"))


def test_position_reaches_the_size_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", b"{}\n" * 100)
    with Recording(str(path)) as recording:
        assert recording.size == 300
        list(recording)
        assert recording.position == 300


def test_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 1}\n')))
    with Recording("-") as recording:
        assert recording.size is None
        assert recording.position == 0
        assert list(recording) == [Recorded("stdin", 1, b'{"a": 1}')]
