"""An employee who begins to speak for the company: a life, near misses, and the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.detectors.lives import Run, at, core, life, run

TWICE = """
    day 1   10:00  content_shared  linkedin  as=employee
    day 30  10:00  referral_made   mail      as=employee
"""


def emerging(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("advocate_emerging", **knobs), life(table), until=until)


def test_two_shares_within_30_days_are_an_alert_to_the_owners_only() -> None:
    (opened,) = emerging(TWICE).versions
    assert (opened.status, opened.severity, opened.value, opened.evidence) == ("open", "info", 2, (0, 1))
    assert opened.shift == ("new", "advocate")
    assert opened.summary == "Shared company content or referred somebody 2 times within 30 days."


@pytest.mark.parametrize(
    "change",
    [("day 30  10:00", "day 31  10:00"), ("mail      as=employee", "mail"), ("referral_made ", "content_published ")],
)
def test_too_far_apart_no_employee_or_something_else_is_none(change: tuple[str, str]) -> None:
    assert change[0] in TWICE
    assert emerging(TWICE.replace(*change)).versions == []


def test_more_of_it_is_no_news_and_60_days_without_end_it() -> None:
    more = "\n".join(f"day {day}  10:00  content_shared  linkedin  as=employee" for day in (31, 40, 90))
    opened, ended = emerging(TWICE + more, until=at(400)).versions
    assert (opened.version, ended.status, ended.detected_at) == (1, "resolved", at(150, "10:00"))
    assert (ended.summary, ended.shift) == ("Nothing shared for 60 days.", ("advocate", "new"))
