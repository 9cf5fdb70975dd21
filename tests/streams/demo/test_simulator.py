"""What the company's sources send, and that it tells the story that was planted."""

import hashlib
from collections.abc import Iterable
from itertools import pairwise

import msgspec
import pytest

from detectors.interaction import KINDS, Interaction
from streams.demo.casting import DAYS, OUTAGE, Cast, Part, Role
from streams.demo.event import DAY_MS, Event
from streams.demo.simulator import simulate
from streams.demo.stories import INTERACTIONS
from streams.ingest.mapper import Mapper
from streams.ingest.mappings import mapping_for
from streams.ingest.settings import IngestSettings
from streams.ingest.zendesk import channel_of
from tests.streams.demo.direct import START


@pytest.fixture(scope="session")
def everything(company: Cast) -> list[Event]:
    return [event for day in simulate(company) for event in day]


@pytest.fixture(scope="session")
def events(everything: list[Event]) -> list[Event]:
    """What sources send; people with a story write interactions themselves."""
    return [event for event in everything if event.source != INTERACTIONS]


@pytest.fixture(scope="session")
def interactions(events: list[Event]) -> list[Interaction]:
    mappers = {source: Mapper(source, IngestSettings()) for source in {event.source for event in events}}
    found = []
    for event in events:
        mapped = mappers[event.source].map(msgspec.json.encode(event.record), event.at)
        assert not mapped.refusals, mapped.refusals[0]
        assert mapped.interactions or event.source == "tickets"
        found += mapped.interactions
    return found


def of(interactions: Iterable[Interaction], role: Role, kind: str) -> list[Interaction]:
    name = role.person.stakeholder
    return [each for each in interactions if each.stakeholder == name and KINDS[each.kind] == kind]


def playing(company: Cast, part: Part) -> list[Role]:
    return [role for role in company.roles if role.part is part]


def day_of(interaction: Interaction) -> int:
    return (interaction.occurred_at - START) // DAY_MS


def fingerprint(company: Cast) -> str:
    digest = hashlib.sha256()
    for day in simulate(company):
        for event in day:
            digest.update(msgspec.json.encode(event))
    return digest.hexdigest()


def test_the_same_cast_lives_the_same_life_to_the_byte(company: Cast) -> None:
    assert fingerprint(company) == fingerprint(company)


def test_events_come_in_order_of_time_and_within_the_months(everything: list[Event]) -> None:
    times = [event.at for event in everything]
    assert times == sorted(times)
    assert times[0] >= START
    assert times[-1] < START + DAYS * DAY_MS


def test_every_source_speaks_and_every_record_is_understood(
    events: list[Event], interactions: list[Interaction]
) -> None:
    assert {event.source for event in events} == {"page-views", "purchases", "tickets", "tweets"}
    assert {each.source for each in interactions} == {"page-views", "purchases", "tickets", "tweets"}


def test_the_times_of_records_are_the_times_of_events(events: list[Event]) -> None:
    mappers = {source: Mapper(source, IngestSettings()) for source in {event.source for event in events}}
    for event in events[::50]:
        (first, *_) = mappers[event.source].map(msgspec.json.encode(event.record), event.at).interactions
        assert abs(first.occurred_at - event.at) < 1000


def test_every_record_has_a_key_and_a_person_keeps_theirs(events: list[Event], company: Cast) -> None:
    keys = {(event.source, mapping_for(event.source).key(event.record)) for event in events}
    assert None not in {key for _, key in keys}
    assert len([key for source, key in keys if source == "tickets"]) <= len(company.roles)


def test_interaction_ids_are_unique_but_for_tickets_listed_again(interactions: list[Interaction]) -> None:
    ids = [(each.source, each.id) for each in interactions]
    assert len(set(ids)) == len(ids)


def test_who_stops_buys_often_before_and_never_after(company: Cast, interactions: list[Interaction]) -> None:
    for role in playing(company, Part.SILENT_STOP):
        days = [day_of(each) for each in of(interactions, role, "purchase_made")]
        assert role.script.stops is not None
        assert len(days) >= 5
        assert days[-1] < role.script.stops


def test_who_is_on_holiday_buys_before_and_after_but_not_then(company: Cast, interactions: list[Interaction]) -> None:
    for role in playing(company, Part.ON_HOLIDAY):
        days = [day_of(each) for each in of(interactions, role, "purchase_made")]
        assert role.script.away is not None
        leaves, back = role.script.away
        assert days[0] < leaves
        assert back <= days[-1]
        assert not [day for day in days if leaves <= day < back]


def test_a_checkout_that_fails_is_tried_again_and_again_by_somebody_who_never_writes(
    company: Cast, interactions: list[Interaction]
) -> None:
    for role in playing(company, Part.EXIT_SPIKE):
        views = of(interactions, role, "page_viewed")
        tries = [each for each in views if each.step == "payment" and day_of(each) == role.script.fails]
        assert len(tries) == 4
        assert not of(interactions, role, "ticket_opened")
        assert not [each for each in of(interactions, role, "purchase_made") if day_of(each) == role.script.fails]


def test_complaints_come_by_the_channels_of_the_script(company: Cast, interactions: list[Interaction]) -> None:
    for role in playing(company, Part.THIRD_CHANNEL):
        complaints = [each for each in of(interactions, role, "ticket_opened") if each.complaint]
        days = [day for day, _ in role.script.complaints]
        within = [each for each in complaints if days[0] <= day_of(each) <= days[-1]]
        wanted = [channel_of({"via": {"channel": way}}) for _, way in role.script.complaints]
        assert [each.channel for each in within] == wanted


def test_who_complains_in_public_is_seen_on_the_feed_as_well(company: Cast, interactions: list[Interaction]) -> None:
    public = [
        (role, day)
        for role in company.roles
        for day, way in role.script.complaints
        if way == "twitter" and not OUTAGE[0] <= day < OUTAGE[1]
    ]
    assert public
    for role, day in public:
        handle = f"handle:twitter:{role.person.handle.lower()}"
        assert [each for each in interactions if each.stakeholder == handle and day_of(each) == day]


def test_passers_by_have_no_name_and_buy_nothing(company: Cast, interactions: list[Interaction]) -> None:
    for role in playing(company, Part.PASSER_BY):
        assert role.person.stakeholder.startswith("cookie:")
        assert not of(interactions, role, "purchase_made")


def test_the_feed_brings_nothing_while_it_fails_and_enough_otherwise(interactions: list[Interaction]) -> None:
    days = [day_of(each) for each in interactions if each.source == "tweets"]
    assert not [day for day in days if OUTAGE[0] <= day < OUTAGE[1]]
    gaps = [after - before for before, after in pairwise(days) if after - before > 0]
    assert sorted(gaps)[-2] <= 4
