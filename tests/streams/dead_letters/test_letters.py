from __future__ import annotations

from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from sinks.dead_letter import DeadLetterHeaders
from streams.broker import reading
from streams.dead_letters.letters import SHOWN_BYTES, Letter, Wanted, described, letters, shown
from streams.settings import Broker

if TYPE_CHECKING:
    from aiokafka import TopicPartition

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
        "partition": 3,
        "offset": 17,
        "key": "c-1",
        "bytes": 7,
        "value": '{"a": 1',
    }


def test_a_forged_number_beyond_any_brokers_stays_text() -> None:
    digits = "9" * 5000
    forged = DeadLetterHeaders(topic="t", partition="1", offset=digits, time=HEADERS.time, reason="x", detail="")
    told = described(letter(headers=forged), whole=False)
    assert (told["partition"], told["offset"]) == (1, digits)
    assert msgspec.json.encode(told)


def test_a_whole_value_is_text_or_base64() -> None:
    assert described(letter("é".encode() * 500), whole=True)["value"] == "é" * 500
    assert described(letter(b"\xff"), whole=True)["value_base64"] == "/w=="
    assert described(letter(None, headers=None), whole=True)["value"] == ""


class EmbeddedConsumer:
    """A consumer of one partition on the embedded broker: 15 records in batches of 1, 4 and 10.

    ListOffsets says that it ends behind the last batch's first record. Three records come at a time, and with each
    fetch another one is written, as by a redrive whose letters are bad again.
    """

    def __init__(self, **_: Any) -> None:
        self.at = 0
        self.records = 15

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def assign(self, places: list[TopicPartition]) -> None: ...

    def seek(self, _: TopicPartition, offset: int) -> None:
        self.at = offset

    async def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 6)

    def highwater(self, _: TopicPartition) -> int:
        return self.records

    async def position(self, _: TopicPartition) -> int:
        return self.at

    async def getmany(self, place: TopicPartition, **_: Any) -> dict[TopicPartition, list[Any]]:
        first, self.at = self.at, min(self.records, self.at + 3)
        made = [
            SimpleNamespace(partition=0, offset=offset, timestamp=1, headers=(), key=None, value=b"")
            for offset in range(first, self.at)
        ]
        self.records += bool(first)
        return {place: made}


async def test_every_letter_is_read_where_the_broker_understates_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def one(*_: Any) -> int:
        return 1

    monkeypatch.setattr(reading, "AIOKafkaConsumer", EmbeddedConsumer)
    monkeypatch.setattr(reading, "partitions_of", one)
    found = [each.offset async for each in letters(Broker(), "dead-letters")]
    assert found == list(islice(range(100), 15))
