from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks import Reason, SinkError
from sinks.alert import Contact, Playbook
from sinks.terminal import TerminalSink, card
from tests.sinks.samples import ALERT_ID, alert, cohort_alert, ended, feed_alert, silent_stop

SEQUENCE = re.compile("\x1b\\[[0-9;]*m")


def test_a_card_says_who_what_changed_why_and_what_to_do() -> None:
    assert card(alert()) == (
        "WARNING - new alert - third channel - 2026-03-01 10:15 UTC\n"
        "  customer c-1042: from regular joe to mad bro\n"
        "  A quiet customer now complains on a third channel.\n"
        "  why:   distinct complaint channels: 3 channels in 14 days (normally 0.1, threshold 3),\n"
        "         from 7 interactions up to 2026-03-01 10:15 UTC\n"
        "  do:    Give them one owner.\n"
        "         Listen first.\n"
        "  avoid: No freebies.\n"
        "  who:   support. May be contacted by mail.\n"
        f"  alert {ALERT_ID} version 1"
    )


def test_what_absence_rests_on_lies_before_it() -> None:
    assert "from 12 purchases up to 2026-09-26 13:08 UTC\n" in card(silent_stop(), 200)


def test_the_card_of_an_ended_alert_says_what_it_was_and_gives_no_advice_that_no_longer_holds() -> None:
    assert card(ended("resolved")) == (
        "INFO - resolved - silent stop - 2027-01-02 09:00 UTC\n"
        "  customer c-1042: from at risk to regular joe\n"
        "  Buys again, after 98 days.\n"
        "  was:   begun 2026-09-26 13:08 UTC, raised 2026-10-20 00:00 UTC\n"
        "  from:  12 purchases up to 2026-09-26 13:08 UTC\n"
        "  who:   support\n"
        f"  alert {ALERT_ID} version 2"
    )


def test_the_card_of_a_withdrawn_alert_says_to_drop_what_was_begun() -> None:
    shown = card(ended("retracted", shift=None, raised_at=None, evidence=[], evidence_total=0))
    assert shown == (
        "INFO - withdrawn - silent stop - 2027-01-02 09:00 UTC\n"
        "  customer c-1042\n"
        "  Buys again, after 98 days.\n"
        "  was:   begun 2026-09-26 13:08 UTC\n"
        "  do:    Nothing to do; drop what was begun because of it\n"
        "  who:   support\n"
        f"  alert {ALERT_ID} version 2"
    )


def test_an_alert_of_operations_is_about_a_source_and_nobody_to_contact() -> None:
    assert card(feed_alert(severity="critical")) == (
        "CRITICAL - new alert - dead feed - 2026-03-01 10:15 UTC\n"
        "  source tweets\n"
        "  No event from tweets has been processed for 6 days.\n"
        "  why:   silence of the source: 144.25 hours (limit 120)\n"
        "  do:    Check the producer.\n"
        "  avoid: Do not read it as customers leaving.\n"
        "  who:   operations\n"
        f"  alert {ALERT_ID} version 1"
    )


def test_colour_only_adds_to_the_words() -> None:
    painted = card(alert(severity="critical"), colour=True)
    assert painted.startswith("\x1b[1;31mCRITICAL - new alert")
    assert SEQUENCE.sub("", painted) == card(alert(severity="critical"))


@pytest.mark.parametrize(("status", "word"), [("resolved", "resolved"), ("retracted", "withdrawn")])
def test_a_closed_alert_is_calm_and_says_so(status: str, word: str) -> None:
    assert card(alert(status=status), colour=True).startswith(f"\x1b[1;32mWARNING - {word} - ")


def test_a_cohort_has_no_change_of_type() -> None:
    assert "\n  412 people, funnel step (device mobile, step payment)\n" in card(cohort_alert())


def test_someone_who_opted_out_is_named_as_such() -> None:
    shown = card(alert(contact=Contact(allowed=False, why_not="opted out of mail")))
    assert "who:   support. Do not contact: opted out of mail." in shown


@given(st.text(), st.text(), st.integers(40, 120), st.booleans())
def test_no_foreign_control_character_survives_and_no_line_is_too_wide(
    text: str, other: str, width: int, colour: bool
) -> None:
    record = alert(summary=text, stakeholder=other, alert_id=other, playbook=Playbook(text, "team", [other], [text]))
    shown = SEQUENCE.sub("", card(record, width, colour=colour)) if colour else card(record, width)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown)
    assert max(map(len, shown.split("\n"))) <= width


def test_an_escape_sequence_in_a_name_paints_nothing() -> None:
    assert "\x1b" not in card(alert(stakeholder="\x1b[2J\x1b]0;title\x07me"))


def test_a_width_too_narrow_is_refused_with_the_allowed_one() -> None:
    with pytest.raises(ValueError, match="width is 39; allowed: 40"):
        card(alert(), 39)


async def test_each_version_is_printed_once() -> None:
    stream = io.StringIO()
    sink = TerminalSink(stream, width=100)
    for version in (1, 1, 2, 1):
        await sink.send(alert(version=version))
    await sink.close()
    assert re.findall(r"version (\d)", stream.getvalue()) == ["1", "2"]
    assert stream.getvalue().endswith("version 2\n\n")


async def test_a_terminal_that_knows_only_ascii_shows_question_marks() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        await TerminalSink(stream).send(alert(stakeholder="\u0437\u043e\u044f"))
        assert b"customer ???: from regular joe" in raw.getvalue()


async def test_a_terminal_that_is_gone_is_refused_for_good() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(SinkError) as caught:
        await TerminalSink(stream).send(alert())
    assert (caught.value.reason, caught.value.retryable) == (Reason.REFUSED, False)


async def test_what_was_printed_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.terminal._REMEMBERED", 2)
    sink = TerminalSink(io.StringIO())
    for number in range(4):
        await sink.send(alert(alert_id=str(number)))
    assert list(sink._shown) == ["2", "3"]
