"""Which interactions become which counts."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.counts import (
    REPEAT_MS,
    UNNAMED,
    Contact,
    Count,
    Lurk,
    Mention,
    Progress,
    Trial,
    contact_of,
    decode_count,
    encode_count,
    lurk_of,
    mention_of,
    page_trial_of,
    tone_class,
    trial_of,
)
from detectors.interaction import CHANNEL_CODES, KIND_CODES, OUTBOUND, Event, Kind

AT = 1_700_000_000_000


def event(kind: str, *, channel: str = "site", **fields: Any) -> Event:
    return Event(
        kind=KIND_CODES[Kind(kind)], occurred_at=AT, id="i", source="s", channel=CHANNEL_CODES[channel], **fields
    )


def tried(kind: str, before: str | None, *failures: int, clock_ms: int = 0, **fields: Any) -> Trial | None:
    made = event(kind, **{"funnel": "checkout", "step": "payment", **fields})
    return trial_of(made, before, failures, clock_ms=clock_ms, partition=3, offset=8)


@pytest.mark.parametrize(
    "count",
    [
        Mention("Acme", 5, "neutral", "tweets", 0, 1),
        Trial("checkout", "funnel_drop", 5, "payment", True, {"device": "mobile"}, "page-views", 0, 1),
        Contact("Acme", 5, True, "tickets", 0, 1),
        Lurk("LinkedIn", 5, "page-views", 0, 1),
        Progress(0, 2, {"tweets": 5}),
    ],
)
def test_a_count_comes_back_as_it_was(count: Count | Progress) -> None:
    assert decode_count(encode_count(count)) == count


@pytest.mark.parametrize(
    ("tone", "name"),
    [
        (None, "unknown"),
        (-0.051, "negative"),
        (-0.05, "neutral"),
        (0.0, "neutral"),
        (0.05, "neutral"),
        (0.06, "positive"),
    ],
)
def test_a_tone_has_one_of_four_classes(tone: float | None, name: str) -> None:
    assert tone_class(tone) == name


def test_a_mention_says_what_and_when_but_not_who() -> None:
    named = event("mention_made", tone=0.9, subject="Acme")
    assert mention_of(named, 3, 8) == Mention("Acme", AT, "positive", "s", 3, 8)
    assert mention_of(event("mention_made"), 3, 8) == Mention(UNNAMED, AT, "unknown", "s", 3, 8)


def test_an_exit_is_a_failure_at_its_own_step_in_its_segment() -> None:
    assert tried("funnel_exited", None, segment={"device": "mobile"}) == Trial(
        "checkout", "funnel_drop", AT, "payment", True, {"device": "mobile"}, "s", 3, 8
    )


@pytest.mark.parametrize("kind", ["funnel_step_reached", "funnel_completed"])
def test_a_further_step_is_a_success_at_the_one_before(kind: str) -> None:
    assert tried(kind, "shipping") == Trial("checkout", "funnel_drop", AT, "shipping", False, {}, "s", 3, 8)


@pytest.mark.parametrize(
    ("kind", "before", "fields"),
    [
        ("funnel_step_reached", None, {}),
        ("funnel_step_reached", "payment", {}),
        ("funnel_exited", "shipping", {"step": None}),
        ("funnel_exited", "shipping", {"funnel": None}),
        ("funnel_entered", "shipping", {}),
        ("page_viewed", "shipping", {}),
    ],
)
def test_what_ends_no_attempt_is_none(kind: str, before: str | None, fields: dict[str, Any]) -> None:
    assert tried(kind, before, **fields) is None


def test_what_is_told_late_counts_as_of_the_time_its_source_has_reached() -> None:
    late, soon = tried("funnel_exited", None, clock_ms=AT + 5), tried("funnel_exited", None, clock_ms=AT - 5)
    assert late is not None
    assert soon is not None
    assert (late.at, soon.at) == (AT + 5, AT)


def test_a_repeated_failure_within_a_day_is_dropped_a_success_never() -> None:
    assert tried("funnel_exited", None, AT - REPEAT_MS + 1) is None
    assert tried("funnel_exited", None, AT) is None
    assert tried("funnel_exited", None, AT - REPEAT_MS, AT + 1) is not None
    assert tried("funnel_completed", "payment", AT - 1, step="order") is not None


def test_names_from_outside_are_cut() -> None:
    trial = tried("funnel_exited", None, funnel="f" * 999, step="s" * 999)
    assert trial is not None
    assert (len(trial.key), len(trial.step)) == (256, 64)


def test_a_page_is_an_attempt_of_its_own() -> None:
    view = event("page_viewed", page="/pricing", segment={"device": "mobile"})
    trial = page_trial_of(view, was_last=True, clock_ms=AT + 1, partition=3, offset=8, part=2)
    assert trial == Trial("/pricing", "exit_rate", AT + 1, "", True, {"device": "mobile"}, "s", 3, 8, 2)
    assert page_trial_of(event("page_viewed"), was_last=True, clock_ms=0, partition=3, offset=8) is None


@pytest.mark.parametrize("complaint", [True, False])
def test_a_contact_says_whether_it_is_a_complaint(complaint: bool) -> None:
    made = event("ticket_opened", complaint=complaint, subject="Acme")
    assert contact_of(made, 3, 8) == Contact("Acme", AT, complaint, "s", 3, 8)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("ticket_opened", {}),
        ("ticket_opened", {"complaint": True, "direction": OUTBOUND}),
        ("page_viewed", {"complaint": True}),
    ],
)
def test_what_nobody_can_tell_or_we_said_ourselves_is_no_contact(kind: str, fields: dict[str, Any]) -> None:
    assert contact_of(event(kind, **fields), 3, 8) is None


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (event("page_viewed", referrer="finance.yahoo.com"), "financial sites"),
        (event("page_viewed", referrer="de.finance.yahoo.com"), "financial sites"),
        (event("traffic_referred", referrer="de.linkedin.com"), "LinkedIn"),
        (event("page_viewed", referrer="glassdoor.co.uk"), "Glassdoor"),
        (event("followed", channel="linkedin"), "LinkedIn"),
        (event("page_viewed", channel="glassdoor"), "Glassdoor"),
        (event("page_viewed", page="/investors/report"), "investor pages"),
        (event("document_downloaded", page="/de/Careers"), "careers pages"),
        (event("page_viewed", page="/shop/more/jobs"), None),
        (event("page_viewed", referrer="yahoo.com", page="/pricing"), None),
        (event("page_viewed"), None),
        (event("purchase_made", referrer="finance.yahoo.com"), None),
    ],
)
def test_a_silent_visit_is_told_by_where_it_comes_from_or_goes_to(made: Event, place: str | None) -> None:
    assert lurk_of(made, 3, 8) == (None if place is None else Lurk(place, AT, "s", 3, 8))
