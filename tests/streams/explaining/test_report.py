from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sinks.alert import Evidence
from streams.explaining.explaining import explain
from streams.explaining.report import report
from tests.detectors.lives import life
from tests.sinks.samples import alert, cohort_alert, evidence
from tests.streams.explaining.fake_log import COMPLAINTS, RULES

if TYPE_CHECKING:
    from tests.streams.explaining.fake_log import FakeLog


async def test_an_explanation_reads_from_the_alert_to_what_would_have_prevented_it(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    told = await explain(RULES, raised, lambda *_: None)
    assert list(report(told, 100)) == [
        "new alert - third channel - 2024-01-10 08:00 UTC - customer ann",
        "  from newcomer to mad bro",
        "  Complained on Twitter after complaining by e-mail and by phone: 3 complaints on 3 channels within",
        "  8 days.",
        "  measured:   distinct complaint channels: 3 channels in 14 days (no own normal yet, threshold 3)",
        "  counted:    3 events",
        "    2024-01-02 10:00 UTC ticket opened by e-mail, a complaint (interactions 0:0)",
        '      "it broke"',
        "    2024-01-04 11:00 UTC call made by phone, a complaint (interactions 0:2)",
        "    2024-01-10 08:00 UTC mention made on Twitter, a complaint (interactions 0:3)",
        '      "still broken"',
        "  recomputed: 5 records of interactions 0 give the same, value for value",
        "  prevention: One complaint fewer, or the one on Twitter 7 days later, and there would have been no",
        "              alert.",
        f"  alert {raised.alert_id} version 1",
    ]


async def test_what_is_odd_stands_with_the_events_and_in_notes(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    log.delete_before("interactions", 2)
    text = "\n".join(report(await explain(RULES, raised, lambda *_: None), 120))
    assert "ticket opened by e-mail (interactions 0:0, deleted from the log)" in text
    assert "  recomputed: not possible: what the log has from its present beginning on, offset 2, does not" in text
    assert "  note:       1 of the 3 listed events are no longer in the log" in text


async def test_where_no_log_is_there_it_is_told_why_nothing_was_recomputed(log: FakeLog) -> None:
    text = "\n".join(report(await explain(RULES, alert(), lambda *_: None), 120))
    assert "  counted:    7 events, 4 of them not listed" in text
    assert "  recomputed: not possible: topic interactions has no partition 3 now" in text


async def test_an_alert_of_a_cohort_has_figures_alone() -> None:
    told = await explain(RULES, cohort_alert(evidence=[], evidence_total=412), lambda *_: None)
    assert list(report(told, 120))[2:] == [
        "  measured:   distinct complaint channels: 3 channels in 14 days (normally 0.1, threshold 3)",
        "  counted:    412 events, not listed",
        "  note:       The rules have changed since the alert (sha256:0a1b2c, now " + RULES.rules_version()[:15] + ").",
        "  prevention: With distinct complaint channels below 3 channels in 14 days, there would have been no alert.",
        f"  alert {told.alert.alert_id} version 1",
    ]


@pytest.mark.parametrize("width", [40, 88])
async def test_no_text_from_outside_does_anything_to_a_terminal(log: FakeLog, width: int) -> None:
    evil = "\x1b[2J \u202ehttps://evil.example/x\n\x07"
    listed = [
        evidence(excerpt=evil, topic=evil, channel="hologram", kind=evil),
        Evidence("i", "call_made", "phone", "2026-03-01T10:15:00.000Z", "interactions", 0, 7),
    ]
    log.topics[evil] = []
    shown = "\n".join(report(await explain(RULES, alert(evidence=listed, summary=evil), lambda *_: None), width))
    assert not any(each in shown for each in ("\x1b", "\u202e", "\x07"))
    assert "hxxps[:]//evil[.]example" in shown
    assert all(len(line) <= width for line in shown.splitlines())
