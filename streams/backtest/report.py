"""What a backtest found, and what it rests on; as JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from sinks.stamps import time_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.backtest.backtest import Outcome
    from streams.backtest.comparison import Comparison, Difference, Figures
    from streams.backtest.messages import Told


class RulesUsed(NamedTuple):
    """Where the rules of one side come from (a settings file; None: those in force), and their content hash."""

    settings: str | None
    version: str


class Report(NamedTuple):
    """The findings; ``refused`` counts lines, ``verdicts`` those that the feedback holds, None without feedback."""

    outcome: Outcome
    comparison: Comparison
    partitions: int
    old: RulesUsed
    new: RulesUsed
    refused: int
    verdicts: int | None


def json_lines(report: Report, examples: int) -> Iterator[bytes]:
    """The header, each rule, the total, then so many examples of each rule's gained, lost and changed alerts."""
    for record in _records(report, examples):
        yield msgspec.json.encode(record)


def _records(report: Report, examples: int) -> Iterator[dict[str, Any]]:
    rules = report.comparison.rules
    yield _header(report)
    for difference in rules:
        yield {"record": "rule", "rule": difference.rule, **_counts(difference)}
    yield {"record": "total", **_counts(report.comparison.together)}
    for difference in rules:
        for record, alerts in (("gained", difference.gained), ("lost", difference.lost)):
            for told in alerts[:examples]:
                yield {"record": record, **_subject(told), **_telling(told)}
        for before, after in difference.changed[:examples]:
            yield {"record": "changed", **_subject(after), "old": _telling(before), "new": _telling(after)}


def _header(report: Report) -> dict[str, Any]:
    outcome = report.outcome
    feedback = {"verdicts": report.verdicts, "of_neither": report.comparison.of_neither}
    return {
        "record": "header",
        "partitions": report.partitions,
        "interactions": outcome.interactions,
        "people": outcome.people,
        "refused": report.refused,
        "from": time_text(outcome.first) if outcome.people else None,
        "until": time_text(outcome.newest) if outcome.people else None,
        "days": report.comparison.days,
        "old": {"settings": report.old.settings, "rules_version": report.old.version},
        "new": {"settings": report.new.settings, "rules_version": report.new.version},
        "feedback": None if report.verdicts is None else feedback,
    }


def _counts(difference: Difference) -> dict[str, Any]:
    return {
        "gained": len(difference.gained),
        "lost": len(difference.lost),
        "changed": len(difference.changed),
        "changed_severity": difference.severity,
        "changed_time": difference.time,
        "same": difference.same,
        "old": _figures(difference.old),
        "new": _figures(difference.new),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    rate = figures.per_1000_people_month
    precision = figures.precision
    return {
        "alerts": figures.alerts,
        "per_day": round(figures.per_day, 4),
        "busiest_day": figures.busiest_day,
        "per_1000_people_month": None if rate is None else round(rate, 4),
        "acknowledged": figures.acknowledged,
        "wrong": figures.wrong,
        "precision": None if precision is None else round(precision, 4),
    }


def _subject(told: Told) -> dict[str, Any]:
    return {"rule": told.rule, "alert_id": told.alert_id, "stakeholder": told.stakeholder, "party": told.party}


def _telling(told: Told) -> dict[str, Any]:
    return {"detected_at": told.detected_at, "severity": told.severity, "summary": told.summary}
