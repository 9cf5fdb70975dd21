from __future__ import annotations

import msgspec
import pytest

from sinks.dead_letter import DeadLetterHeaders
from streams.dead_letters.letters import SHOWN_BYTES, Letter, Wanted, described, shown

HEADERS = DeadLetterHeaders(
    topic="purchases", partition="3", offset="17", time="2024-01-01T00:00:00.000Z", reason="not_json", detail="no JSON"
)


def letter(value: bytes | None = b"{", *, headers: DeadLetterHeaders | None = HEADERS, at: int = 5_000) -> Letter:
    return Letter(1, 2, at, headers, b"c-1", value)


@pytest.mark.parametrize(
    ("wanted", "is_included"),
    [
        (Wanted(), True),
        (Wanted(reason="not_json", topic="purchases", since=5_000), True),
        (Wanted(reason="too_deep"), False),
        (Wanted(topic="tweets"), False),
        (Wanted(since=5_001), False),
    ],
)
def test_a_letter_is_wanted_when_all_that_is_asked_holds(wanted: Wanted, is_included: bool) -> None:
    assert wanted.includes(letter()) is is_included


def test_a_letter_of_unknown_origin_is_included_only_when_nothing_is_asked_of_it() -> None:
    assert Wanted(since=1).includes(letter(headers=None))
    assert not Wanted(reason="not_json").includes(letter(headers=None))


def test_no_byte_can_do_anything_to_a_terminal() -> None:
    assert shown(b"a\x1b[2J\n\xff\\") == "a\\x1b[2J\\x0a\\xff\\x5c"
    assert shown(b"x" * (SHOWN_BYTES + 1)) == "x" * SHOWN_BYTES + "..."


def test_a_letter_is_told_with_its_place_reason_and_origin() -> None:
    told = described(letter(b'{"a": 1'), whole=False)
    assert told == {
        "letter": "1:2",
        "buried_at": "1970-01-01T00:00:05.000Z",
        **msgspec.to_builtins(HEADERS),
        "key": "c-1",
        "bytes": 7,
        "value": '{"a": 1',
    }


def test_a_whole_value_is_text_or_base64() -> None:
    assert described(letter("é".encode() * 500), whole=True)["value"] == "é" * 500
    assert described(letter(b"\xff"), whole=True)["value_base64"] == "/w=="
    assert described(letter(None, headers=None), whole=True)["value"] == ""
