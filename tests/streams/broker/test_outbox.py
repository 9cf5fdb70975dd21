"""Where a key belongs: as the client's own partitioner says, so that every writer agrees."""

from __future__ import annotations

from aiokafka import partitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.broker.outbox import murmur2


@given(st.binary(max_size=40))
def test_keys_are_hashed_as_every_kafka_client_hashes_them(key: bytes) -> None:
    assert murmur2(key) & 0xFFFFFFFF == partitioner.murmur2(key) & 0xFFFFFFFF
