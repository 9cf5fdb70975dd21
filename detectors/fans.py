"""Who speaks for us, and who is a fan: what the rules about fans have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.day_counts import COUNTER_DAYS
from detectors.finding import RETRACTED
from detectors.past import MEANING, PRAISE, RECOMMENDATIONS, meant
from detectors.relationship import UBER_FAN
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.stakeholder import Stakeholder
    from detectors.trails import Mark

ADVOCACY: Final = (PRAISE, RECOMMENDATIONS)
"""What is taken in here is advocacy: praise in public, a referral, one that led to a purchase, a share."""
FANDOM: Final = (*ADVOCACY, *MEANING)
"""The windows that :func:`is_fan` reads."""
MOST_REMEMBERED: Final = min(PRAISE.keep, RECOMMENDATIONS.keep)
_BECOMES_FAN: Final = "fan_emerging"


def spoken_for(who: Stakeholder) -> list[Mark]:
    """All remembered times that the person spoke for us, by event time."""
    known = [mark for trail in ADVOCACY for mark in who.all_marks(trail)]
    known.sort(key=lambda mark: (mark.at, mark.offset))
    return known


def advocacy(who: Stakeholder) -> list[Mark]:
    """The newest times that the person spoke for us, without a gap: no more than either trail holds."""
    return spoken_for(who)[-MOST_REMEMBERED:]


def days_spoken(who: Stakeholder) -> list[int]:
    """The days (UTC, since 1970) of the times that :func:`advocacy` gives, in order, each once."""
    times: list[int] = []
    for trail in ADVOCACY:
        times.extend(who.times(trail))
    times.sort()
    days: list[int] = []
    for at in times[-MOST_REMEMBERED:]:
        day = at // DAY_MS
        if not days or days[-1] != day:
            days.append(day)
    return days


def is_known_fan(who: Stakeholder, at: int) -> bool:
    """Whether the person is of the type, or was taken for a fan at that time (ms)."""
    episode = who.episode(_BECOMES_FAN)
    if (
        episode is not None
        and episode.started_at <= at
        and (episode.is_open or (episode.status != RETRACTED and at <= episode.detected_at))
    ):
        return True
    return any(standing.type == UBER_FAN for standing in (who, *(who.roles or ())))


def is_fan(who: Stakeholder, at: int, times: int) -> bool:
    """Known as a fan at that time (ms), or spoke for us ``times``, and more often than against us in 90 days."""
    if is_known_fan(who, at):
        return True
    known = times_spoken(who)
    return known >= times and known > meant(who, at, COUNTER_DAYS)[2]


def times_spoken(who: Stakeholder) -> int:
    """How many of the times that :func:`advocacy` gives there are."""
    return min(MOST_REMEMBERED, sum(who.remembered(trail) for trail in ADVOCACY))
