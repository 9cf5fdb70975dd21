"""Tallies of one row, as the monitor tells them to the cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detectors.counts import Count, Opened, Tallied

if TYPE_CHECKING:
    from detectors.cohorts import CohortRule


def a_mention(key: str, at: int, tone: str, source: str, partition: int, offset: int, number: int = 1) -> Tallied:
    """So many mentions of one tone."""
    return Tallied("mention_spike", key, partition, offset, [((at, source, tone, ()), (number, 0))])


def a_trial(
    key: str, rule: str, at: int, step: str, failed: bool, segment: dict[str, str], source: str, partition: int,
    offset: int,
) -> Tallied:  # fmt: skip
    """One attempt at a step."""
    row = (at, source, step, tuple(segment.items()))
    return Tallied(rule, key, partition, offset, [(row, (1, int(failed)))])


def a_contact(key: str, at: int, complaint: bool, source: str, partition: int, offset: int) -> Tallied:
    """One contact."""
    return Tallied("complaint_wave", key, partition, offset, [((at, source, "", ()), (1, int(complaint)))])


def a_lurk(key: str, at: int, source: str, partition: int, offset: int) -> Tallied:
    """One silent visit."""
    return Tallied("lurking_traffic", key, partition, offset, [((at, source, "", ()), (1, 0))])


def an_alert(
    key: str, at: int, stakeholder: str, source: str, partition: int, offset: int, *, is_critical: bool = False
) -> Opened:
    """Somebody's alert, just opened."""
    return Opened(key, partition, offset, [(at, source, stakeholder, at, is_critical)])


def time_of(tally: Count) -> int:
    """When (ms) its first row begins."""
    return tally.rows[0][0][0]


def sort_of(rule: CohortRule, tally: Count) -> Any:
    """What its one count is to the rule."""
    ((_, _, what, segment), (number, failed)) = tally.rows[0]
    [(sort, times)] = rule.sorts(what, segment, number, failed)
    assert times == number
    return sort
