import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.interaction import CHANNELS, KINDS, PARTIES
from streams.ingest.mapper import Mapped, Mapper
from streams.ingest.mappings.purchases import key
from streams.ingest.refusal import RefusalReason
from streams.ingest.settings import IngestSettings

RECORDS = json.loads((Path(__file__).parent / "fixtures" / "purchases.json").read_text(encoding="utf-8"))
NOW = 1_800_000_000_000


def run(record: Any, **settings: Any) -> Mapped:
    return Mapper("purchases", IngestSettings(**settings)).map(msgspec.json.encode(record), NOW)


def order(**properties: Any) -> dict[str, Any]:
    fields = {"order_id": "o-1", "total": 10, "currency": "EUR"} | properties
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": "c-1",
        "messageId": "m-1",
        "timestamp": "2024-03-05T10:00:00Z",
        "properties": {name: value for name, value in fields.items() if value is not ...},
    }


def test_order_completed_is_a_purchase_with_everything_it_says() -> None:
    (made,) = run(RECORDS[0]).interactions
    assert KINDS[made.kind] == "purchase_made"
    assert CHANNELS[made.channel] == "shop"
    assert PARTIES[made.party] == "customer"
    assert made.id == made.thread == "50314b8e9bcf000000000000"
    assert made.occurred_at == 1709633472345
    assert (made.amount, made.currency) == (1234.5, "USD")
    assert made.subject == "Monopoly: 3rd Edition"
    assert made.campaign == "spring"
    assert made.segment == {"device": "mobile", "country": "GB", "payment_method": "Visa"}
    assert made.identities == {
        "customer_id": "c-1042",
        "cookie": "8e1f4a52-0c0e-4a39-9b6e-0f6f0d8f3c11",
        "email": "ada.lovelace@example.com",
        "phone": "+442079460018",
    }
    assert made.stakeholder == "c-1042"


def test_full_refund_without_amount_has_an_unknown_amount() -> None:
    (made,) = run(RECORDS[1]).interactions
    assert KINDS[made.kind] == "purchase_returned"
    assert (made.amount, made.currency) == (None, None)
    assert made.id == "50314b8e9bcf000000000000:refund:srv-77"
    assert made.occurred_at == 1709967600000


def test_partial_refund_carries_the_order_and_refund_ids_and_what_was_given_back() -> None:
    (made,) = run(RECORDS[2]).interactions
    assert made.id == "50314b8e9bcf000000000000:refund:r-9"
    assert made.amount == 6.0


def test_two_partial_refunds_of_one_order_stay_two() -> None:
    first = order() | {"event": "Order Refunded", "messageId": "a"}
    second = first | {"messageId": "b"}
    assert len({i.id for i in run([first, second]).interactions}) == 2


def test_batch_gives_its_orders_and_counts_other_calls_as_ignored() -> None:
    mapped = run(RECORDS[3])
    assert [i.id for i in mapped.interactions] == ["o-5", "o-6"]
    assert mapped.ignored == 1
    app = mapped.interactions[1]
    assert CHANNELS[app.channel] == "app"
    assert (app.amount, app.currency) == (2469.0, "EUR")
    assert app.identities is not None
    assert app.identities["device"] == "B5372DB0-C21E-11E4-8DFC-AA07A5B093DB"


def test_batch_with_one_bad_order_refuses_only_that_one() -> None:
    mapped = run({"batch": [order(order_id="a"), order(total="abc"), order(order_id="b")]})
    assert [i.id for i in mapped.interactions] == ["a", "b"]
    assert [r.reason for r in mapped.refusals] == [RefusalReason.BAD_VALUE]
    assert "'abc'" in mapped.refusals[0].detail


def test_bare_order_is_a_purchase_in_the_zone_of_times_without_offset() -> None:
    (made,) = run(RECORDS[4], naive_zone="Europe/Berlin").interactions
    assert made.id == "10443"
    assert made.stakeholder == "88"
    assert made.identities == {"customer_id": "88", "email": "grace@example.com"}
    assert made.occurred_at == 1709244900000  # 22:15 UTC


def test_bare_negative_order_is_a_return() -> None:
    (made,) = run(RECORDS[5]).interactions
    assert KINDS[made.kind] == "purchase_returned"
    assert made.amount == 19.9
    assert made.id == "10443:refund:3"


def test_order_completed_with_a_negative_total_is_refused() -> None:
    assert [r.reason for r in run(order(total=-1)).refusals] == [RefusalReason.BAD_VALUE]


@pytest.mark.parametrize(
    ("properties", "amount"),
    [
        ({"total": 5, "revenue": 4}, 5.0),
        ({"total": None, "revenue": "4"}, 4.0),
        ({"total": ..., "value": "3,50"}, 3.5),
        ({"total": ..., "products": [{"price": 2, "quantity": 3}, {"price": "1.25"}]}, 7.25),
        ({"total": ..., "products": [{"price": 2}, {"name": "no price"}]}, None),
        ({"total": ...}, None),
        ({"total": 0}, 0.0),
    ],
)
def test_amount_is_total_then_revenue_then_value_then_the_sum_of_products(
    properties: dict[str, Any], amount: float | None
) -> None:
    assert run(order(**properties)).interactions[0].amount == amount


def test_amount_without_currency_takes_the_default() -> None:
    assert run(order(currency=...), default_currency="SEK").interactions[0].currency == "SEK"


@pytest.mark.parametrize("currency", ["euro", 12, "E1R", ["EUR"]])
def test_currency_that_is_no_code_is_refused(currency: Any) -> None:
    assert [r.reason for r in run(order(currency=currency)).refusals] == [RefusalReason.BAD_VALUE]


def test_marketplace_is_told_from_the_own_shop() -> None:
    assert CHANNELS[run(order(affiliation="Amazon DE")).interactions[0].channel] == "marketplace"


@pytest.mark.parametrize("user", ["null", "undefined", "0", 0, "", " ", "Anonymous"])
def test_placeholder_of_a_user_is_nobody(user: Any) -> None:
    mapped = run(order() | {"userId": user})
    assert [r.reason for r in mapped.refusals] == [RefusalReason.NO_IDENTITY]


@pytest.mark.parametrize("user", ["c\x001", "c\n1", "c\u200b1", ["c"], {"a": 1}, True, 1.5, "x" * 600])
def test_user_id_with_control_characters_or_of_a_wrong_type_is_refused(user: Any) -> None:
    assert [r.reason for r in run(order() | {"userId": user}).refusals] == [RefusalReason.BAD_VALUE]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"timestamp": None}, RefusalReason.MISSING_FIELD),
        ({"timestamp": "yesterday"}, RefusalReason.BAD_VALUE),
        ({"timestamp": "1901-01-01T00:00:00Z"}, RefusalReason.OUT_OF_RANGE),
        ({"timestamp": 0}, RefusalReason.OUT_OF_RANGE),
        ({"timestamp": "2027-01-15T08:06:00Z"}, RefusalReason.IN_THE_FUTURE),
        ({"event": None}, RefusalReason.MISSING_FIELD),
        ({"event": 5}, RefusalReason.BAD_VALUE),
        ({"properties": None}, RefusalReason.MISSING_FIELD),
        ({"properties": "x"}, RefusalReason.BAD_VALUE),
    ],
)
def test_malformed_order_is_refused_with_its_reason(change: dict[str, Any], reason: RefusalReason) -> None:
    assert [r.reason for r in run(order() | change).refusals] == [reason]


def test_time_just_within_the_tolerance_is_taken() -> None:
    assert run(order() | {"timestamp": NOW + 300_000}).refusals == []
    assert run(order() | {"timestamp": NOW + 300_001}).interactions == []


def test_event_that_means_nothing_is_ignored_whatever_its_properties() -> None:
    mapped = run({"type": "track", "event": "Coupon Applied", "properties": 7})
    assert (mapped.interactions, mapped.refusals, mapped.ignored) == ([], [], 1)


def test_key_is_the_person() -> None:
    assert key(RECORDS[0]) == "c-1042"
    assert key(RECORDS[3]) == "anon-5"
    assert key(RECORDS[4]) == "88"
    assert key({}) is None
