"""Purchases and refunds: Segment's ``Order Completed`` and ``Order Refunded``, or the bare order some shops send."""

from __future__ import annotations

from typing import Any, Final

from detectors.interaction import CHANNEL_CODES, KIND_CODES, PARTY_CODES, Channel, Interaction, Kind, Party
from streams.ingest import people, segment
from streams.ingest.moments import moment
from streams.ingest.reading import (
    Record,
    content_id,
    first,
    identifier,
    joined,
    label,
    number,
    objects,
    part,
    required_part,
)
from streams.ingest.refusal import RefusalReason, Refused, shown
from streams.ingest.settings import IngestSettings

SOURCE = "purchases"

MADE: Final = KIND_CODES[Kind.PURCHASE_MADE]
RETURNED: Final = KIND_CODES[Kind.PURCHASE_RETURNED]

EVENTS: Final = {
    "order completed": MADE,
    "completed order": MADE,  # the specification's first version
    "purchase": MADE,
    "order": MADE,
    "order refunded": RETURNED,
    "refunded order": RETURNED,
    "order partially refunded": RETURNED,
    "refund": RETURNED,
    "return": RETURNED,
}
ORDER: Final = ("order_id", "orderId", "transaction_id", "id")
REFUND: Final = ("refund_id", "refundId")
TOTALS: Final = {
    MADE: ("total", "revenue", "value", "amount"),
    RETURNED: ("refund_amount", "total", "revenue", "value", "amount"),
}
BARE_TIMES: Final = (
    "timestamp",
    "created_at",
    "createdAt",
    "occurred_at",
    "processed_at",
    "ordered_at",
    "date",
    "time",
)
BARE_CUSTOMER: Final = ("customer_id", "customerId", "user_id", "userId")
MARKETPLACES: Final = frozenset({"amazon", "ebay", "etsy", "walmart", "zalando"})

_SHOP, _APP, _MARKETPLACE = (CHANNEL_CODES[c] for c in (Channel.SHOP, Channel.APP, Channel.MARKETPLACE))
_CUSTOMER: Final = PARTY_CODES[Party.CUSTOMER]

items = segment.items


def interactions(record: Record, settings: IngestSettings) -> list[Interaction]:
    """One purchase or return. The amount is what was paid, or given back as a positive number.

    A partial refund lists its products, a full one may come without any amount: then the amount is unknown.
    """
    kind, order = _event(record)
    if kind is None:
        return []
    amount, currency = _money(kind, order, settings.default_currency)
    if amount is not None and amount < 0:
        if kind == MADE and record is not order:
            raise Refused(
                RefusalReason.BAD_VALUE, f"total is {amount}; allowed: 0 or more, or the event Order Refunded"
            )
        kind, amount = RETURNED, -amount  # shops that send bare orders book a return as a negative order
    return [
        Interaction(
            kind=kind,
            occurred_at=_occurred_at(record, order, settings),
            id=_id(kind, record, order),
            source=SOURCE,
            channel=_channel(record, order),
            party=_CUSTOMER,
            amount=amount,
            currency=currency,
            subject=_subject(order),
            thread=identifier(first(order, ORDER), "order_id"),
            campaign=segment.campaign(record),
            segment=_segment(record, order),
            identities=_identities(record, order),
        )
    ]


def key(record: Record) -> str | None:
    """The person: user id, else anonymous id, else a bare order's customer or mail address."""
    found = segment.person_key(record)
    return found if found is not None else label(first(record, (*BARE_CUSTOMER, "email")))


def _event(record: Record) -> tuple[int | None, Record]:
    """What happened, and the object that holds the order: the properties, or the record itself when bare."""
    name = segment.event_name(record)
    if name is not None:
        kind = EVENTS.get(name)
        if kind is None or "properties" in record or record.get("type") == "track":
            return kind, record if kind is None else required_part(record, "properties")
        return kind, record
    call = record.get("type")
    if type(call) is str and call.lower() in segment.CALLS:
        return None, record
    if first(record, (*ORDER, *TOTALS[MADE])) is None:
        raise Refused(RefusalReason.MISSING_FIELD, "no event and no order; allowed: a Segment call, or an order_id")
    return EVENTS.get(call.lower(), MADE) if type(call) is str else MADE, record


def _money(kind: int, order: Record, default_currency: str) -> tuple[float | None, str | None]:
    amount = None
    for name in TOTALS[kind]:
        amount = number(order.get(name), name)
        if amount is not None:
            break
    products = order.get("products")
    if amount is None and products is not None:
        amount = _sum(objects(products))
    if amount is None:
        return None, None
    return amount, _currency(order, products) or default_currency


def _sum(products: list[Record]) -> float | None:
    """What the products cost; None unless each has a price. A missing quantity is one."""
    total = 0.0
    for product in products:
        price = number(product.get("price"), "products.price")
        quantity = number(product.get("quantity"), "products.quantity")
        if price is None:
            return None
        total += price * (1.0 if quantity is None else quantity)
    return number(round(total, 6), "sum of products") if products else None


def _currency(order: Record, products: Any) -> str | None:
    code = order.get("currency")
    if code is None or code == "":
        code = next((p["currency"] for p in objects(products) if p.get("currency")), None)
        if code is None:
            return None
    if type(code) is str:
        code = code.strip().upper()
        if len(code) == 3 and code.isascii() and code.isalpha():
            return code
    raise Refused(RefusalReason.BAD_VALUE, f"currency is {shown(code)}; allowed: three letters (ISO 4217)")


def _occurred_at(record: Record, order: Record, settings: IngestSettings) -> int:
    if record is order:
        value = first(order, BARE_TIMES)
        if value is not None:
            return moment(value, settings.zone, "timestamp")
    return segment.occurred_at(record, settings.zone)


def _id(kind: int, record: Record, order: Record) -> str:
    """The order's id; a return adds the refund's, else the message's, so that two partial refunds stay two."""
    order_id = identifier(first(order, ORDER), "order_id")
    message = identifier(first(record, segment.MESSAGE), "messageId")
    if kind == MADE:
        return order_id or message or content_id(record)
    refund = identifier(first(order, REFUND), "refund_id") or message or content_id(order)
    return joined(order_id or "unknown", "refund", refund)


def _channel(record: Record, order: Record) -> int:
    seller = order.get("affiliation")
    if type(seller) is str and seller[:20].partition(" ")[0].lower() in MARKETPLACES:
        return _MARKETPLACE
    return _APP if segment.is_app(record) else _SHOP


def _subject(order: Record) -> str | None:
    products = objects(order.get("products"))
    return label(first(products[0], ("name", "sku", "product_id"))) if products else None


def _segment(record: Record, order: Record) -> dict[str, str] | None:
    found = segment.segment(record)
    payment = label(order.get("payment_method"), 40)
    if payment is not None:
        found["payment_method"] = payment
    return found or None


def _identities(record: Record, order: Record) -> dict[str, str]:
    found = segment.identities(record)
    if "customer_id" not in found:
        customer = people.known(first(order, BARE_CUSTOMER), "customer_id")
        if customer is not None:
            found["customer_id"] = customer
    if "email" not in found:
        address = people.email(first(order, ("email", "customer_email")), "email") or people.email(
            part(order, "customer").get("email"), "customer.email"
        )
        if address is not None:
            found["email"] = address
    return found
