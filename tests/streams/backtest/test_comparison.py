"""What two sets of alerts have in common and what not, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from streams.backtest.backtest import Outcome
from streams.backtest.comparison import Comparison, compared
from streams.backtest.messages import Alerts, Told
from tests.streams.commands.samples import DAY

MARCH = 20_513 * DAY
"""2026-03-01."""
RULES = {"third_channel": True, "silent_stop": True, "mention_spike": False}


def told(name: str, day: int = 1, **changes: Any) -> Told:
    values: dict[str, Any] = {
        "alert_id": name,
        "rule": "third_channel",
        "stakeholder": "c-1",
        "party": "customer",
        "severity": "warning",
        "detected_at": f"2026-03-{day:02}T10:00:00.000Z",
        "summary": "Complained.",
    }
    return Told(**(values | changes))


def alerts(*all_told: Told) -> Alerts:
    return Alerts((each.alert_id, each) for each in all_told)


def compare(old: Alerts, new: Alerts, verdicts: dict[str, Any] | None = None, people: int = 500) -> Comparison:
    """Of ten days in March."""
    return compared(Outcome(9_000, people, MARCH + 1, MARCH + 10 * DAY - 1, old, new), RULES, verdicts or {})


def test_alerts_are_gained_lost_or_the_same_by_their_ids() -> None:
    comparison = compare(alerts(told("a"), told("b"), told("c")), alerts(told("b"), told("d")))
    channel, silence, _ = comparison.rules
    assert [each.alert_id for each in channel.gained] == ["d"]
    assert {each.alert_id for each in channel.lost} == {"a", "c"}
    assert (channel.same, channel.changed) == (1, [])
    assert (silence.gained, silence.lost, silence.same) == ([], [], 0)
    together = comparison.together
    assert (len(together.gained), len(together.lost), together.same) == (1, 2, 1)


def test_each_rule_has_its_own() -> None:
    silent = told("s", rule="silent_stop")
    comparison = compare(alerts(told("a"), silent), alerts(silent, told("m", rule="mention_spike", stakeholder=None)))
    assert [(each.rule, len(each.gained), len(each.lost), each.same) for each in comparison.rules] == [
        ("third_channel", 0, 1, 0),
        ("silent_stop", 0, 0, 1),
        ("mention_spike", 1, 0, 0),
    ]
    assert (comparison.together.old.alerts, comparison.together.new.alerts) == (2, 2)


def test_what_differs_only_in_severity_or_time_has_changed() -> None:
    old = alerts(told("time", 2), told("severity", 3), told("both", 4), told("words", 5))
    new = alerts(
        told("time", 1),
        told("severity", 3, severity="critical"),
        told("both", 5, severity="info"),
        told("words", 5, summary="Otherwise."),
    )
    channel = compare(old, new).rules[0]
    assert [(before.alert_id, after.alert_id) for before, after in channel.changed] == [
        ("both", "both"),
        ("severity", "severity"),
        ("time", "time"),
    ]
    assert (channel.changed[0][0].severity, channel.changed[0][1].severity) == ("warning", "info")
    assert (channel.severity, channel.time, channel.same) == (2, 2, 1)
    assert (channel.gained, channel.lost) == ([], [])


def test_the_newest_come_first() -> None:
    new = alerts(told("early", 2), told("late", 9), told("middle", 5))
    assert [each.alert_id for each in compare(alerts(), new).rules[0].gained] == ["late", "middle", "early"]
    assert [each.alert_id for each in compare(new, alerts()).rules[0].lost] == ["late", "middle", "early"]


def test_rates_are_by_calendar_days_and_by_people_and_months_of_thirty_days() -> None:
    comparison = compare(alerts(told("a", 1), told("b", 1), told("c", 4)), alerts(told("a", 1)))
    assert comparison.days == 10
    old, new = comparison.rules[0].old, comparison.rules[0].new
    assert (old.alerts, old.per_day, old.busiest_day) == (3, 0.3, 2)
    assert old.per_1000_people_month == pytest.approx(3 / 500 * 1000 / (10 / 30))
    assert (new.alerts, new.per_day, new.busiest_day) == (1, 0.1, 1)
    silence = comparison.rules[1].old
    assert (silence.per_day, silence.busiest_day, silence.per_1000_people_month) == (0.0, 0, 0.0)


def test_alerts_about_no_person_have_no_rate_by_people() -> None:
    old = alerts(told("a"), told("m", rule="mention_spike", stakeholder=None))
    comparison = compare(old, alerts())
    assert comparison.rules[2].old.per_1000_people_month is None
    assert comparison.rules[2].old.per_day == 0.1
    assert comparison.together.old.per_day == 0.2
    assert comparison.together.old.per_1000_people_month == pytest.approx(1 / 500 * 1000 * 3)


def test_an_hour_of_history_is_one_day() -> None:
    outcome = Outcome(10, 1, MARCH, MARCH + 3_600_000, alerts(told("a")), alerts())
    comparison = compared(outcome, RULES, {})
    assert (comparison.days, comparison.together.old.per_day) == (1, 1.0)


def test_of_nothing_there_are_no_rates() -> None:
    comparison = compared(Outcome(0, 0, MARCH, -1, alerts(), alerts()), RULES, {})
    assert (comparison.days, comparison.together.old.per_day) == (0, 0.0)
    assert comparison.together.old.per_1000_people_month is None


def test_precision_is_the_share_of_right_ones_among_those_spoken_of() -> None:
    old = alerts(told("a"), told("b"), told("c"), told("unspoken"))
    new = alerts(told("a"), told("unspoken"), told("d"))
    verdicts = {"a": "acknowledged", "b": "wrong", "c": "wrong", "nobody's": "wrong"}
    comparison = compare(old, new, verdicts)
    channel = comparison.rules[0]
    assert (channel.old.acknowledged, channel.old.wrong) == (1, 2)
    assert channel.old.precision == pytest.approx(1 / 3)
    assert channel.new.precision == 1.0
    assert comparison.rules[1].old.precision is None
    assert comparison.of_neither == 1
