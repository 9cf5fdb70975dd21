"""Record batches as the broker sent them, instead of one Python object a record.

aiokafka spends more than half of ``getmany`` on building a ``ConsumerRecord`` each. Its fetcher builds
``PartitionRecords`` for every answer; :func:`install` puts ours in their place, process-wide, before any consumer
starts. Control batches, aborted transactions and offsets that compaction removed are handled by the code we inherit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException

if TYPE_CHECKING:
    from collections.abc import Iterator


class RecordBatch:
    """The records of one batch, covering the offsets ``[first, next)`` of which some may be empty.

    A record has ``offset``, ``timestamp`` (ms), ``key``, ``value`` and ``headers``.
    """

    __slots__ = ("first", "next", "records")

    def __init__(self, first: int, following: int, records: list[Any]) -> None:
        self.first = first
        self.next = following
        self.records = records


class _WholeBatches(fetcher.PartitionRecords):
    """Yields one :class:`RecordBatch` where aiokafka yields its records; each begins where the last one ended."""

    def _unpack_records(self) -> Iterator[RecordBatch]:
        while self._records.has_next():
            batch = self._records.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            first: int = self.next_fetch_offset  # type: ignore[has-type]  # set by aiokafka, which has no types
            skipped = batch.is_control_batch or self._is_aborted(batch)
            records = [] if skipped else list(batch)
            if records and records[0].offset < first:
                records = [record for record in records if record.offset >= first]
            following = max(first, batch.next_offset)
            self.next_fetch_offset = following
            yield RecordBatch(first, following, records)

    def _is_aborted(self, batch: Any) -> bool:
        if self._isolation_level != fetcher.READ_COMMITTED or batch.producer_id is None:
            return False
        self._consume_aborted_up_to(batch.base_offset)
        return bool(batch.is_transactional and batch.producer_id in self._aborted_producers)


def install() -> None:
    """Make every consumer of this process give whole batches."""
    fetcher.PartitionRecords = _WholeBatches
