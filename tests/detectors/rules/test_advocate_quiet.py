"""An employee who spoke for the company and has gone quiet: a life, near misses, and the return."""

from __future__ import annotations

from typing import Any

import pytest

from tests.detectors.lives import Run, at, core, life, run

THREE_MONTHS = """
    day 1   10:00  content_shared  linkedin  as=employee
    day 35  10:00  content_shared  linkedin  as=employee
    day 70  10:00  referral_made   mail      as=employee
"""


def quiet(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("advocate_quiet", **knobs), life(table), until=until)


def test_sixty_days_of_silence_after_three_months_of_shares_are_an_alert() -> None:
    (opened,) = quiet(THREE_MONTHS, until=at(131)).versions
    assert (opened.status, opened.severity) == ("open", "warning")
    assert (opened.started_at, opened.detected_at) == (at(70, "10:00"), at(130, "10:00"))
    assert (opened.value, opened.threshold, opened.evidence, opened.shift) == (60, 60, (0, 1, 2), None)
    assert opened.summary == (
        "Shared company content or referred somebody in each of 3 months, but nothing for 60 days."
    )


@pytest.mark.parametrize(
    "change",
    [
        ("day 35  10:00", "day 39  10:00"),  # the month in the middle had none, counted back from the last
        ("day 1   10:00", "day 12  10:00"),
        ("linkedin  as=employee", "linkedin"),
    ],
)
def test_who_shared_less_often_or_is_no_employee_is_not_missed(change: tuple[str, str]) -> None:
    changed = THREE_MONTHS.replace(*change)
    if change[0] == "day 35  10:00":
        changed = changed.replace("day 39  10:00", "day 41  10:00")
    assert quiet(changed, until=at(400)).versions == []


def test_a_share_in_time_puts_it_off() -> None:
    assert quiet(THREE_MONTHS + "day 130  10:00  content_shared  linkedin  as=employee", until=at(135)).versions == []


def test_the_next_share_ends_it() -> None:
    opened, ended = quiet(THREE_MONTHS + "day 150  10:00  content_shared  linkedin  as=employee").versions
    assert (opened.status, ended.status, ended.detected_at) == ("open", "resolved", at(150, "10:00"))
    assert (ended.summary, ended.evidence) == ("Shares again, after 80 days.", (3,))
