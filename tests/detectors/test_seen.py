"""The first fields of an interaction straight from its bytes: what the decoder says, or left to the decoder."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import seen
from detectors.interaction import CHANNELS, DIRECTIONS, KINDS, NEWEST_MS, PARTIES, Event, Head, Interaction
from detectors.seen import Seen, of, see
from detectors.wire import UNREADABLE, decode_head, encode_compact

AT = 1_704_067_200_123
HEAD = tuple(Head.__struct_fields__)


def fields(one: Seen | Head) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in HEAD)


def whole(**more: Any) -> bytes:
    known: dict[str, Any] = {"kind": 9, "occurred_at": AT, "id": "t-1", "source": "tickets", "channel": 3}
    return encode_compact(Interaction(**{**known, **more}))


@given(
    head=st.builds(
        dict,
        kind=st.integers(0, len(KINDS) - 1),
        occurred_at=st.integers(0, NEWEST_MS - 1),
        id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=300),
        source=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
        channel=st.integers(0, len(CHANNELS) - 1),
        party=st.integers(0, len(PARTIES) - 1),
        direction=st.integers(0, len(DIRECTIONS) - 1),
        complaint=st.sampled_from((True, False, None)),
        tone=st.none() | st.floats(-1, 1),
    )
)
def test_what_is_read_is_what_the_decoder_says(head: dict[str, Any]) -> None:
    value = whole(**head, text="and more")
    decoded = decode_head(value)
    assert fields(see(value)) == fields(decoded)
    read = seen._read(value)
    assert read is None or fields(read) == fields(decoded)
    is_usual = head["occurred_at"] >= 2**32 and head["id"].isascii() and head["source"].isascii()
    if is_usual and len(head["id"]) <= 255 and len(head["source"]) <= 31:
        assert read is not None


@pytest.mark.parametrize("size", [31, 32, 255])
def test_ids_of_every_usual_length_are_read(size: int) -> None:
    read = seen._read(whole(id="n" * size, tone=-0.5, complaint=False))
    assert read is not None
    assert (read.id, read.tone, read.complaint) == ("n" * size, -0.5, False)


@pytest.mark.parametrize(
    "value",
    [
        whole(id="n" * 256),
        whole(id="ä"),
        whole(source="s" * 32),
        whole(source="ä"),
        whole(occurred_at=2**32 - 1),
        whole(channel=len(CHANNELS)),
        whole(party=len(PARTIES)),
        whole(direction=len(DIRECTIONS)),
        whole(kind=len(KINDS)),
        whole(complaint="yes"),
        whole(tone=1.5),
        whole(tone=math.nan),
        whole(tone=1),
        whole(id=""),
        whole(source=""),
        msgspec.msgpack.encode([9, AT, "t-1", "tickets", 3]),
        b"",
    ],
)
def test_what_is_not_written_as_usual_is_left_to_the_decoder(value: bytes) -> None:
    assert seen._read(value) is None


@pytest.mark.parametrize("bad", [{"channel": 99}, {"tone": 1.5}, {"id": ""}, {"complaint": "yes"}, {"kind": 99}])
def test_what_the_decoder_refuses_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(UNREADABLE):
        see(whole(**bad))


@given(value=st.binary(max_size=60))
def test_no_bytes_make_it_stumble(value: bytes) -> None:
    read = seen._read(b"\xdc\x00\x19\x09\xcf\x00\x00" + value)
    if read is not None:
        assert read.occurred_at < NEWEST_MS
        assert read.channel < len(CHANNELS)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"tone": 0.25},
        {"text": "t" * 20, "score": 3.5, "score_scale": (0.0, 10.0)},
        {"text": "t" * 300, "subject": "s" * 40, "segment": {"device": "mobile"}, "identities": {"cookie": "c"}},
    ],
)
def test_cut_short_anywhere_or_too_long_it_is_left_to_the_decoder(more: dict[str, Any]) -> None:
    value = whole(**more)
    assert seen._read(value) is not None
    assert [seen._read(value[:size]) for size in range(len(value))] == [None] * len(value)
    assert seen._read(value + b"\xc0") is None
    for size in range(len(value)):
        with pytest.raises(UNREADABLE):
            see(value[:size])


def test_the_rest_is_there_if_it_was_decoded_and_absent_else() -> None:
    rest = {name: None for name in Event.__struct_fields__ if name not in HEAD}
    told = Interaction(9, AT, "t-1", "tickets", 3, text="broken", segment={"device": "mobile"}, score=3.0, page="/")
    known = of(told, told)
    assert {name: getattr(known, name) for name in rest} == {name: getattr(told, name) for name in rest}
    assert {name: getattr(see(encode_compact(told)), name) for name in rest} == rest


def test_more_sources_than_are_kept_at_hand_are_told_apart_all_the_same() -> None:
    for number in range(seen.MOST_SOURCES + 20):
        assert see(whole(source=f"s{number}")).source == f"s{number}"
    assert len(seen._sources) <= seen.MOST_SOURCES
