"""Reading a batch's bytes in one pass does what applying its records does."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detectors.partition import FUTURE_MS, Partition
from streams.broker.whole_batches import Payload
from streams.monitor import payload
from tests.detectors.lives import START_MS, Record, core, event, life, snapshot, tick
from tests.streams.broker.fetched import Sent, batch, opened

HEADER_BYTES: Final = 61
TABLE: Final = """
    day 0    10:00  purchase_made    shop  from=purchases
    day 0    10:01  page_viewed      site  from=page-views
    day 1    10:00  page_viewed      site  from=page-views
    day 2    10:00  page_viewed      site  from=page-views  by=bob
    day 7    10:00  purchase_made    shop  from=purchases
    day 14   10:00  purchase_made    shop  from=purchases
    day 20   10:00  ticket_opened    mail  complaint "broken"
    day 20   11:00  page_viewed      site  from=page-views
    day 20   12:00  chat_started     chat  complaint "still broken"
    day 21   09:00  mention_made     twitter  complaint "never again"
    day 21   10:00  purchase_made    shop  from=purchases
    day 60   10:00  page_viewed      site  from=page-views
    day 90   10:00  tick             purchases=90  page-views=90  tickets=90
"""


def packed(records: list[Record], brokers_time: int | None = None) -> Payload:
    sent: list[Sent] = [(each.offset, each.timestamp, each.key, each.value) for each in records]
    data = batch(sent, brokers_time=brokers_time)
    return Payload(
        data[HEADER_BYTES:], sent[0][0], opened(data).first_timestamp, -1 if brokers_time is None else brokers_time
    )


def both(records: list[Record], first: int = 0, cut: int = -1) -> tuple[Partition, Partition]:
    """The records applied one by one, and as one batch's bytes."""
    single, whole = Partition(core()), Partition(core())
    single.cut = whole.cut = cut
    applied = single.apply([each for each in records if each.offset >= first])
    assert payload.apply(whole, packed(records), first) == applied
    return single, whole


def same(single: Partition, whole: Partition) -> None:
    assert snapshot(whole) == snapshot(single)
    assert whole.refused == single.refused
    assert [(each.key, each.rule, each.arrived, each.episode.to_tuple()) for each in whole.raised] == [
        (each.key, each.rule, each.arrived, each.episode.to_tuple()) for each in single.raised
    ]
    assert (whole.told, whole.tally.rules) == (single.told, single.tally.rules)
    assert (whole.dirty, whole.moved, whole.seen_anew) == (single.dirty, single.moved, single.seen_anew)


def stamped(records: list[Record]) -> list[Record]:
    return [each._replace(timestamp=START_MS + 100 * 86_400_000 + each.offset) for each in records]


@pytest.mark.parametrize("first", [0, 1, 5, 12, 13])
@pytest.mark.parametrize("cut", [-1, 0, 4])
def test_a_life_leaves_the_same_behind(first: int, cut: int) -> None:
    records = stamped(life(TABLE))
    single, whole = both(records, first, cut)
    same(single, whole)
    assert bool(whole.raised) == (max(first, cut + 1) < 10)


def test_gaps_between_the_offsets_and_a_late_timestamp_are_told_as_they_are() -> None:
    kept = [each for each in stamped(life(TABLE, 1_000)) if each.offset % 3]
    kept[2] = kept[2]._replace(timestamp=kept[2].timestamp - 3_000_000)
    same(*both(kept))


def test_the_brokers_own_time_decides_what_lies_in_the_future() -> None:
    records = [
        event(0, START_MS, "page_viewed"),
        event(1, START_MS + FUTURE_MS + 2, "page_viewed"),
        event(2, START_MS + FUTURE_MS + 1, "purchase_made"),
    ]
    partition = Partition(core())
    assert payload.apply(partition, packed(records, START_MS + 1), 0) == 2
    assert [(each.offset, each.arrived, each.reason) for each in partition.refused] == [
        (1, START_MS + 1, "in_the_future")
    ]


def test_what_is_no_interaction_is_refused_with_its_bytes() -> None:
    good = event(4, START_MS, "purchase_made").value
    odd = [
        Record(0, START_MS, b"ann", None),
        Record(1, START_MS, b"ann", b""),
        Record(2, START_MS, None, good),
        Record(3, START_MS, b"", good),
        Record(4, START_MS, b"ann", b"\xdc"),
        Record(5, START_MS, b"ann", b"\xdc\x00\x18"),
        Record(6, START_MS, b"x" * 5_000, good),
    ]
    single, whole = both([*odd, tick(7, START_MS)])
    same(single, whole)
    assert [(each.offset, each.key, each.value) for each in whole.refused] == [
        (each.offset, each.key, each.value) for each in odd
    ]


@given(number=st.integers(-(2**62), 2**62), before=st.binary(max_size=3))
@example(number=0, before=b"")
@example(number=-1, before=b"")
def test_a_varint_is_read_as_it_is_written(number: int, before: bytes) -> None:
    rest, written = number << 1 if number >= 0 else (-number << 1) - 1, bytearray(before)
    while rest >= 0x80:
        written.append(rest & 0x7F | 0x80)
        rest >>= 7
    written.append(rest)
    assert payload.varint(bytes(written) + b"\xff", len(before)) == (number, len(written))


def test_bytes_that_are_no_records_are_an_error() -> None:
    whole = packed(stamped(life(TABLE)))
    with pytest.raises(IndexError):
        payload.apply(Partition(core()), Payload(whole.data[:1], 0, 0), 0)
