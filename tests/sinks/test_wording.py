from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.alert import Contact
from sinks.wording import (
    clean,
    clip,
    contact,
    counted,
    disarm,
    evidence,
    label,
    measured,
    moment,
    number,
    past,
    quote,
    who,
)
from tests.sinks.samples import alert, cohort_alert, ended, feed_alert, silent_stop
from tests.sinks.samples import evidence as proof


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
    assert who(feed_alert()) == "source tweets"


def test_a_measurement_without_a_normal_says_so() -> None:
    record = alert()
    record.measured.baseline = None
    record.measured.unit = ""
    assert measured(record) == "distinct complaint channels: 3 (no own normal yet, threshold 3)"


def test_a_source_has_a_limit_and_no_normal() -> None:
    assert measured(feed_alert()) == "silence of the source: 144.25 hours (limit 120)"


@pytest.mark.parametrize(("count", "told"), [(0, "0 open alerts"), (1, "1 open alert"), (1_200, "1,200 open alerts")])
def test_one_is_no_plural(count: int, told: str) -> None:
    assert counted(count, "open alert") == told


EARLY, LATE = "2026-02-27T08:00:00.000Z", "2026-03-02T09:30:00.000Z"


@pytest.mark.parametrize(
    ("kinds", "total", "told"),
    [
        (["ticket_opened", "call_made"], 2, "2 interactions since 2026-02-27 08:00 UTC"),
        (["funnel_exited", "funnel_exited"], 2, "2 exits since 2026-02-27 08:00 UTC"),
        (["funnel_exited", "funnel_exited"], 3, "3 exits up to 2026-03-02 09:30 UTC"),  # the first is not listed
        (["purchase_made"], 1, "1 purchase up to 2026-02-27 08:00 UTC"),  # nothing came since the start
    ],
)
def test_what_an_alert_rests_on_is_worded_by_what_is_listed(kinds: list[str], total: int, told: str) -> None:
    shown = [proof(kind=kind, occurred_at=at) for kind, at in zip(kinds, (EARLY, LATE), strict=False)]
    assert evidence(alert(evidence=shown, evidence_total=total)) == told


def test_a_cohort_rests_on_what_came_since_its_start_and_an_alert_may_rest_on_nothing() -> None:
    assert evidence(cohort_alert(evidence=[])) == "7 interactions since 2026-03-01 10:15 UTC"
    assert evidence(feed_alert()) == ""
    assert evidence(silent_stop()) == "12 purchases up to 2026-09-26 13:08 UTC"


def test_what_has_ended_had_begun_and_been_raised() -> None:
    assert past(ended("resolved")) == "begun 2026-09-26 13:08 UTC, raised 2026-10-20 00:00 UTC"
    assert past(ended("resolved", raised_at=None)) == "begun 2026-09-26 13:08 UTC"


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
