"""The alerts of both sides matched by their ids, and what they come to: per rule, and together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.backtest.backtest import Outcome
    from streams.backtest.feedback import Word
    from streams.backtest.messages import Told

MONTH_DAYS: Final = 30


class Figures(NamedTuple):
    """The alerts of one side.

    ``per_day`` is by calendar days (UTC), ``busiest_day`` the most on one of them. ``per_1000_people_month`` counts the
    alerts about people by months of 30 days; None for a rule that is not about them. ``acknowledged`` and ``wrong`` are
    what the team said.
    """

    alerts: int
    per_day: float
    busiest_day: int
    per_1000_people_month: float | None
    acknowledged: int
    wrong: int

    @property
    def precision(self) -> float | None:
        """The share of right ones among those that the team spoke of; None if it spoke of none."""
        judged = self.acknowledged + self.wrong
        return self.acknowledged / judged if judged else None


class Difference(NamedTuple):
    """One rule on both sides, or all rules together (``rule`` None); each list has the newest alert first.

    ``gained`` are those that only the new side raises, ``lost`` those that only the old one does, ``changed`` those
    that both raise, but with another severity or at another time: as they were and as they would be.
    """

    rule: str | None
    old: Figures
    new: Figures
    gained: list[Told]
    lost: list[Told]
    changed: list[tuple[Told, Told]]
    same: int

    @property
    def severity(self) -> int:
        """How many changed their severity."""
        return sum(before.severity != after.severity for before, after in self.changed)

    @property
    def time(self) -> int:
        """How many changed their time."""
        return sum(before.detected_at != after.detected_at for before, after in self.changed)


class Comparison(NamedTuple):
    """Every rule, all together, and how many verdicts are about alerts that neither side raised (``of_neither``)."""

    days: int
    rules: list[Difference]
    together: Difference
    of_neither: int


def compared(outcome: Outcome, rules: Mapping[str, bool], verdicts: Mapping[str, Word]) -> Comparison:
    """Compare the sides by these rules, given with whether they are about people."""
    measure = _Measure(outcome, verdicts)
    return Comparison(
        measure.days,
        [measure.difference(rule, is_personal=is_personal) for rule, is_personal in rules.items()],
        measure.difference(None, is_personal=True),
        len(verdicts.keys() - outcome.old.keys() - outcome.new.keys()),
    )


class _Measure:
    """What alerts are measured by: the days and people of the history, and what the team said."""

    def __init__(self, outcome: Outcome, verdicts: Mapping[str, Word]) -> None:
        self.days = outcome.newest // DAY_MS - outcome.first // DAY_MS + 1 if outcome.people else 0
        self._outcome = outcome
        self._verdicts = verdicts

    def difference(self, rule: str | None, *, is_personal: bool) -> Difference:
        """Match the alerts of the rule; None: of all."""
        old, new = (
            {name: told for name, told in alerts.items() if rule in (None, told.rule)}
            for alerts in (self._outcome.old, self._outcome.new)
        )
        both = [(told, new[name]) for name, told in old.items() if name in new]
        changed = [each for each in both if _changed(*each)]
        return Difference(
            rule,
            self._figures(list(old.values()), is_personal=is_personal),
            self._figures(list(new.values()), is_personal=is_personal),
            sorted((told for name, told in new.items() if name not in old), key=_age, reverse=True),
            sorted((told for name, told in old.items() if name not in new), key=_age, reverse=True),
            sorted(changed, key=lambda each: _age(each[1]), reverse=True),
            len(both) - len(changed),
        )

    def _figures(self, alerts: list[Told], *, is_personal: bool) -> Figures:
        personal = sum(told.stakeholder is not None for told in alerts)
        people_months = self._outcome.people * self.days / MONTH_DAYS
        said = Counter(self._verdicts.get(told.alert_id) for told in alerts)
        return Figures(
            len(alerts),
            len(alerts) / self.days if self.days else 0.0,
            max(Counter(told.detected_at[:10] for told in alerts).values(), default=0),
            personal * 1000 / people_months if is_personal and people_months else None,
            said["acknowledged"],
            said["wrong"],
        )


def _changed(before: Told, after: Told) -> bool:
    return (before.severity, before.detected_at) != (after.severity, after.detected_at)


def _age(told: Told) -> tuple[str, str]:
    return told.detected_at, told.alert_id
