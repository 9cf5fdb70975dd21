"""Interactions of files in the order of time, whatever the order of lines."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.files import detecting
from streams.files.detecting import Event, Reader
from streams.files.recordings import BadLine, Recorded, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_800_000_000_000
times = st.lists(st.integers(NOW - 50, NOW), max_size=60)


def line(at: object, number: int) -> bytes:
    return json.dumps({"occurred_at": at, "identities": {"customer_id": str(number)}}).encode()


def read(path: Path, told: list[BadLine] | None = None) -> list[Event]:
    with Recording(str(path)) as recording:
        reader = Reader(("customer_id",), [].append if told is None else told.append, now_ms=NOW)
        return list(reader.merged([recording]))


@given(times, st.integers(1, 20))
def test_a_file_is_read_in_the_order_of_time_equal_times_as_they_stand(times: list[int], together: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(detecting, "SORTED", together)
        path = Path(folder) / "a.jsonl"
        path.write_bytes(b"\n".join(line(at, number) for number, at in enumerate(times)))
        events = read(path)
    wanted = sorted(enumerate(times), key=lambda each: each[1])
    assert [(event.key, event.at, event.offset) for event in events] == [
        (str(number).encode(), at, place) for place, (number, at) in enumerate(wanted)
    ]


def test_no_more_waits_than_lines_are_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detecting, "SORTED", 10)
    taken = 0

    def events() -> Iterator[Event]:
        nonlocal taken
        for number in range(1_000):
            taken += 1
            yield Event(number ^ 1, b"c-1", Recorded("a", number, b"{}"))

    for place, event in enumerate(detecting._in_order(events(), lateness=1)):
        assert event.at == place
        assert taken - place < 20


def test_what_is_refused_makes_nobody_wait_and_is_told_of_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    bad = [line(NOW * 2, 0), b"no json", line("2026-01-01T00:00:00", 0)]
    path.write_bytes(b"\n".join([line(NOW - 5, 1), *bad, line(NOW - 3, 2)]))
    told: list[BadLine] = []
    assert [event.at for event in read(path, told)] == [NOW - 5, NOW - 3]
    assert [each.line for each in told] == [2, 3, 4]
