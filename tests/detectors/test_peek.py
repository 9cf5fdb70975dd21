"""A glance at a compact interaction: what it says is what decoding says, and it never stumbles."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import peek as glance
from detectors.interaction import NEWEST_MS, PARTIES, UNKNOWN_PARTY, Interaction
from detectors.peek import ARRAY_16, KIND_AT
from detectors.wire import Tick, decode, encode_compact

UNUSUAL = (-1, b"", -1)
AT = 1_704_067_200_123


def peek(value: bytes) -> tuple[int, bytes, int]:
    """The same seen in the middle of other bytes as alone."""
    alone = glance.peek(value, 0, len(value))
    assert glance.peek(b"\xff" * 7 + value + b"\xa1" * 9, 7, 7 + len(value)) == alone
    return alone


def whole(name: str = "id", source: str = "page-views", at: int = AT, **more: Any) -> bytes:
    return encode_compact(Interaction(3, at, name, source, 19, identities={"cookie": "c"}, **more))


@given(
    name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=120),
    source=st.text(st.characters(codec="utf-8"), min_size=1, max_size=12),
    at=st.integers(2**32, NEWEST_MS - 1),
    party=st.integers(0, len(PARTIES) - 1),
)
def test_a_glance_sees_what_decoding_sees_or_nothing(name: str, source: str, at: int, party: int) -> None:
    value = whole(name, source, at, party=party)
    decoded = decode(value)
    assert not isinstance(decoded, Tick)
    assert (value[0], value[KIND_AT]) == (ARRAY_16, decoded.kind)
    found = peek(value)
    usual = len(name.encode()) <= 255 and len(source.encode()) <= 31
    assert found == ((decoded.occurred_at, decoded.source.encode(), decoded.party) if usual else UNUSUAL)


@pytest.mark.parametrize("name", ["n" * 31, "n" * 32, "n" * 255, "ä" * 15, "ä" * 16])
def test_the_source_is_found_behind_any_usual_id(name: str) -> None:
    assert peek(whole(name)) == (AT, b"page-views", UNKNOWN_PARTY)


@pytest.mark.parametrize(
    "value",
    [
        whole("n" * 256),
        whole(source="s" * 32),
        whole(at=2**32 - 1),  # encoders take fewer bytes
        whole().replace(AT.to_bytes(8, "big"), NEWEST_MS.to_bytes(8, "big")),
        whole().replace(AT.to_bytes(8, "big"), (2**56).to_bytes(8, "big")),
        whole().replace(AT.to_bytes(8, "big"), (2**48).to_bytes(8, "big")),
        whole().replace(b"\xa2id", b"\xc4\x02id"),
        whole().replace(b"\xaapage-views", b"\xa0page-views"),
        msgspec.msgpack.encode([3, AT, "id", None, 0] + [None] * 20),
        whole(party=len(PARTIES)),
    ],
)
def test_what_is_not_written_as_usual_is_left_to_decoding(value: bytes) -> None:
    assert peek(value) == UNUSUAL


@given(value=st.binary(max_size=80))
def test_no_bytes_make_it_stumble(value: bytes) -> None:
    at, source, party = peek(b"\xdc\x00\x18\x03\xcf" + value)
    assert (at, source, party) == UNUSUAL or (0 <= at < NEWEST_MS and source in value and party < len(PARTIES))


def test_cut_short_before_the_party_there_is_nothing_to_see() -> None:
    value = whole()
    end = value.index(b"page-views") + len(b"page-views") + 1
    assert [peek(value[:size]) for size in range(end + 1)] == [UNUSUAL] * (end + 1)
    assert peek(value[: end + 1]) == (AT, b"page-views", UNKNOWN_PARTY)
