"""Alerts that a monitor has raised, explained from its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from sinks.alert import Measured
from streams.explaining.explaining import explain
from streams.settings import Settings
from tests.detectors.explained import LIVES
from tests.detectors.lives import life
from tests.sinks.samples import alert, cohort_alert, evidence, feed_alert
from tests.streams.broker.fake_consumer import Kept
from tests.streams.explaining.fake_log import COMPLAINTS, OFF, RULES

if TYPE_CHECKING:
    from sinks.alert import Alert
    from streams.explaining.explanation import Explanation
    from tests.streams.explaining.fake_log import FakeLog

CALM: Final = f"{COMPLAINTS}\nday 30 10:00 purchase_made shop by=bob from=tickets"


def other_rules(**knobs: Any) -> Settings:
    return Settings(rules=OFF | {"third_channel": knobs})


async def explained(alert: Alert, settings: Settings = RULES) -> Explanation:
    return await explain(settings, alert, lambda records, total: None)


@pytest.mark.parametrize("name", LIVES)
async def test_every_version_of_every_alert_comes_out_the_same(name: str, log: FakeLog) -> None:
    rule, table, _ = LIVES[name]
    raised = log.monitor(RULES, life(table))
    assert rule in {each.rule for each in raised}
    for each in raised:
        told = await explained(each)
        assert told.recomputed is not None
        assert told.recomputed.result == "same", told.recomputed.differences
        assert msgspec.structs.replace(told.recomputed.alert, evidence=[]) == msgspec.structs.replace(each, evidence=[])
        assert {event.state for event in told.events} == {"found"}
        assert told.prevention.sentence.endswith("and there would have been no alert.")
        assert told.notes == []


async def test_the_counted_events_are_told_as_they_stand_in_the_log(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    told = await explained(raised)
    assert [(each.offset, each.kind, each.channel, each.excerpt, each.complaint) for each in told.events] == [
        (0, "ticket_opened", "mail", "it broke", True),
        (2, "call_made", "phone", None, True),
        (3, "mention_made", "twitter", "still broken", True),
    ]
    assert told.prevention.sentence == (
        "One complaint fewer, or the one on Twitter 7 days later, and there would have been no alert."
    )
    assert told.prevention.without == [0, 2, 3]
    assert told.prevention.later is not None
    assert (told.prevention.later.offset, told.prevention.later.seconds) == (3, 7 * 86_400)


async def test_only_the_log_up_to_the_alert_is_applied(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(f"{COMPLAINTS}\n{COMPLAINTS.replace(' mail', ' phone')}"))
    heard: list[tuple[int, int]] = []
    told = await explain(RULES, raised, lambda *said: heard.append(said))
    assert told.log is not None
    assert (told.log.begin, told.log.records) == (0, 6)
    assert heard == [(3, 10), (6, 10)]


async def test_a_version_that_ended_the_alert_is_explained_by_what_had_raised_it(log: FakeLog) -> None:
    opened, resolved = log.monitor(RULES, life(CALM))
    told = await explained(resolved)
    assert told.recomputed is not None
    assert (resolved.status, told.recomputed.result) == ("resolved", "same")
    assert told.prevention == (await explained(opened)).prevention


async def test_deleted_events_are_told_and_nothing_is_claimed_of_the_rest(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    log.delete_before("interactions", 2)
    told = await explained(raised)
    assert [each.state for each in told.events] == ["deleted", "found", "found"]
    assert told.recomputed is not None
    assert told.recomputed.result == "impossible"
    assert told.recomputed.why == ("what the log has from its present beginning on, offset 2, does not give the alert")
    assert told.prevention.sentence == "The smallest change that would have prevented it can't be told."
    assert told.notes == [
        "1 of the 3 listed events are no longer in the log: retention has deleted what lies before offset 2 of"
        " interactions 0. They are shown as the alert has them."
    ]


async def test_a_log_of_which_nothing_is_left_is_told(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    log.delete_before("interactions", 5)
    told = await explained(raised)
    assert {each.state for each in told.events} == {"deleted"}
    assert told.log is not None
    assert told.log.records == 0
    assert told.recomputed is not None
    assert told.recomputed.result == "impossible"


async def test_a_beginning_that_is_gone_does_not_matter_where_the_alert_does_not_rest_on_it(log: FakeLog) -> None:
    earlier = "day 0 10:00 purchase_made shop\n"
    (raised,) = log.monitor(RULES, life(f"{earlier}{COMPLAINTS}"))
    log.delete_before("interactions", 1)
    told = await explained(raised)
    assert told.recomputed is not None
    assert (told.recomputed.result, told.notes) == ("same", [])


async def test_what_comes_out_otherwise_for_want_of_the_beginning_is_told(log: FakeLog) -> None:
    weekly = "\n".join(f"day {7 * week} 09:00 purchase_made shop" for week in range(8))
    raised, *_ = log.monitor(RULES, life(f"{weekly}\nday 200 09:00 purchase_made shop by=bob"))
    log.delete_before("interactions", 2)
    told = await explained(raised)
    assert told.recomputed is not None
    assert told.recomputed.result == "different"
    assert ("events in all", 8, 6) in {(each.what, each.alert, each.recomputed) for each in told.recomputed.differences}
    assert told.notes == [
        "Retention has deleted what lies before offset 2 of interactions 0, which the alert may rest on as well."
    ]


async def test_with_a_higher_threshold_there_would_have_been_no_alert(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    told = await explained(raised, other_rules(channels=4))
    assert told.recomputed is not None
    assert (told.recomputed.result, told.recomputed.alert) == ("none", None)
    assert told.prevention.sentence == "With the rules in force there would have been no such alert."
    assert told.notes[0].startswith("The rules have changed since the alert (sha256:")
    assert told.notes[0].endswith(": recomputed with those in force.")


async def test_with_a_lower_threshold_the_alert_comes_out_otherwise(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    told = await explained(raised, other_rules(channels=2))
    assert told.recomputed is not None
    assert told.recomputed.result == "different"
    differing = {each.what: (each.alert, each.recomputed) for each in told.recomputed.differences}
    assert differing["value"] == (3, 2)
    assert differing["threshold"] == (3, 2)
    assert told.prevention.without == [0, 2]


async def test_other_rules_may_come_to_the_same_result(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    told = await explained(raised, Settings(rules=OFF | {"silent_stop": {"false_alarms": 0.1}}))
    assert told.recomputed is not None
    assert told.recomputed.result == "same"
    assert len(told.notes) == 1


FOUR_CHANNELS: Final = """
    day 0  10:00  chat_started   chat     complaint
    day 5  10:00  ticket_opened  mail     complaint
    day 6  11:00  call_made      phone    complaint
    day 9  08:00  mention_made   twitter  complaint
"""


async def test_other_rules_may_give_another_alert_at_that_time(log: FakeLog) -> None:
    (raised,) = log.monitor(other_rules(length_days=6), life(FOUR_CHANNELS))
    told = await explained(raised, other_rules(length_days=14))
    assert told.recomputed is not None
    assert told.recomputed.result == "another"
    assert told.recomputed.alert is not None
    assert told.recomputed.alert.started_at == "2024-01-01T10:00:00.000Z"
    assert told.recomputed.alert.measured.value == 4
    assert told.prevention.newest_without == 2


async def test_another_alert_that_comes_only_later_is_not_meant(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    channels = ("mail", "phone", "twitter", "chat")
    more = life("\n".join(f"day 60 10:00 chat_started {channel} complaint" for channel in channels), first_offset=5)
    log.topics["interactions"] += [Kept(each.offset, each.key, each.value) for each in more]
    told = await explained(raised, other_rules(channels=4))
    assert told.recomputed is not None
    assert told.recomputed.result == "none"
    assert told.log is not None
    assert told.log.records == 9


async def test_fewer_versions_than_the_alert_had_are_compared_with_the_last_of_them(log: FakeLog) -> None:
    table = f"{COMPLAINTS}\nday 10 10:00 chat_started chat complaint"
    _, updated = log.monitor(RULES, life(table))
    told = await explained(updated, other_rules(channels=4))
    assert told.recomputed is not None
    assert told.recomputed.result == "different"
    assert ("version", 2, 1) in {(each.what, each.alert, each.recomputed) for each in told.recomputed.differences}


async def test_what_the_present_rules_raise_only_later_is_told_to_be_later(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    more = life("day 11 10:00 chat_started chat complaint", first_offset=5)
    log.topics["interactions"] += [Kept(each.offset, each.key, each.value) for each in more]
    told = await explained(raised, other_rules(channels=4))
    assert told.recomputed is not None
    assert told.recomputed.result == "different"
    differing = {each.what: each.recomputed for each in told.recomputed.differences}
    assert differing["time of detection"] == "2024-01-12T10:00:00.000Z"


async def test_the_same_rules_and_the_whole_log_may_fail_to_give_it(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    log.topics["interactions"][2] = log.topics["interactions"][2]._replace(key=b"bob")
    told = await explained(raised)
    assert told.recomputed is not None
    assert told.recomputed.result == "none"
    assert told.prevention.sentence == "The smallest change that would have prevented it can't be told."


async def test_a_rule_that_is_switched_off_is_told_and_its_events_are_shown(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    told = await explained(raised, other_rules(enabled=False))
    assert told.recomputed is not None
    assert told.recomputed.why == "the rule third_channel is switched off, or unknown here"
    assert {each.state for each in told.events} == {"found"}


async def test_events_of_a_topic_that_was_made_anew_are_told(log: FakeLog) -> None:
    (raised,) = log.monitor(RULES, life(COMPLAINTS))
    log.topics["interactions"][:] = [
        Kept(each.offset, each.key, each.value)
        for each in life("day 1 10:00 call_made phone id=other\nday 1 10:00 tick mail=1")
    ]
    told = await explained(raised)
    assert [each.state for each in told.events] == ["another", "missing", "missing"]
    assert told.notes == ["3 of the 3 listed events are not where the alert says: was the topic made anew?"]
    log.topics["interactions"][0] = Kept(0, b"ann", b"no interaction")
    assert (await explained(raised)).events[0].state == "another"


async def test_a_partition_that_is_not_there_is_told(log: FakeLog) -> None:
    told = await explained(alert(evidence=[evidence(partition=3)]))
    assert told.recomputed is not None
    assert told.recomputed.why == "topic interactions has no partition 3 now"
    assert [each.state for each in told.events] == ["missing"]


async def test_a_key_that_is_no_text_is_found_all_the_same(log: FakeLog) -> None:
    records = [each._replace(key=b"\xff" if each.key == b"ann" else each.key) for each in life(COMPLAINTS)]
    (raised,) = log.monitor(RULES, records)
    assert raised.stakeholder == "\ufffd"
    told = await explained(raised)
    assert told.recomputed is not None
    assert told.recomputed.result == "same"


@pytest.mark.parametrize("of_nobody", [cohort_alert(evidence=[], evidence_total=412), feed_alert()])
async def test_an_alert_of_nobody_is_explained_by_its_figures_without_a_broker(of_nobody: Alert) -> None:
    told = await explained(of_nobody)
    assert (told.events, told.log, told.recomputed) == ([], None, None)
    assert told.prevention.sentence.startswith(f"With {of_nobody.measured.name} below ")
    assert len(told.notes) == 1  # the rules of the sample are not ours


async def test_an_alert_of_a_person_that_lists_nothing_is_explained_by_its_figures() -> None:
    told = await explained(alert(evidence=[], measured=Measured("share", 0.2, 0.6, 0.3, "")))
    assert told.prevention.sentence == "With share above 0.3, there would have been no alert."
