"""A backtest's report in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sinks.stamps import time_text
from sinks.wording import clean, clip, counted, label, moment, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.backtest.comparison import Difference, Figures
    from streams.backtest.messages import Told
    from streams.backtest.report import Report

IN_FORCE: Final = "the settings in force"
_WHO: Final = 60
_SHORT_VERSION: Final = len("sha256:") + 12
_TABLE: Final = (
    f"{'':<21}{'alerts':>18}{'of these':>24}{'a day':>16}{'1,000 people, month':>21}",
    f"{'rule':<21}{'old':>9}{'new':>9}{'gained':>8}{'lost':>8}{'changed':>8}{'old':>8}{'new':>8}{'old':>11}{'new':>10}",
)
_FEEDBACK: Final = f"{'right, by feedback':<21}{'old':>24}{'new':>24}"


def lines(report: Report, examples: int) -> Iterator[str]:
    """What it rests on, the table of rules, what feedback says, and so many examples a rule."""
    yield from _heading(report)
    yield ""
    yield from _table(report)
    yield ""
    yield from _feedback(report)
    if examples:
        for difference in report.comparison.rules:
            yield from _examples(difference, examples)


def _heading(report: Report) -> Iterator[str]:
    outcome = report.outcome
    partitions = counted(report.partitions, "partition")
    if outcome.people:
        people = "1 person" if outcome.people == 1 else f"{number(outcome.people)} people"
        span = f"from {moment(time_text(outcome.first))} to {moment(time_text(outcome.newest))}"
        yield f"{counted(outcome.interactions, 'interaction')} of {people}, {span}, in {partitions}"
    else:
        yield f"no interactions, in {partitions}"
    for name, side in (("old", report.old), ("new", report.new)):
        yield f"{name}: {clean(side.settings or IN_FORCE)} ({side.version[:_SHORT_VERSION]})"
    if report.old.version == report.new.version:
        yield "the rules of both are the same"


def _table(report: Report) -> Iterator[str]:
    yield from _TABLE
    rules = report.comparison.rules
    together = report.comparison.together
    silent = [_name(each) for each in rules if not (each.old.alerts or each.new.alerts)]
    for each in (*rules, together):
        if each is together or each.old.alerts or each.new.alerts:
            yield _row(each)
    if silent:
        yield f"no alerts on either side: {', '.join(silent)}"
    yield f"most alerts on one day: {number(together.old.busiest_day)} old, {number(together.new.busiest_day)} new"


def _row(difference: Difference) -> str:
    old, new = difference.old, difference.new
    return (
        f"{_name(difference):<21}{old.alerts:>9,}{new.alerts:>9,}"
        f"{len(difference.gained):>8,}{len(difference.lost):>8,}{len(difference.changed):>8,}"
        f"{number(old.per_day):>8}{number(new.per_day):>8}"
        f"{_rate(old.per_1000_people_month):>11}{_rate(new.per_1000_people_month):>10}"
    )


def _name(difference: Difference) -> str:
    return "together" if difference.rule is None else label(difference.rule)


def _rate(rate: float | None) -> str:
    return "-" if rate is None else number(rate)


def _feedback(report: Report) -> Iterator[str]:
    if report.verdicts is None:
        yield "no feedback stored: how many of these alerts are right is not known"
        return
    differences = (*report.comparison.rules, report.comparison.together)
    yield _FEEDBACK
    for each in differences:
        if each.rule is None or each.old.precision is not None or each.new.precision is not None:
            yield f"{_name(each):<21}{_share(each.old):>24}{_share(each.new):>24}"
    neither = report.comparison.of_neither
    if neither:
        verdicts = counted(report.verdicts, "verdict")
        yield f"{number(neither)} of {verdicts} {'is' if neither == 1 else 'are'} about alerts that neither side raises"


def _share(figures: Figures) -> str:
    if figures.precision is None:
        return "-"
    return f"{number(figures.acknowledged)} of {number(figures.acknowledged + figures.wrong)} ({figures.precision:.0%})"


def _examples(difference: Difference, examples: int) -> Iterator[str]:
    name = _name(difference)
    for what, alerts in (("gained", difference.gained), ("lost", difference.lost)):
        if alerts:
            yield ""
            yield f"{name}: {_some(len(alerts), examples, what)}"
            yield from (f"  {moment(told.detected_at)}  {_told(told)}" for told in alerts[:examples])
    if difference.changed:
        yield ""
        how = f"{number(difference.severity)} in severity, {number(difference.time)} in time"
        yield f"{name}: {_some(len(difference.changed), examples, 'changed')} ({how})"
        yield from (f"  {_change(*each)}" for each in difference.changed[:examples])


def _some(count: int, examples: int, what: str) -> str:
    newest = f", the newest {number(examples)} of them" if count > examples else ""
    return f"{number(count)} {what}{newest}"


def _told(told: Told) -> str:
    said = f"{told.severity}. {clean(told.summary)}"
    if told.stakeholder is None:
        return said
    who = clip(clean(told.stakeholder), _WHO)
    return f"{who if told.party == 'unknown' else f'{told.party} {who}'}: {said}"


def _change(before: Told, after: Told) -> str:
    was = []
    if before.detected_at != after.detected_at:
        was.append(before.detected_at)
    if before.severity != after.severity:
        was.append(before.severity)
    return f"{after.detected_at}  {_told(after)} (Old: {', '.join(was)}.)"
