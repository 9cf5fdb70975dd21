"""One pass over a batch's bytes, without an object a record: what nobody reads is glanced at where it lies.

A record of Kafka's format 2: length, attributes (a byte), timestamp and offset as deltas, key, value, headers; all
numbers are zigzag varints, key and value have theirs before them, -1 for null.
Source: https://kafka.apache.org/documentation/#record
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.peek import ARRAY_16, KIND_AT
from detectors.plan import UNREAD

if TYPE_CHECKING:
    from detectors.partition import Partition
    from streams.broker.whole_batches import Payload

IS_COMPILED: Final = not __file__.endswith(".py")
"""Interpreted, this takes twice as long as the client's own reader, which is compiled."""


def apply(partition: Partition, payload: Payload, first: int) -> int:
    """Apply the records from offset ``first`` on; gives how many were interactions.

    Raises IndexError on bytes that are no records, which a broker does not take.
    """
    data: bytes = payload.data
    base_offset: int = payload.base_offset
    base_timestamp: int = payload.base_timestamp
    brokers: int = payload.timestamp
    depths = partition.core.depths
    first = max(first, partition.cut + 1)
    applied = 0
    size = len(data)
    place = 0
    while place < size:
        length, place = varint(data, place)
        following = place + length
        delta, place = varint(data, place + 1)
        arrived = base_timestamp + delta if brokers < 0 else brokers
        delta, place = varint(data, place)
        offset = base_offset + delta
        length, place = varint(data, place)
        key: bytes | None = None
        if length >= 0:
            key = data[place : place + length]
            place += length
        length, place = varint(data, place)
        if offset >= first:
            end = place + length
            if (
                length > KIND_AT
                and data[place] == ARRAY_16
                and depths[data[place + KIND_AT]] == UNREAD
                and partition.glance(arrived, key, data, place, end)
            ):
                applied += 1
            else:
                applied += partition.take(offset, arrived, key, None if length < 0 else data[place:end])
        place = following
    return applied


def varint(data: bytes, place: int) -> tuple[int, int]:
    """The zigzag varint that begins at ``place``, and where the next thing begins."""
    byte = data[place]
    place += 1
    value = byte & 0x7F
    shift = 7
    while byte & 0x80:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
    return (value >> 1) ^ -(value & 1), place
