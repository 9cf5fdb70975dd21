from typing import Any

import pytest

from streams.ingest import people
from streams.ingest.refusal import RefusalReason, Refused


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Ada@Example.com ", "ada@example.com"),
        ("Ada <Ada@Example.com>", "ada@example.com"),
        ("guest", None),
        ("not an address", None),
        ("@example.com", None),
        ("ada@localhost", None),
        (None, None),
        ("", None),
    ],
)
def test_mail_addresses_become_comparable(value: Any, read: str | None) -> None:
    assert people.email(value, "email") == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("+44 (20) 7946-0018", "+442079460018"),
        ("0044 20 7946 0018", "+442079460018"),
        (5550109999, "5550109999"),
        ("ext. 5", None),
        ("12", None),
    ],
)
def test_telephone_numbers_become_comparable(value: Any, read: str | None) -> None:
    assert people.phone(value, "phone") == read


@pytest.mark.parametrize(("value", "read"), [("@AdaL", "adal"), ("ada.l", "ada.l"), ("a b", None), (None, None)])
def test_handles_become_comparable(value: Any, read: str | None) -> None:
    assert people.handle(value, "username") == read


@pytest.mark.parametrize("value", ["undefined", "NULL", "0", 0, "00000000-0000-0000-0000-000000000000"])
def test_placeholders_are_nobody(value: Any) -> None:
    assert people.known(value, "userId") is None


def test_identity_that_is_too_long_is_refused() -> None:
    assert people.known("x" * 256, "userId") == "x" * 256
    with pytest.raises(Refused, match="userId has 257 characters; allowed: 256"):
        people.known("x" * 257, "userId")


def test_stakeholder_follows_the_order_then_the_names() -> None:
    order = ("customer_id", "email")
    assert people.stakeholder({"email": "a@b.c", "customer_id": "7"}, order) == "7"
    assert people.stakeholder({"email": "a@b.c", "cookie": "x"}, order) == "email:a@b.c"
    assert people.stakeholder({"handle:x": "h", "cookie": "x"}, order) == "cookie:x"
    with pytest.raises(Refused) as refused:
        people.stakeholder({}, order)
    assert refused.value.reason == RefusalReason.NO_IDENTITY
