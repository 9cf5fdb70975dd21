"""Shifts of cohorts written down as tables: what they mean, that every rule of cohorts has one, and what is sent."""

from collections import Counter

import msgspec
import pytest

from detectors.cohorts import discover
from detectors.interaction import Interaction
from detectors.wire import decode
from streams.demo.casting import DAYS, OUTAGE, cast
from streams.demo.event import DAY_MS, Event
from streams.demo.stories import INTERACTIONS
from streams.demo.tide_tables import TIDES
from streams.demo.tides import FIRST_NUMBER, REVIEWS, Rising, Stream, Tide, tide
from streams.ingest.mapper import Mapper
from streams.ingest.settings import IngestSettings
from tests.streams.demo.direct import START

LOOKING = tide(
    "a page",
    (3, 3),
    """
    always     10  look  page=/pricing  share=0    # nobody leaves
    days 2..3  20  look  page=/pricing  share=1
    tells exit_rate 2  page=/pricing
    """,
)


def sent(told: Tide, day: int, *, people: int = 60, seed: int = 1) -> list[Event]:
    return list(Rising(told, 0, 0, people).day(day, seed=seed, start=START))


def named(name: str) -> Tide:
    return next(each for each in TIDES if each.told.rule == name)


def test_a_line_says_on_which_days_how_many_do_what() -> None:
    assert LOOKING.streams == (
        Stream(None, 10, "look", {"page": "/pricing", "share": "0"}),
        Stream((2, 3), 20, "look", {"page": "/pricing", "share": "1"}),
    )
    assert (LOOKING.told.rule, LOOKING.told.day, LOOKING.told.where) == ("exit_rate", 2, {"page": "/pricing"})


@pytest.mark.parametrize(("day", "is_risen"), [(-9, False), (1, False), (2, True), (3, True), (4, False)])
def test_the_days_of_a_tide_are_those_of_its_own(day: int, is_risen: bool) -> None:
    stream = LOOKING.on(day)
    assert stream is not None
    assert (stream.a_day == 20) is is_risen


def test_without_a_line_for_a_day_nobody_comes() -> None:
    spike = named("mention_spike")
    assert sent(spike, 1) == []
    assert len(sent(spike, 0)) > 40


@pytest.mark.parametrize(
    "line", ["days 1..2  x  look", "always  2  swim", "always", "always 2 look page", "tells exit_rate", "days 1 2"]
)
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="tide odd has "):
        tide("odd", (0, 0), line)


def test_a_tide_tells_once() -> None:
    with pytest.raises(ValueError, match="tide silent tells 0 times; allowed: once"):
        tide("silent", (0, 0), "always 2 come referrer=ft.com")


def test_every_rule_of_cohorts_has_a_tide_within_the_months_and_its_feed_is_there() -> None:
    assert {each.told.rule for each in TIDES} == set(discover())
    for each in TIDES:
        assert 0 < each.begins[0] <= each.begins[1] < DAYS - 8
    assert named("mention_spike").begins[0] > OUTAGE[1]


def test_the_same_seed_sends_the_same_and_another_seed_something_else() -> None:
    assert sent(TIDES[0], 5) == sent(TIDES[0], 5) != sent(TIDES[0], 5, seed=2)


@pytest.mark.parametrize("told", TIDES, ids=[each.name for each in TIDES])
def test_every_record_is_understood_and_lies_within_its_day(told: Tide) -> None:
    for day in (0, 1, 9):
        for event in sent(told, day):
            assert START + day * DAY_MS <= event.at < START + (day + 1) * DAY_MS
            value = msgspec.json.encode(event.record)
            if event.source == INTERACTIONS:
                assert isinstance(decode(value), Interaction)
            else:
                mapped = Mapper(event.source, IngestSettings()).map(value, event.at)
                assert mapped.interactions
                assert not mapped.refusals


def test_the_share_of_those_who_leave_a_page_is_that_of_the_table() -> None:
    for day, pages in ((0, 3), (2, 2)):
        visits = Counter(event.record["anonymousId"] for event in sent(LOOKING, day))
        assert visits
        assert set(visits.values()) == {pages}


def test_who_brings_a_friend_is_planted_as_a_fan_too() -> None:
    company = cast(seed=1, people=60, start=START)
    rising = next(each for each in company.tides if each.tide.told.rule == "many_at_once")
    brought = {event.record["stakeholder"] for event in rising.day(rising.begins, seed=1, start=START)}
    at = START + rising.begins * DAY_MS
    planted = {each.stakeholder for each in company.planted if each.rule == "fan_emerging" and each.at == at}
    assert len(brought) >= 8
    assert planted >= brought


def test_a_larger_company_has_more_who_buy_on_a_tablet() -> None:
    few, many = (len({e.record["anonymousId"] for e in sent(TIDES[0], 0, people=size)}) for size in (60, 1200))
    assert many > 6 * few


def test_strangers_are_nobody_of_the_cast_and_come_once() -> None:
    company = cast(seed=1, people=60, start=START)
    names: Counter[str] = Counter()
    for rising in company.tides:
        for day in range(30):
            who = {
                event.record.get("anonymousId") or event.record.get("stakeholder") or event.record["data"]["author_id"]
                for event in rising.day(day, seed=1, start=START)
            }
            names.update(who)
    assert set(names.values()) == {1}
    assert max(role.person.number for role in company.roles) < FIRST_NUMBER
    assert REVIEWS not in {each.story.source for each in company.enacted}
