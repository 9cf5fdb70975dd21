"""Whole batches say what aiokafka's records say, as objects or as bytes."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import TopicPartition

from streams.broker import whole_batches
from streams.broker.whole_batches import RecordBatch
from tests.streams.broker.fetched import CODECS, Sent, batch

NOW = 1_760_000_000_000
FIRST: list[Sent] = [(10, NOW, b"ann", b"one"), (11, NOW + 5, None, b"two"), (14, NOW - 7, b"bob", None)]
SECOND: list[Sent] = [(15, NOW + 1, b"", b""), (16, NOW + 2, b"c" * 200, b"v" * 70_000)]


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PartitionRecords", "MemoryRecords"):
        monkeypatch.setattr(fetcher, name, getattr(fetcher, name))
    monkeypatch.setattr(whole_batches._WholeBatches, "payloads", False)


def fetched(
    data: bytes, offset: int, *, payloads: bool, isolation: int = fetcher.READ_UNCOMMITTED
) -> list[RecordBatch]:
    whole_batches.install(payloads=payloads)
    place = TopicPartition("interactions", 0)
    reader: Any = fetcher.PartitionRecords(
        place, fetcher.MemoryRecords(data), None, offset, None, None, check_crcs=True, isolation_level=isolation
    )
    return list(reader)


def sent(records: list[Any]) -> list[Sent]:
    return [(each.offset, each.timestamp, each.key, each.value) for each in records]


@pytest.mark.parametrize("payloads", [False, True])
@pytest.mark.parametrize("codec", CODECS)
def test_all_records_of_all_batches_come_in_order(codec: int, payloads: bool) -> None:
    data = batch(FIRST, codec=codec) + batch(SECOND, codec=codec)
    one, two = fetched(data, 10, payloads=payloads)
    assert (sent(one.records), sent(two.records)) == (FIRST, SECOND)
    assert [(each.first, each.next, each.count) for each in (one, two)] == [(10, 15, 3), (15, 17, 2)]
    assert two.timestamp == NOW + 2
    assert [each.payload is not None for each in (one, two)] == [payloads, payloads]
    assert one.records is one.records


@pytest.mark.parametrize("payloads", [False, True])
def test_a_fetch_from_the_middle_of_a_batch_begins_there(payloads: bool) -> None:
    (one,) = fetched(batch(FIRST), 11, payloads=payloads)
    assert (one.first, one.next, sent(one.records)) == (11, 15, FIRST[1:])


@pytest.mark.parametrize("payloads", [False, True])
def test_a_control_batch_holds_nothing_and_takes_its_offsets(payloads: bool) -> None:
    one, two = fetched(batch(FIRST, is_control=True) + batch(SECOND), 10, payloads=payloads)
    assert (one.first, one.next, one.records, one.count, one.payload) == (10, 15, [], 0, None)
    assert sent(two.records) == SECOND


@pytest.mark.parametrize("payloads", [False, True])
def test_a_batch_whose_bytes_changed_on_the_way_is_an_error(payloads: bool) -> None:
    data = bytearray(batch(FIRST))
    data[-1] ^= 1
    with pytest.raises(CorruptRecordException, match="interactions"):
        fetched(bytes(data), 10, payloads=payloads)


@pytest.mark.parametrize("codec", CODECS)
def test_the_bytes_of_a_payload_are_those_that_were_compressed(codec: int) -> None:
    (plain,) = fetched(batch(FIRST), 10, payloads=True)
    (packed,) = fetched(batch(FIRST, codec=codec), 10, payloads=True)
    assert plain.payload is not None
    assert packed.payload is not None
    assert bytes(packed.payload.data) == bytes(plain.payload.data)
    assert (packed.payload.base_offset, packed.payload.base_timestamp, packed.payload.timestamp) == (10, NOW, -1)


def test_where_the_broker_gives_its_own_time_every_record_has_it() -> None:
    (one,) = fetched(batch(FIRST, brokers_time=NOW + 99), 10, payloads=True)
    assert one.payload is not None
    assert (one.payload.timestamp, one.timestamp) == (NOW + 99, NOW + 99)
    assert {each.timestamp for each in one.records} == {NOW + 99}


@pytest.mark.parametrize("isolation", [fetcher.READ_UNCOMMITTED, fetcher.READ_COMMITTED])
def test_what_is_in_no_transaction_is_read_at_every_isolation_level(isolation: int) -> None:
    (one,) = fetched(batch(FIRST), 10, payloads=True, isolation=isolation)
    assert sent(one.records) == FIRST
