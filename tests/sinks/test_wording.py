from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.alert import Contact
from sinks.wording import clean, clip, contact, disarm, label, measured, moment, number, quote, who
from tests.sinks.samples import alert


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.0, "3"), (8812.0, "8,812"), (0.1, "0.1"), (12.345, "12.35"), (0.00042, "0.00042"), (-2.5, "-2.5"),
        (0.0, "0"), (1e18, "1e+18"), (float("nan"), "nan"), (float("inf"), "inf"), (0.999, "1"),
    ],
)  # fmt: skip
def test_numbers_read_as_a_person_writes_them(value: float, shown: str) -> None:
    assert number(value) == shown


def test_control_bidi_and_invisible_characters_are_gone_and_words_stay_apart() -> None:
    assert clean("a\x00b\x1b[1m\u202ec\u200bd\te\r\nf\u2028g \ufeff h") == "ab[1mcd e f g h"


def test_persian_and_emoji_joiners_stay() -> None:
    assert (
        clean("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645") == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    )


def test_a_price_and_a_decimal_are_no_address() -> None:
    assert quote("it cost 12.50 at 10:15. Bad") == "it cost 12.50 at 10:15. Bad"


def test_a_scheme_in_any_case_is_disarmed() -> None:
    assert disarm("HTTPS://x hTTp://y FTP://z") == "hxxpS[:]//x hxxp[:]//y FTP[:]//z"


@given(st.text(), st.integers(min_value=4, max_value=40))
def test_a_clipped_text_never_exceeds_its_limit_in_characters_or_utf_16(text: str, limit: int) -> None:
    short = clip(text, limit)
    assert len(short.encode("utf-16-le", "surrogatepass")) // 2 <= limit
    assert short == text or short.endswith("...")


def test_an_unknown_party_and_an_alert_of_nobody_are_worded() -> None:
    assert who(alert(party="unknown")) == "c-1042"
    assert who(alert(stakeholder=None)) == "no single person"


def test_a_measurement_without_a_normal_says_so() -> None:
    record = alert()
    record.measured.baseline = None
    record.measured.unit = ""
    assert measured(record.measured) == "distinct complaint channels: 3 (no own normal yet, threshold 3)"


@pytest.mark.parametrize(
    ("permission", "words"),
    [
        (Contact(allowed=True), "May be contacted."),
        (Contact(allowed=True, by=["mail", "phone"]), "May be contacted by mail, phone."),
        (Contact(allowed=False), "Do not contact: no consent."),
    ],
)
def test_contact_is_one_sentence(permission: Contact, words: str) -> None:
    assert contact(permission) == words


def test_wire_names_and_times_become_words() -> None:
    assert label("mad_bro") == "mad bro"
    assert moment("2026-03-01T10:15:59.999Z") == "2026-03-01 10:15 UTC"
