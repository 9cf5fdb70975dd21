"""The record that others read of a conclusion: what it says of an end, of a withdrawal, and of a source."""

from __future__ import annotations

from typing import Final

import pytest

from detectors.clocks import FeedNews
from detectors.core import Core
from detectors.partition import Partition
from detectors.rules import discover
from detectors.windows import DAY_MS, HOUR_MS
from sinks.alert import Alert, decode_alert, encode_alert
from sinks.stamps import alert_id, time_text
from sinks.terminal import card
from streams.monitor.alerts import feed_alert, person_alert
from tests.detectors.lives import at, life

WEEKLY: Final = """
    day 0   10:00  purchase_made  shop  from=purchases
    day 7   10:00  purchase_made  shop  from=purchases
    day 14  10:00  purchase_made  shop  from=purchases
    day 21  10:00  purchase_made  shop  from=purchases
    day 28  10:00  purchase_made  shop  from=purchases
"""
BACK: Final = "day 80  09:00  purchase_made  shop  from=purchases"
LATE: Final = "day 40  10:00  purchase_made  shop  from=purchases"


def alerts(table: str) -> list[Alert]:
    """The versions of the alerts of silence, through their wire form."""
    made = discover()
    partition = Partition(Core([made["silent_stop"](calibration=4.0)]))  # type: ignore[call-arg]
    partition.apply(life(table))
    rules = partition.core.rules
    written = [
        person_alert(each, rules[each.rule], topic="interactions", partition=0, rules_version="")
        for each in partition.raised
    ]
    return [decode_alert(encode_alert(each)) for each in written]


def test_the_end_of_an_alert_names_what_it_counted_and_when_it_was_raised_and_advises_nothing() -> None:
    opened, resolved = alerts(f"{WEEKLY}\n{BACK}")
    assert opened.raised_at is None
    assert opened.playbook.do
    assert (resolved.status, resolved.raised_at) == ("resolved", opened.detected_at)
    assert ([each.offset for each in resolved.evidence], resolved.evidence_total) == ([0, 1, 2, 3, 4, 5], 6)
    assert (resolved.playbook.do, resolved.playbook.avoid) == ([], [])
    assert resolved.playbook.owner == opened.playbook.owner


def test_a_withdrawal_comes_after_what_it_withdraws_and_says_to_drop_what_was_begun() -> None:
    opened, resolved, retracted = alerts(f"{WEEKLY}\n{BACK}\n{LATE}")
    assert (retracted.status, retracted.version) == ("retracted", 3)
    assert opened.detected_at < resolved.detected_at == retracted.detected_at
    assert retracted.raised_at == opened.detected_at
    assert [each.offset for each in retracted.evidence] == [1, 2, 3, 4, 6, 5]
    assert retracted.playbook.do == ["Nothing to do; drop what was begun because of it"]
    assert retracted.playbook.avoid == []


def test_silence_is_told_by_the_purchases_before_it() -> None:
    (opened,) = alerts(f"{WEEKLY}\n{BACK} by=bob")
    assert "from 5 purchases up to 2024-01-29 10:00 UTC" in " ".join(card(opened).split())


def test_a_finding_may_measure_something_else_than_its_rule_mostly_does() -> None:
    partition = Partition(Core([discover()["silent_stop"](calibration=4.0)]))  # type: ignore[call-arg]
    partition.apply(life(f"{WEEKLY}\n{BACK}"))
    raised, rule = partition.raised[0], partition.core.rules["silent_stop"]

    def measured() -> tuple[str, str]:
        alert = person_alert(raised, rule, topic="interactions", partition=0, rules_version="")
        return alert.measured.name, alert.measured.unit

    assert measured() == rule.measures
    raised.finding.measure = "scales", "times {calibration:g}"
    assert measured() == ("scales", "times 4")


def news(**changes: object) -> FeedNews:
    since, told = at(10, "07:05"), at(10, "07:05") + 27 * HOUR_MS
    values = {"since": since, "at": told, "is_dead": True, "limit_ms": DAY_MS, "is_known": True, "died_at": told}
    return FeedNews(source="tweets", **(values | changes))  # type: ignore[arg-type]


def test_a_dead_feed_is_told_with_its_silence_and_its_limit() -> None:
    alert = feed_alert(news(), rules_version="")
    assert (alert.alert_id, alert.version) == (alert_id("tweets", "dead_feed", at(10, "07:05")), 1)
    assert (alert.status, alert.severity, alert.source, alert.raised_at) == ("open", "critical", "tweets", None)
    assert (alert.measured.value, alert.measured.threshold) == (27, 24)
    assert alert.summary == (
        "No event from tweets has been processed for 27 hours (since 2024-01-11 07:05 UTC); its limit is 24 hours."
        " Alerts that rest on its silence are held."
    )
    assert decode_alert(encode_alert(alert)) == alert


def test_a_feed_of_which_too_little_is_known_is_no_emergency() -> None:
    alert = feed_alert(news(is_known=False), rules_version="")
    assert alert.severity == "warning"
    assert alert.summary == (
        "No event from tweets has been processed for 27 hours (since 2024-01-11 07:05 UTC). Too little is known of this"
        " source to say whether that is unusual. Alerts that rest on its silence are held."
    )


def test_a_feed_that_lives_again_is_told_with_the_limit_that_it_had_passed() -> None:
    back = feed_alert(news(is_dead=False, at=at(20), died_at=at(12)), rules_version="")
    assert (back.version, back.status, back.severity) == (2, "resolved", "info")
    assert (back.measured.threshold, back.raised_at) == (24, time_text(at(12)))
    assert (back.playbook.do, back.playbook.avoid) == ([], [])
    assert feed_alert(news(is_dead=False, died_at=0), rules_version="").raised_at is None


@pytest.mark.parametrize(
    ("hours", "told"),
    [(1, "1 hour"), (1.5, "1.5 hours"), (47, "47 hours"), (48, "2 days"), (60, "2.5 days"), (48_000, "2,000 days")],
)
def test_lengths_are_told_in_hours_and_from_two_days_on_in_days(hours: float, told: str) -> None:
    since = at(10)
    alert = feed_alert(news(since=since, at=since + int(hours * HOUR_MS)), rules_version="")
    assert f"processed for {told} (since" in alert.summary


def test_a_source_without_a_name_of_its_own_is_one_of_many() -> None:
    assert feed_alert(news()._replace(source=""), rules_version="").source == "beyond the first 128"
