"""What a broker answers to a fetch: record batches as bytes, in every form that Kafka has for them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

if TYPE_CHECKING:
    from collections.abc import Sequence

CODECS: Final = (0, 1, 3, 4)
"""None, gzip, lz4, zstd; snappy comes with an extra of the client that is not installed."""
_BROKERS_TIME: Final = 0x08
_CONTROL: Final = 0x20
_LONG: Final = struct.Struct(">q")

Sent = tuple[int, int, bytes | None, bytes | None]
"""Offset, timestamp (ms), key and value."""


def batch(
    records: Sequence[Sent], *, codec: int = 0, brokers_time: int | None = None, is_control: bool = False
) -> bytes:
    """One batch of format 2; gaps between the offsets are those that compaction leaves."""
    base = records[0][0]
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for offset, timestamp, key, value in records:
        assert builder.append(offset - base, timestamp, key, value, [("h", b"v"), ("none", None)]) is not None
    data = bytearray(builder.build())
    data[0:8] = _LONG.pack(base)
    attributes = codec
    if brokers_time is not None:
        attributes |= _BROKERS_TIME
        data[35:43] = _LONG.pack(brokers_time)  # the newest timestamp
    if is_control:
        attributes |= _CONTROL
    data[21:23] = attributes.to_bytes(2, "big")
    data[17:21] = calc_crc32c(bytes(data[21:])).to_bytes(4, "big")
    return bytes(data)


def opened(data: bytes) -> Any:
    """aiokafka's reader of the one batch."""
    return DefaultRecordBatch(data)
