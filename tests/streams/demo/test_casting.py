from collections import Counter

import pytest

from detectors.interaction import CHANNEL_CODES, Channel
from streams.demo.casting import DAYS, WAYS, Cast, Part, cast
from streams.demo.event import DAY_MS
from streams.ingest.zendesk import channel_of
from tests.streams.demo.direct import START

PLANTED = ("exit_spike", "silent_stop", "third_channel", "repeat_complaint", "resolved_but_back")


def test_the_same_seed_gives_the_same_cast(company: Cast) -> None:
    assert cast(seed=3, people=60, start=START) == company


def test_another_seed_gives_another_cast(company: Cast) -> None:
    other = cast(seed=4, people=60, start=START)
    assert {role.person.customer_id for role in other.roles} != {role.person.customer_id for role in company.roles}


def test_nobody_shares_a_name_that_sources_know_them_by(company: Cast) -> None:
    people = [role.person for role in company.roles]
    for names in (
        [person.stakeholder for person in people],
        [person.email for person in people],
        [person.handle.lower() for person in people],
        [person.requester_id for person in people],
        [device.anonymous_id for person in people for device in person.devices],
    ):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("people", [24, 60, 400])
def test_every_part_is_played_and_most_people_are_nothing_special(people: int) -> None:
    parts = Counter(role.part for role in cast(seed=1, people=people, start=START).roles)
    assert set(parts) == set(Part)
    assert sum(parts.values()) == people
    assert parts[Part.BUYER] + parts[Part.PASSER_BY] >= people * (0.3 if people < 60 else 0.5)


def test_what_is_planted_is_what_the_scripts_want(company: Cast) -> None:
    wanted = {(role.part.value, role.person.stakeholder) for role in company.roles if role.part.value in PLANTED}
    wanted |= {(rule, each.stakeholder) for each in company.enacted for rule, _ in each.story.told}
    wanted |= {(each.tide.told.rule, None) for each in company.tides}
    fans = (name for each in company.tides for name in each.fans(seed=company.seed, start=company.start))
    wanted |= {("fan_emerging", name) for name in fans}
    assert {(each.rule, each.stakeholder) for each in company.planted} == wanted | {("dead_feed", None)}


def test_planted_shifts_lie_within_the_months_and_in_order_of_time(company: Cast) -> None:
    times = [each.at for each in company.planted]
    assert times == sorted(times)
    assert all(START <= at < START + (DAYS - 5) * DAY_MS for at in times)


def test_a_third_channel_is_reached_within_two_weeks_and_by_the_near_miss_within_more(company: Cast) -> None:
    for role in company.roles:
        days = [day for day, _ in role.script.complaints]
        if role.part is Part.THIRD_CHANNEL:
            assert len({channel for _, channel in role.script.complaints}) == 3
            assert days[-1] - days[0] < 14
        elif role.part is Part.SLOW_COMPLAINER:
            assert min(days[2] - days[0], days[1] - days[0]) > 14
        elif role.part is Part.REPEAT_COMPLAINT:
            assert len(days) == 4
            assert days[3] - days[0] < 30
        elif role.part is Part.RESOLVED_BUT_BACK:
            assert (days[1] - days[0], role.script.solved) == (3, True)
        elif role.part is Part.TWO_CHANNELS:
            assert len({channel for _, channel in role.script.complaints}) == 2


def test_no_two_ways_of_complaining_are_one_channel() -> None:
    channels = {channel_of({"via": {"channel": way}}) for way in WAYS}
    assert len(channels) == len(WAYS)
    assert CHANNEL_CODES[Channel.OTHER] not in channels


def test_complainers_take_different_ways_in_different_orders() -> None:
    roles = cast(seed=1, people=400, start=START).roles
    stories = {tuple(way for _, way in role.script.complaints) for role in roles if role.part is Part.THIRD_CHANNEL}
    assert len(stories) >= 8
    assert {way for story in stories for way in story} == set(WAYS)


@pytest.mark.parametrize("people", [0, 23, 5001])
def test_too_few_or_too_many_people_are_refused_by_number(people: int) -> None:
    with pytest.raises(ValueError, match=f"people is {people}; allowed: 24 to 5000"):
        cast(seed=1, people=people, start=START)
