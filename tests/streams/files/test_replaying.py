from __future__ import annotations

import json

import pytest

from streams.files.replaying import Keyer, Pace
from streams.ingest.settings import IngestSettings

SETTINGS = IngestSettings()
MINUTE = 60_000


def key(source: str, value: bytes) -> bytes | None:
    return Keyer(source, SETTINGS).key(value)


def interaction(**changes: object) -> bytes:
    values = {"id": "i", "occurred_at": 1_700_000_000_000, "kind": "login_made", "source": "crm", "channel": "site"}
    return json.dumps(values | changes).encode()


def test_a_record_is_keyed_as_its_mapping_says() -> None:
    assert key("purchases", b'{"type": "track", "event": "Order Completed", "userId": "c-1"}') == b"c-1"
    assert key("tweets", b'{"data": {"id": "1", "author_id": "42"}}') == b"42"


@pytest.mark.parametrize("value", [b"{}", b"3", b"[]", b'"text"'])
def test_json_that_names_nobody_has_no_key(value: bytes) -> None:
    assert key("purchases", value) is None


@pytest.mark.parametrize("value", [b"", b"no json", b'{"a": NaN}', b'{"a": "\xff"}', b'{"a": 1} {"b": 2}', b'{"a": 1'])
def test_what_is_no_json_is_refused_with_what_is_allowed(value: bytes) -> None:
    with pytest.raises(ValueError, match=r"no JSON: .*; allowed: one JSON object a line"):
        key("purchases", value)


def test_half_an_emoji_is_sent_as_ingest_can_mend_it() -> None:
    assert key("purchases", b'{"userId": "c-1", "note": "\\ud83d"}') == b"c-1"


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no JSON"):
        key("purchases", b"[" * 200_000)


def test_an_unknown_source_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'pigeons' has no mapping; allowed: .*purchases"):
        Keyer("pigeons", SETTINGS)


def test_an_interaction_is_keyed_by_its_stakeholder() -> None:
    assert key("interactions", interaction(stakeholder="c-9", identities={"email": "a@example.com"})) == b"c-9"


def test_an_interaction_without_stakeholder_is_resolved_as_ingest_does() -> None:
    assert key("interactions", interaction(identities={"email": "a@b.example", "customer_id": "c-1"})) == b"c-1"
    assert key("interactions", interaction(identities={"email": "a@b.example"})) == b"email:a@b.example"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (interaction(), "no_identity"),
        (interaction(stakeholder="c-1", kind="yodelled"), "Invalid enum value 'yodelled'"),
        (interaction(stakeholder="c-1", occurred_at="2024-01-01T00:00:00"), "has no offset"),
        (b"\x93\x01", "no JSON object"),
    ],
)
def test_what_is_no_interaction_of_anybody_is_refused(value: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        key("interactions", value)


def test_event_time_is_that_of_the_earliest_thing_told() -> None:
    times = (1_700_000_060_000, 1_700_000_000_000)
    calls = [
        {
            "type": "track",
            "event": "Order Completed",
            "userId": "c",
            "timestamp": at,
            "properties": {"order_id": str(at)},
        }
        for at in times
    ]
    batch = json.dumps({"batch": calls})
    assert Keyer("purchases", SETTINGS).occurred_at(batch.encode()) == 1_700_000_000_000
    assert Keyer("interactions", SETTINGS).occurred_at(interaction()) == 1_700_000_000_000


def test_what_tells_of_nothing_has_no_event_time() -> None:
    assert Keyer("purchases", SETTINGS).occurred_at(b'{"type": "identify", "userId": "c"}') is None


def test_at_most_speed_nothing_waits() -> None:
    assert Pace(None).delay(10**12, 0.0) == 0.0


def test_events_are_spread_by_their_own_times_and_the_speed() -> None:
    pace = Pace(60.0)
    assert pace.delay(5 * MINUTE, 100.0) == 0.0
    assert pace.delay(6 * MINUTE, 100.0) == pytest.approx(1.0)
    assert pace.delay(15 * MINUTE, 104.0) == pytest.approx(6.0)


def test_what_is_out_of_order_late_or_without_time_goes_at_once() -> None:
    pace = Pace(1.0)
    pace.delay(10 * MINUTE, 0.0)
    assert pace.delay(9 * MINUTE, 1.0) == 0.0
    assert pace.delay(11 * MINUTE, 500.0) == 0.0
    assert pace.delay(None, 0.0) == 0.0
