"""All lives in one order of time: what the company's sources send, day after day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.demo.casting import DAYS, OUTAGE, OUTAGE_SOURCE
from streams.demo.crowd import Crowd
from streams.demo.event import DAY_MS
from streams.demo.life import Life

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.demo.casting import Cast
    from streams.demo.event import Event


def simulate(cast: Cast, days: int = DAYS) -> Iterator[list[Event]]:
    """The events of each day, in order of time; a failed feed's events are lost."""
    lives = [Life(role, seed=cast.seed, start=cast.start) for role in cast.roles]
    crowd = Crowd(seed=cast.seed, start=cast.start)
    told: dict[int, list[Event]] = {}
    for each in cast.enacted:
        for event in each.story.events(each.stakeholder, each.at):
            told.setdefault((event.at - cast.start) // DAY_MS, []).append(event)
    for number in range(days):
        events = [event for life in lives for event in life.day(number)]
        events += crowd.day(number) + told.get(number, [])
        for rising in cast.tides:
            events += rising.day(number, seed=cast.seed, start=cast.start)
        if OUTAGE[0] <= number < OUTAGE[1]:
            events = [event for event in events if event.source != OUTAGE_SOURCE]
        events.sort(key=lambda event: event.at)  # stable: equal times keep the order of the cast
        yield events
