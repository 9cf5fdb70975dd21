"""The wire forms: both give the same interaction, and no bytes whatever make anything but a WireError."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detectors.interaction import CHANNELS, DIRECTIONS, KINDS, NEWEST_MS, PARTIES, Interaction
from detectors.wire import SourceProgress, Tick, WireError, decode, encode_compact, encode_json, encode_tick

words = st.none() | st.text(max_size=20)
numbers = st.none() | st.floats(-1e15, 1e15)
maps = st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), min_size=1, max_size=3)
names = st.text(min_size=1, max_size=40)
money = st.tuples(st.none(), st.none()) | st.tuples(st.floats(-1e15, 1e15), st.sampled_from(("EUR", "USD")))


@st.composite
def interactions(draw: st.DrawFn) -> Interaction:
    amount, currency = draw(money)
    return Interaction(
        kind=draw(st.integers(0, len(KINDS) - 1)),
        occurred_at=draw(st.integers(0, NEWEST_MS - 1)),
        id=draw(names),
        source=draw(names),
        channel=draw(st.integers(0, len(CHANNELS) - 1)),
        party=draw(st.integers(0, len(PARTIES) - 1)),
        direction=draw(st.integers(0, len(DIRECTIONS) - 1)),
        complaint=draw(st.none() | st.booleans()),
        tone=draw(st.none() | st.floats(-1, 1)),
        amount=amount,
        currency=currency,
        funnel=draw(words),
        step=draw(words),
        page=draw(words),
        thread=draw(words),
        subject=draw(words),
        text=draw(words),
        language=draw(words),
        score=draw(numbers),
        score_scale=draw(st.none() | st.tuples(st.floats(-9, 9), st.floats(-9, 9))),
        referrer=draw(words),
        campaign=draw(words),
        segment=draw(maps),
        identities=draw(maps),
        stakeholder=draw(st.none() | names),
    )


@given(interactions())
def test_json_and_compact_records_give_the_same_interaction(interaction: Interaction) -> None:
    assert decode(encode_compact(interaction)) == interaction
    assert decode(encode_json(interaction)) == interaction


@given(interactions(), st.integers(0, 20))
def test_fields_of_a_later_version_are_skipped(interaction: Interaction, further: int) -> None:
    fields = [*msgspec.structs.astuple(interaction), *range(further)]
    assert decode(msgspec.msgpack.encode(fields)) == interaction
    record = json.loads(encode_json(interaction)) | {f"later_{number}": [number] for number in range(further)}
    assert decode(json.dumps(record).encode()) == interaction


def test_the_compact_form_has_every_field_and_is_read_without_the_last_ones() -> None:
    plain = Interaction(kind=0, occurred_at=1, id="i", source="s", channel=0)
    assert msgspec.msgpack.decode(encode_compact(plain)) == [0, 1, "i", "s", 0, 5, 2, *[None] * 18]
    assert decode(msgspec.msgpack.encode([0, 1, "i", "s", 0])) == plain


def test_money_without_a_currency_is_left_out_of_json() -> None:
    paid = Interaction(kind=0, occurred_at=1, id="i", source="s", channel=0, amount=3.0)
    assert "amount" not in json.loads(encode_json(paid))


progress = st.builds(
    SourceProgress, names, st.integers(0, 99), st.integers(0, NEWEST_MS - 1), st.booleans(), st.integers(0, 10**9)
)


@given(st.builds(Tick, st.integers(0, NEWEST_MS - 1), st.lists(progress, max_size=3)))
def test_a_tick_comes_back_as_it_was(tick: Tick) -> None:
    assert decode(encode_tick(tick)) == tick


def test_a_tick_of_many_sources_is_still_told_apart() -> None:
    assert decode(b"\xde\x00\x02\xa2at\x05\xa7sources\x90") == Tick(5, [])


LEAST: Final = b'{"id":"a","occurred_at":1,"kind":"purchase_made","source":"s","channel":"shop"}'


def read(value: bytes) -> Interaction | Tick | None:
    """What the bytes say, None for a WireError with a message; any other error is the test's failure."""
    try:
        made = decode(value)
    except WireError as error:
        return None if str(error) else pytest.fail("an error without a message")
    assert isinstance(made, Interaction | Tick)
    return made


@given(st.binary(max_size=200))
@example(b"")
@example(b"\x91" * 5_000)
@example(b"{" + b'"segment":{"a":' * 5_000)
@example(b"\xdd\xff\xff\xff\xff")
@example(b"\x82\xa2at\x00\xa7sources\xdd\xff\xff\xff\xff")
@example(b"\xdf\xff\xff\xff\xff")
@example(b"\x95\x00\x00\xa1\xff\xa1\xff\x00")
@example(LEAST.replace(b'"a"', b'"\\ud800"'))
@example(LEAST.replace(b'"a"', b'"\xff"'))
@example(LEAST.replace(b":1,", b":" + b"9" * 5_000 + b","))
@example(LEAST.replace(b":1,", b':"0001-01-01T00:00:00+23:59",'))
@example(LEAST.replace(b":1,", b':"9999-12-31T23:59:59.999999-23:59",'))
@example(LEAST.replace(b"}", b',"score":1e999}'))
def test_no_bytes_whatever_make_anything_but_a_wire_error(value: bytes) -> None:
    read(value)


@given(interactions(), st.booleans(), st.data())
def test_no_damage_to_a_good_record_does_either(interaction: Interaction, is_json: bool, data: st.DataObject) -> None:
    value = bytearray(encode_json(interaction) if is_json else encode_compact(interaction))
    for _ in range(data.draw(st.integers(1, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(value)))
    made = read(bytes(value[:end]))
    if isinstance(made, Interaction):
        assert decode(encode_compact(made)) == made


trees: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(trees)
def test_neither_does_any_msgpack(tree: Any) -> None:
    read(msgspec.msgpack.encode(tree))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"occurred_at":1',
            '"occurred_at":"2026-01-01T10:00:00"',
            "has no offset; allowed: RFC 3339 with Z or an offset",
        ),
        ('"occurred_at":1', '"occurred_at":-1', "occurred_at -1 is out of range; allowed: 1970-01-01 to 2100-01-01"),
        ('"occurred_at":1', f'"occurred_at":{NEWEST_MS}', "is out of range; allowed: 1970-01-01 to 2100-01-01"),
        ('"occurred_at":1', '"occurred_at":"2100-01-01T00:00:00Z"', "is out of range"),
        ('"kind":"purchase_made"', '"kind":"bought"', "kind"),
        ('"id":"a"', '"id":""', "id"),
        ('"id":"a",', "", "id"),
        ("}", ',"amount":{"value":1,"currency":"euro"}}', "currency"),
        ("}", ',"tone":1.5}', "tone"),
    ],
)
def test_the_message_says_what_is_wrong(old: str, new: str, message: str) -> None:
    text = LEAST.decode()
    assert old in text
    with pytest.raises(WireError, match=message):
        decode(text.replace(old, new).encode())


def test_an_empty_value_is_named_as_such() -> None:
    with pytest.raises(WireError, match=r"^empty value; allowed: a JSON object or a compact msgpack array$"):
        decode(b"")


@pytest.mark.parametrize("newest", [-1, NEWEST_MS])
def test_a_tick_that_would_move_time_out_of_range_is_refused(newest: int) -> None:
    with pytest.raises(WireError, match="Expected `int`"):
        decode(encode_tick(Tick(newest, [])))
    with pytest.raises(WireError, match="Expected `int`"):
        decode(encode_tick(Tick(5, [SourceProgress("s", 0, newest)])))


def test_a_time_with_an_offset_is_the_moment_it_names() -> None:
    text = LEAST.decode().replace('"occurred_at":1', '"occurred_at":"2026-03-01T12:00:00.123+02:00"')
    made = decode(text.encode())
    assert isinstance(made, Interaction)
    assert made.occurred_at == 1_772_359_200_123
