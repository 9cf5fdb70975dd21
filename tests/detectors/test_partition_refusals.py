"""What nobody may write to the log: names and times that would harm the state."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import pytest

from detectors.clocks import MOST_SOURCES, OTHER, Clocks
from detectors.core import Core
from detectors.cuts import COMPLETION_KEY
from detectors.dead_feed import DeadFeed
from detectors.interaction import Interaction
from detectors.partition import FUTURE_TICK_MS, MOST_KEY_BYTES, Partition
from detectors.wire import SourceProgress, Tick, WireError, decode, encode_compact, encode_tick

NOW = 1_700_000_000_000


class Record(NamedTuple):
    """One record of the log."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def applied(key: bytes | None, value: bytes) -> Partition:
    partition = Partition(Core([]))
    partition.apply([Record(0, NOW, key, value)])
    return partition


def event(source: str = "purchases") -> bytes:
    return encode_compact(Interaction(0, NOW, "id", source, 0))


@pytest.mark.parametrize("key", [COMPLETION_KEY, b"k" * (MOST_KEY_BYTES + 1)])
def test_a_key_that_the_state_cannot_hold_is_refused(key: bytes) -> None:
    partition = applied(key, event())
    assert [(each.reason, each.key, each.value) for each in partition.refused] == [("bad_interaction", key, event())]
    assert not partition.people
    assert not partition.dirty


@pytest.mark.parametrize("key", [b"\0", b"\xff", b"k" * MOST_KEY_BYTES])
def test_any_other_key_is_somebody(key: bytes) -> None:
    partition = applied(key, event())
    assert not partition.refused
    assert list(partition.people) == [key]


def test_a_tick_beyond_what_ingest_may_tolerate_is_refused() -> None:
    good, bad = applied(None, encode_tick(Tick(NOW + FUTURE_TICK_MS, []))), NOW + FUTURE_TICK_MS + 1
    assert not good.refused
    partition = applied(None, encode_tick(Tick(bad, [])))
    assert [each.reason for each in partition.refused] == ["in_the_future"]
    assert str(bad) in partition.refused[0].detail
    assert partition.clocks.time == 0


@pytest.mark.parametrize("progress", [("", 0, 1), ("x" * 513, 0, 1), ("purchases", -1, 1), ("purchases", 0, -1)])
def test_a_tick_of_no_source_is_no_tick(progress: tuple[str, int, int]) -> None:
    with pytest.raises(WireError):
        decode(msgspec.msgpack.encode({"at": NOW, "sources": [progress], "tick": 1}))


def test_however_many_sources_there_are_the_clocks_stay_few() -> None:
    clocks = Clocks({}, DeadFeed())
    for number in range(10 * MOST_SOURCES):
        clocks.tick(Tick(NOW, [SourceProgress(f"s{number}", 0, NOW)]))
    assert len(clocks.sources) == MOST_SOURCES + 1
    assert clocks.clock("one more") is clocks.sources[OTHER]
    assert clocks.clock("s1") is not clocks.sources[OTHER]


def whole(kind: int) -> bytes:
    """An interaction with its late fields, as ingest writes it: sixteen fields and more."""
    return encode_compact(Interaction(kind, NOW, "id", "page-views", 0, identities={"cookie": "c"}))


def test_of_a_kind_nobody_reads_only_the_first_fields_are_looked_at() -> None:
    partition = applied(b"ann", whole(3))
    assert (partition.people[b"ann"].seen, partition.people[b"ann"].offset, partition.refused) == (NOW, -1, [])
    assert partition.clocks.clock("page-views").time == NOW


@pytest.mark.parametrize("value", [whole(3)[:-4], b"\xdc\x00\x10", b"\xdc\x00\x10\x03\xff"])
def test_of_a_kind_nobody_reads_malformed_bytes_are_refused_as_well(value: bytes) -> None:
    partition = applied(b"ann", value)
    assert [(each.reason, each.value) for each in partition.refused] == [("bad_interaction", value)]
    assert partition.people == {}
