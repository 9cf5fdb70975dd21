"""Somebody whose ticket was resolved comes back by another way: a life, near misses, order, and the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.detectors.lives import Run, at, core, life, run

BACK = """
    day 1   10:00  ticket_opened    mail   complaint
    day 2   10:00  ticket_replied   mail   out
    day 3   10:00  ticket_resolved  mail
    day 4   06:00  call_made        phone  in
"""


def back(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("resolved_but_back", **knobs), life(table), until=until)


def test_a_call_within_72_hours_of_the_resolution_by_mail_is_an_alert() -> None:
    (opened,) = back(BACK).versions
    assert (opened.status, opened.severity, opened.started_at) == ("open", "warning", at(3, "10:00"))
    assert (opened.value, opened.threshold, opened.evidence) == (20, 72, (2, 3))
    assert opened.shift == ("newcomer", "mad_bro")
    assert opened.summary == "Came back by phone, 20 hours after a case by e-mail was said to be resolved."


@pytest.mark.parametrize(
    "last",
    [
        "day 6  10:01  call_made       phone    in",
        "day 4  06:00  ticket_replied  mail     in",
        "day 4  06:00  call_made       phone    out",
        "day 4  06:00  call_made       phone    content",
        "day 4  06:00  mention_made    twitter  in",
        "day 3  10:00  call_made       phone    in",
        "day 4  06:00  purchase_made   shop",
    ],
)
def test_too_late_the_same_way_ours_content_or_in_public_without_complaint_is_none(last: str) -> None:
    assert back(BACK.replace("day 4   06:00  call_made        phone  in", last)).versions == []


def test_a_ticket_of_which_nobody_knows_how_it_came_says_nothing() -> None:
    assert back(BACK.replace("ticket_resolved  mail", "ticket_resolved  other")).versions == []


def test_at_72_hours_it_still_counts_and_a_complaint_counts_in_public_too() -> None:
    last = "day 6  10:00  mention_made  twitter  in  complaint"
    (opened,) = back(BACK.replace("day 4   06:00  call_made        phone  in", last)).versions
    assert opened.summary.startswith("Came back on Twitter, 72 hours after")


def test_a_resolution_that_becomes_known_after_the_contact_counts() -> None:
    lines = [line for line in BACK.splitlines() if line.strip()]
    (opened,) = back("\n".join([*lines[:2], lines[3], lines[2]])).versions
    assert (opened.started_at, opened.evidence) == (at(3, "10:00"), (3, 2))


def test_it_resolves_after_14_days_without_contact_and_within_45_days_opens_again() -> None:
    made = back(
        BACK
        + """
        day 40  10:00  ticket_resolved  mail
        day 41  10:00  chat_started     chat  in
        """
    )
    assert [(each.status, each.version, each.started_at) for each in made.versions] == [
        ("open", 1, at(3, "10:00")),
        ("resolved", 2, at(3, "10:00")),
        ("open", 3, at(3, "10:00")),
    ]
    assert made.versions[1].detected_at == at(18, "06:00")
    assert made.versions[2].evidence == (4, 5)
    made.pass_all(at(400))
    assert made.versions[-1].status == "resolved"
    assert made.versions[-1].shift == ("mad_bro", "newcomer")


def test_a_further_contact_puts_the_end_off_and_is_no_news() -> None:
    made = back(BACK + "day 10  06:00  call_made  phone  in", until=at(400))
    assert [each.status for each in made.versions] == ["open", "resolved"]
    assert made.versions[-1].detected_at == at(24, "06:00")
