"""Stories written down as tables: what they mean, that all of them are understood, and that they are told."""

from __future__ import annotations

import msgspec
import pytest

from detectors.interaction import Interaction
from detectors.rules import discover
from detectors.wire import decode
from streams.demo.casting import DAYS, cast
from streams.demo.circles import STORIES
from streams.demo.event import DAY_MS, HOUR_MS
from streams.demo.stories import TELLING_DAYS, Story, story
from streams.demo.verdict import scores
from tests.streams.demo.direct import START, live


def test_a_line_says_when_what_and_with_what_words() -> None:
    told = story(
        "a visitor",
        "investor",
        "investors",
        """
        days 1 5..9/2  09:30  page_viewed  site  page=/investors  # every other day
        day 10  18:00  call_made  phone  in  content  tone=0.5  score=9  "Is the report out?"
        tells silent_watcher 5
        """,
    )
    events = list(told.events("i-1", START))
    assert [(event.at - START) / DAY_MS for event in events] == [day + 9.5 / 24 for day in (1, 5, 7, 9)] + [10.75]
    assert events[0].record == {
        "id": "i-1-0",
        "occurred_at": START + DAY_MS + 9 * HOUR_MS + HOUR_MS // 2,
        "source": "investors",
        "stakeholder": "i-1",
        "party": "investor",
        "kind": "page_viewed",
        "channel": "site",
        "page": "/investors",
    }
    said = decode(msgspec.json.encode(events[-1].record))
    assert isinstance(said, Interaction)
    assert (said.text, said.complaint, said.tone, said.score, said.score_scale) == (
        "Is the report out?",
        False,
        0.5,
        9.0,
        (0, 10),
    )
    assert (told.days, told.told) == (5 + TELLING_DAYS, (("silent_watcher", 5),))


@pytest.mark.parametrize(
    "line",
    ["day one 09:00 page_viewed site", "day 1 09:00 page_viewed", "day 1 09:00 page_viewed site loud", "tells x"],
)
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="story odd has "):
        story("odd", "investor", "investors", line)


@pytest.mark.parametrize("told", STORIES, ids=[each.name for each in STORIES])
def test_every_story_is_understood_and_fits_into_the_months(told: Story) -> None:
    assert told.days <= DAYS
    assert {rule for rule, _ in told.told} <= discover().keys()
    for event in told.events("x", START):
        assert isinstance(decode(msgspec.json.encode(event.record)), Interaction)


def test_every_story_is_told_and_the_near_misses_are_not() -> None:
    company = cast(seed=1, people=24, start=START)
    lived = live(company)
    living = {each.stakeholder for each in company.enacted}
    planted = [each for each in company.planted if each.stakeholder in living]
    alerts = [alert for alert in lived.alerts if alert.stakeholder in living]
    missed = [score for score in scores(planted, alerts) if score.missed or score.besides]
    assert missed == []
    people = lived.partition.people
    for each in company.enacted:
        if each.story.becomes is not None:
            assert people[each.stakeholder.encode()].type == each.story.becomes, each.story.name


def test_friends_and_the_dormant_have_a_story() -> None:
    assert {"friend", "dormant"} <= {each.becomes for each in STORIES}
