from __future__ import annotations

import pytest

from sinks.alert import encode_alert
from sinks.relationship import encode_relationship
from streams.deliver.change import Kind, UnreadableError, read_alert, read_alert_state, read_relationship
from tests.sinks.samples import ALERT_ID, alert, relationship

HOSTILE = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\x00",
    b'{"alert_id":"\xff\xfe"}',
    b'{"x":' + b"[" * 100_000,
    encode_alert(alert()).replace(b'"status":"open"', b'"status":"great"'),
    encode_alert(alert()).replace(b'"value":3.0', b'"value":NaN'),
    encode_alert(alert()).replace(b'"version":1', b'"version":0'),
]


def test_an_alert_is_read_whatever_its_key() -> None:
    for key in (b"c-1042", None, b"purchases"):
        assert read_alert(key, encode_alert(alert())) == (Kind.ALERT, ALERT_ID, alert())


def test_an_empty_state_means_that_the_alert_is_forgotten() -> None:
    for value in (None, b""):
        assert read_alert_state(b"some-id", value) == (Kind.FORGET_ALERT, "some-id", None)


def test_an_empty_relationship_means_that_the_person_is_forgotten() -> None:
    assert read_relationship("ключ".encode(), None) == (Kind.FORGET_RELATIONSHIP, "ключ", None)


def test_a_relationship_is_read() -> None:
    record = relationship()
    assert read_relationship(b"c-1042", encode_relationship(record)) == (Kind.RELATIONSHIP, "c-1042", record)


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_no_alert_is_refused_with_a_reason(value: bytes) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_alert(b"c-1042", value)
    assert caught.value.reason == "bad_alert"
    assert 0 < len(caught.value.detail) <= 300


@pytest.mark.parametrize("value", HOSTILE[1:])
def test_what_is_no_relationship_is_refused_with_a_reason(value: bytes) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_relationship(b"c-1042", value)
    assert caught.value.reason == "bad_relationship"


def test_a_key_that_could_never_remove_its_value_is_refused() -> None:
    with pytest.raises(UnreadableError, match="the alert's id"):
        read_alert_state(b"another", encode_alert(alert()))
    with pytest.raises(UnreadableError, match="the stakeholder"):
        read_relationship(b"another", encode_relationship(relationship()))
    for key in (None, b""):
        with pytest.raises(UnreadableError, match="no key"):
            read_alert_state(key, encode_alert(alert()))
