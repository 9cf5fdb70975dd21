from __future__ import annotations

from typing import Any

import pytest

from detectors.interaction import CHANNEL_CODES, KIND_CODES, Channel, Kind
from detectors.prevention import Prevention
from detectors.trails import Mark
from detectors.windows import DAY_MS, HOUR_MS
from sinks.alert import Measured
from streams.explaining.explanation import CountedEvent, Difference, Explanation, Log, PreventedBy, Recomputed
from streams.explaining.sentences import notes, prevented, prevented_by_figures, result
from tests.detectors.lives import at
from tests.sinks.samples import alert

LOG = Log("interactions", 3, 0, 1234)


def mark(number: int, kind: str = Kind.TICKET_OPENED, channel: str = Channel.MAIL) -> Mark:
    return Mark(
        at(number, "10:00"), number, KIND_CODES[Kind(kind)], CHANNEL_CODES[Channel(channel)], f"i{number}", None
    )


MAILS = [mark(1), mark(2), mark(3)]
MIXED = [mark(1, Kind.TICKET_RESOLVED), mark(2, Kind.MENTION_MADE, "twitter")]
EXITS = [mark(number, Kind.FUNNEL_EXITED, "site") for number in (1, 2, 3)]
PLACES = [mark(1), mark(2, Kind.CALL_MADE, "phone"), mark(3), mark(4, Kind.MENTION_MADE, "twitter")]


def found(counted: list[Mark], *, complaints: bool = False, **changes: Any) -> Prevention:
    values: dict[str, Any] = {
        "counted": counted,
        "are_complaints": complaints,
        "without": [],
        "newest": 0,
        "later": None,
        "added": [],
        "by": at(5, "10:00"),
        "is_complete": True,
    }
    return Prevention(**(values | changes))


ENOUGH = ", and there would have been no alert."
SENTENCES = {
    "any of them": (
        found(MAILS, complaints=True, without=MAILS, later=(MAILS[2], DAY_MS)),
        "One complaint fewer, or the last one a day later" + ENOUGH,
    ),
    "some of them": (
        found(PLACES, complaints=True, without=[PLACES[1], PLACES[3]], later=(PLACES[3], 6 * DAY_MS)),
        "Without the complaint by phone or the one on Twitter, or with the one on Twitter 6 days later" + ENOUGH,
    ),
    "many but not all of them": (
        found([*PLACES, *EXITS], without=[*PLACES[1:], EXITS[0]]),
        "Without any one of 4 of the 7 events" + ENOUGH,
    ),
    "those of different kinds": (
        found(MIXED, without=MIXED, later=(MIXED[0], HOUR_MS)),
        "Without the resolved ticket by e-mail or the mention on Twitter, or with the resolved ticket by e-mail an hour"
        " later" + ENOUGH,
    ),
    "several": (found(EXITS, newest=2), "Without the last 2 exits" + ENOUGH),
    "the only one": (
        found([mark(1, Kind.ENQUIRY_MADE, "phone")], without=[mark(1, Kind.ENQUIRY_MADE, "phone")]),
        "Without the enquiry by phone of 2024-01-02 10:00 UTC" + ENOUGH,
    ),
    "the first, the last and the others": (
        found(EXITS, without=[EXITS[0], EXITS[1]], later=(EXITS[2], 30 * HOUR_MS)),
        "Without the first exit or the one on the website of 2024-01-03 10:00 UTC, or with the last one 30 hours later"
        + ENOUGH,
    ),
    "only later": (found(EXITS, later=(EXITS[2], 5 * HOUR_MS)), "The last exit 5 hours later" + ENOUGH),
    "one more": (
        found(EXITS, added=[KIND_CODES[Kind.PURCHASE_MADE]]),
        "One more purchase by 2024-01-06 10:00 UTC" + ENOUGH,
    ),
    "one more of several kinds": (
        found(EXITS, added=[KIND_CODES[kind] for kind in (Kind.CALL_MADE, Kind.CHAT_STARTED, Kind.MAIL_SENT)]),
        "One more call, chat or mail by 2024-01-06 10:00 UTC" + ENOUGH,
    ),
    "nothing": (found(EXITS), "No small change was found that would have prevented it."),
    "nothing so far": (
        found(EXITS, is_complete=False),
        "No small change was found that would have prevented it. Not everything was tried: it would have taken too"
        " long.",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_what_would_have_prevented_it_is_one_plain_sentence(name: str) -> None:
    prevention, sentence = SENTENCES[name]
    assert prevented(prevention) == sentence


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (Measured("silence", 144.2, None, 120, "hours"), "With silence below 120 hours, there"),
        (Measured("mentions", 40, 2.5, 12, "mentions"), "With mentions below 12, there"),
        (Measured("conversion", 0.2, 0.6, 0.4, ""), "With conversion above 0.4, there"),
    ],
)
def test_of_an_alert_without_events_the_threshold_is_told(figures: Measured, sentence: str) -> None:
    assert prevented_by_figures(figures).startswith(sentence)


def test_what_came_of_the_recount_is_told() -> None:
    other = alert(started_at="2026-02-01T10:15:00.000Z")
    differing = [
        Difference("value", 3, 4),
        Difference("baseline", 0.1, None),
        Difference("begin", "2026-02-01T10:15:00.000Z", "2026-03-01T10:15:00.000Z"),
        Difference("shift", None, "regular_joe to mad_bro"),
        Difference("listed events", [1, 2], [1, 2, 3]),
    ]
    assert result(Recomputed("same", alert()), LOG) == "1,234 records of interactions 3 give the same, value for value"
    assert result(Recomputed("none"), LOG) == "1,234 records of interactions 3 give no such alert"
    assert result(Recomputed("impossible", why="it is off"), LOG) == "not possible: it is off"
    assert result(Recomputed("another", other), LOG) == (
        "1,234 records of interactions 3 give not this alert, but another of the rule, begun 2026-02-01 10:15 UTC:"
        " distinct complaint channels: 3 channels in 14 days (normally 0.1, threshold 3)"
    )
    assert result(Recomputed("different", alert(), differing), LOG) == (
        "1,234 records of interactions 3 give something else: value 4 instead of 3, baseline none instead of 0.1, begin"
        " 2026-03-01 10:15 UTC instead of 2026-02-01 10:15 UTC, shift regular joe to mad bro instead of none, 3 listed"
        " events instead of 2, or others"
    )


def explained(*states: Any, result: Any = "same", begin: int = 0, in_force: str = "sha256:0a1b2c") -> Explanation:
    events = [
        CountedEvent(
            interaction="i",
            kind="call_made",
            channel="phone",
            occurred_at="2026-03-01T10:15:00.000Z",
            topic="interactions",
            partition=3,
            offset=1,
            excerpt=None,
            state=state,
        )
        for state in states
    ]
    return Explanation(
        alert=alert(),
        rules_in_force=in_force,
        events=events,
        log=Log("interactions", 3, begin),
        recomputed=Recomputed(result),
        prevention=PreventedBy(""),
    )


def test_nothing_is_noted_where_nothing_is_odd() -> None:
    assert notes(explained("found", "found")) == []
    assert notes(explained("found", begin=500)) == []


def test_deleted_and_lost_events_are_noted() -> None:
    assert notes(explained("deleted", "found", begin=500, result="impossible")) == [
        "1 of the 2 listed events are no longer in the log: retention has deleted what lies before offset 500 of"
        " interactions 3. They are shown as the alert has them."
    ]
    assert notes(explained("missing", "another", "found")) == [
        "2 of the 3 listed events are not where the alert says: was the topic made anew?"
    ]


def test_a_deleted_beginning_is_noted_where_the_result_is_not_the_same() -> None:
    assert notes(explained("found", begin=500, result="different")) == [
        "Retention has deleted what lies before offset 500 of interactions 3, which the alert may rest on as well."
    ]


def test_changed_rules_are_noted() -> None:
    (note,) = notes(explained("found", in_force="sha256:0123456789abcdef"))
    assert note == (
        "The rules have changed since the alert (sha256:0a1b2c, now sha256:01234567): recomputed with those in force."
    )
    (note,) = notes(explained("found", in_force="sha256:9", result="impossible"))
    assert note == "The rules have changed since the alert (sha256:0a1b2c, now sha256:9)."
