"""Record batches as the broker sent them, instead of one Python object a record.

aiokafka spends more than half of ``getmany`` on building a ``ConsumerRecord`` each. Its fetcher builds
``PartitionRecords`` for every answer; :func:`install` puts ours in their place, process-wide, before any consumer
starts. Control batches, aborted transactions and offsets that compaction removed are handled by the code we inherit.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from aiokafka import codec
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PROLOGUE_BYTES: Final = 12
_LENGTH: Final = struct.Struct(">8xi")
"""At the start of a batch of any format: base offset, and the length of what follows."""
_HEADER_BYTES: Final = 61
_COUNT: Final = struct.Struct(">57xi")
_FORMAT: Final = 2
_DECODERS: Final = (bytes, codec.gzip_decode, codec.snappy_decode, codec.lz4_decode, codec.zstd_decode)


class Payload:
    """The records of one batch as bytes, uncompressed, in Kafka's record format 2; see ``monitor.payload``.

    Offsets are told from ``base_offset``, timestamps (ms) from ``base_timestamp``; ``timestamp`` is that of every
    record where the broker gives its own, else below 0.
    """

    __slots__ = ("base_offset", "base_timestamp", "data", "timestamp")

    def __init__(self, data: bytes, base_offset: int, base_timestamp: int, timestamp: int = -1) -> None:
        self.data = data
        self.base_offset = base_offset
        self.base_timestamp = base_timestamp
        self.timestamp = timestamp


class RecordBatch:
    """The records of one batch, covering the offsets ``[first, next)`` of which some may be empty.

    A record has ``offset``, ``timestamp`` (ms), ``key``, ``value`` and ``headers``. ``count`` is how many there are at
    most, ``timestamp`` that of the newest. Where there is a ``payload``, ``records`` are only read when asked for.
    """

    __slots__ = ("_records", "_unread", "count", "first", "next", "payload", "timestamp")

    def __init__(self, first: int, following: int, records: list[Any]) -> None:
        self.first = first
        self.next = following
        self.count = len(records)
        self.timestamp: int = records[-1].timestamp if records else -1
        self.payload: Payload | None = None
        self._records: list[Any] | None = records
        self._unread: Iterable[Any] = ()

    @classmethod
    def packed(cls, first: int, batch: Any, count: int, payload: Payload) -> RecordBatch:
        """The records of aiokafka's ``batch`` from offset ``first`` on, as bytes."""
        packed = cls(first, max(first, batch.next_offset), [])
        packed.count = count
        packed.timestamp = batch.max_timestamp
        packed.payload = payload
        packed._records = None
        packed._unread = batch
        return packed

    @property
    def records(self) -> list[Any]:
        """The records, an object each."""
        if self._records is None:
            self._records = [record for record in self._unread if record.offset >= self.first]
        return self._records


class _Bytes(fetcher.MemoryRecords):
    """aiokafka's reader of a fetched set of batches, which keeps the bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class _WholeBatches(fetcher.PartitionRecords):
    """Yields one :class:`RecordBatch` where aiokafka yields its records; each begins where the last one ended."""

    payloads = False

    def _unpack_records(self) -> Iterator[RecordBatch]:
        end = 0
        while self._records.has_next():
            start, end = end, end + _PROLOGUE_BYTES + _LENGTH.unpack_from(self._records.data, end)[0]
            batch = self._records.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            first: int = self.next_fetch_offset  # type: ignore[has-type]  # set by aiokafka, which has no types
            following = self.next_fetch_offset = max(first, batch.next_offset)
            if batch.is_control_batch or self._is_aborted(batch):
                yield RecordBatch(first, following, [])
            elif self.payloads and batch.magic == _FORMAT:
                count = _COUNT.unpack_from(self._records.data, start)[0]
                yield RecordBatch.packed(first, batch, count, _payload(batch, self._records.data, start, end))
            else:
                yield RecordBatch(first, following, [record for record in batch if record.offset >= first])

    def _is_aborted(self, batch: Any) -> bool:
        if self._isolation_level != fetcher.READ_COMMITTED or batch.producer_id is None:
            return False
        self._consume_aborted_up_to(batch.base_offset)
        return bool(batch.is_transactional and batch.producer_id in self._aborted_producers)


def _payload(batch: Any, data: bytes, start: int, end: int) -> Payload:
    unpacked = _DECODERS[batch.compression_type](memoryview(data)[start + _HEADER_BYTES : end])
    timestamp = batch.max_timestamp if batch.timestamp_type else -1
    return Payload(unpacked, batch.base_offset, batch.first_timestamp, timestamp)


def install(*, payloads: bool = False) -> None:
    """Make every consumer of this process give whole batches, with ``payloads`` if so wished."""
    _WholeBatches.payloads = payloads
    fetcher.PartitionRecords = _WholeBatches
    fetcher.MemoryRecords = _Bytes
