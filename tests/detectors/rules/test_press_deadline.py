"""A journalist asks: a life, near misses, several enquiries, the answer, and none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.detectors.lives import Run, at, core, life, run

ASKED = 'day 1  10:00  enquiry_made  mail  in  as=journalist  "a comment by five, please"'


def press(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("press_deadline", **knobs), life(table), until=until)


def test_an_enquiry_is_a_critical_alert_and_the_answer_ends_it() -> None:
    opened, ended = press(f"{ASKED}\nday 1  10:12  mail_sent  mail  as=journalist").versions
    assert (opened.status, opened.severity, opened.value, opened.evidence) == ("open", "critical", 1, (0,))
    assert opened.shift == ("watcher", "deadline")
    assert opened.summary == "Asked us by e-mail and waits for an answer."
    assert (ended.status, ended.detected_at, ended.shift) == ("resolved", at(1, "10:12"), ("deadline", "watcher"))
    assert ended.summary == "Answered after 12 minutes."


@pytest.mark.parametrize(
    "line",
    [
        "day 1  10:00  enquiry_made  mail  in",
        "day 1  10:00  enquiry_made  mail  in  as=partner",
        "day 1  10:00  document_downloaded  site  as=journalist",
        "day 1  10:00  mail_sent  mail  as=journalist",
    ],
)
def test_others_who_ask_and_journalists_who_do_not_are_none(line: str) -> None:
    assert press(line).versions == []


def test_further_enquiries_update_the_alert() -> None:
    opened, updated, ended = press(
        f"""
        {ASKED}
        day 1  14:00  enquiry_made    phone  in   as=journalist
        day 1  15:00  ticket_replied  mail   in   as=journalist
        day 1  16:30  call_made       phone  out  as=journalist
        """
    ).versions
    assert (opened.version, updated.status, updated.value, updated.evidence) == (1, "updated", 2, (0, 1))
    assert updated.summary == "Asked us 2 times, last by phone, and waits for an answer."
    assert (ended.status, ended.summary) == ("resolved", "Answered after 6 hours.")


def test_an_enquiry_after_an_answer_is_a_new_alert() -> None:
    made = press(
        f"""
        {ASKED}
        day 1  10:12  mail_sent     mail  as=journalist
        day 1  18:00  enquiry_made  mail  in  as=journalist
        """
    )
    assert [(each.status, each.started_at) for each in made.versions] == [
        ("open", at(1, "10:00")),
        ("resolved", at(1, "10:00")),
        ("open", at(1, "18:00")),
    ]


def test_an_enquiry_that_becomes_known_after_the_answer_is_none() -> None:
    made = press(
        f"""
        {ASKED}
        day 1  10:12  mail_sent     mail  as=journalist
        day 1  10:05  enquiry_made  mail  in  as=journalist
        """
    )
    assert [each.status for each in made.versions] == ["open", "resolved"]


def test_what_we_sent_before_the_enquiry_is_no_answer() -> None:
    assert [each.status for each in press(f"{ASKED}\nday 1  09:59  mail_sent  mail  as=journalist").versions] == [
        "open"
    ]


def test_after_72_hours_there_is_nothing_left_to_answer() -> None:
    _, ended = press(ASKED, until=at(9)).versions
    assert (ended.status, ended.detected_at) == ("resolved", at(4, "10:00"))
    assert ended.summary == "No answer of ours became known within 72 hours."
