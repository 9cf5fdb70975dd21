"""A dead letter is never more than its topic takes, whatever the record and whatever was wrong with it."""

from __future__ import annotations

from typing import Any

from sinks.dead_letter import decode_headers
from streams.broker.dead_letters import DETAIL_CHARACTERS, put_dead_letter
from streams.broker.topics import DEAD_LETTERS, LARGEST_RECORD_BYTES, needed


class Box:
    """Keeps what is put into it."""

    def __init__(self) -> None:
        self.records: list[tuple[Any, ...]] = []

    def put(self, topic: str, key: bytes, value: bytes, *, headers: list[tuple[str, bytes]]) -> None:
        self.records.append((topic, key, value, headers))


def test_a_detail_that_quotes_the_record_is_clipped() -> None:
    box = Box()
    put_dead_letter(
        box,  # type: ignore[arg-type]  # as much of an outbox as it takes
        "dead-letters",
        source_topic="interactions",
        partition=3,
        offset=7,
        time_ms=0,
        key=b"k",
        value=b"untouched",
        reason="bad_interaction",
        detail="x" * 10_000_000,
    )
    [(topic, key, value, headers)] = box.records
    assert (topic, key, value) == ("dead-letters", b"interactions", b"untouched")
    assert decode_headers(headers).detail == "x" * DETAIL_CHARACTERS


def test_the_largest_record_fits_with_its_origin() -> None:
    limits = {topic.name: int(topic.settings.get("max.message.bytes", 0)) for topic in needed(30)}
    assert limits["interactions"] == limits["purchases"] == LARGEST_RECORD_BYTES
    assert limits[DEAD_LETTERS] >= LARGEST_RECORD_BYTES + 6 * DETAIL_CHARACTERS
