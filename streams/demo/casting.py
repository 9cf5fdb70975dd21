"""Who plays which part in the company's months, and thereby which shifts are planted.

Besides the planted shifts there are near misses, which must raise nothing: two complaint channels, three within six
weeks, slow buyers, buyers on holiday, passers-by who never buy, talkers who leave the checkout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final

from streams.demo.circles import STORIES
from streams.demo.event import DAY_MS
from streams.demo.people import Habits, Person, new_person
from streams.demo.stories import Story
from streams.demo.tide_tables import TIDES
from streams.demo.tides import Rising

DAYS: Final = 180
FEWEST_PEOPLE: Final = 24
MOST_PEOPLE: Final = 5_000
OUTAGE: Final = (92, 116)
"""Days (first, after the last) on which the posts' feed brings nothing."""
OUTAGE_SOURCE: Final = "tweets"


WAYS: Final = ("email", "voice", "web", "chat", "facebook", "twitter")
"""The ways by which people complain, in Zendesk's words; each is a channel of its own."""


class Part(StrEnum):
    """What is special about somebody's months."""

    BUYER = "buyer"
    ERRATIC_BUYER = "erratic_buyer"
    SLOW_BUYER = "slow_buyer"
    PASSER_BY = "passer_by"
    SILENT_STOP = "silent_stop"
    EXIT_SPIKE = "exit_spike"
    THIRD_CHANNEL = "third_channel"
    REPEAT_COMPLAINT = "repeat_complaint"
    RESOLVED_BUT_BACK = "resolved_but_back"
    TWO_CHANNELS = "two_channels"
    SLOW_COMPLAINER = "slow_complainer"
    ON_HOLIDAY = "on_holiday"
    LOUD_LEAVER = "loud_leaver"


# Share of all people, and how many there are at least; who remains is a buyer.
_SHARES: Final = {
    Part.SILENT_STOP: (0.04, 2),
    Part.EXIT_SPIKE: (0.03, 2),
    Part.THIRD_CHANNEL: (0.025, 2),
    Part.REPEAT_COMPLAINT: (0.015, 1),
    Part.RESOLVED_BUT_BACK: (0.015, 1),
    Part.TWO_CHANNELS: (0.03, 1),
    Part.SLOW_COMPLAINER: (0.01, 1),
    Part.ON_HOLIDAY: (0.03, 1),
    Part.LOUD_LEAVER: (0.01, 1),
    Part.SLOW_BUYER: (0.08, 1),
    Part.ERRATIC_BUYER: (0.05, 1),
    Part.PASSER_BY: (0.22, 1),
}


@dataclass(frozen=True, slots=True)
class Script:
    """What must happen to somebody, by day of the company's months (from 0).

    No purchase from ``stops`` on; none from the first to before the second day of ``away``; a checkout that fails on
    the day ``fails``; ``complaints`` as (day, channel in Zendesk's words), soon said to be ``solved`` or not.
    """

    stops: int | None = None
    away: tuple[int, int] | None = None
    fails: int | None = None
    complaints: tuple[tuple[int, str], ...] = ()
    solved: bool = False


@dataclass(frozen=True, slots=True)
class Planted:
    """A shift that should be told: by which rule, of whom (None: of no person), and from when (epoch ms).

    ``where`` is the cohort that it happens in, if it happens in one.
    """

    rule: str
    stakeholder: str | None
    at: int
    where: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Role:
    """A person with their part and script."""

    person: Person
    part: Part
    script: Script


@dataclass(frozen=True, slots=True)
class Enacted:
    """Somebody who lives a story; it begins at ``at`` (epoch ms)."""

    story: Story
    stakeholder: str
    at: int


@dataclass(frozen=True)
class Cast:
    """Everybody, and what is planted among them, by time; ``start`` is the first day's beginning (epoch ms)."""

    seed: int
    start: int
    roles: list[Role]
    enacted: list[Enacted]
    tides: list[Rising]
    planted: list[Planted]


def cast(*, seed: int, people: int, start: int) -> Cast:
    """Draw everybody; the same arguments give the same cast. Raises ValueError for too few or too many people."""
    if not FEWEST_PEOPLE <= people <= MOST_PEOPLE:
        raise ValueError(f"people is {people}; allowed: {FEWEST_PEOPLE} to {MOST_PEOPLE}")
    rng = Random(f"{seed}:cast")  # noqa: S311 - a story, not a secret
    parts = _parts(rng, people)
    numbers = rng.sample(range(1_000, 1_000 + 9 * MOST_PEOPLE), people)
    roles = []
    for number, part in zip(numbers, parts, strict=True):
        habits = _habits(rng, part)
        person = new_person(rng, number, habits, has_account=part is not Part.PASSER_BY)
        roles.append(Role(person, part, _script(rng, part)))
    planted = [
        Planted(role.part.value, role.person.stakeholder, _begins(role.script, start))
        for role in roles
        if _is_planted(role)
    ]
    planted.append(Planted("dead_feed", None, start + OUTAGE[0] * DAY_MS))
    enacted = _enacted(Random(f"{seed}:stories"), people, start)  # noqa: S311 - likewise
    for life in enacted:
        planted += [Planted(rule, life.stakeholder, life.at + day * DAY_MS) for rule, day in life.story.told]
    tides = _tides(Random(f"{seed}:tides"), people)  # noqa: S311 - likewise
    for each in tides:
        told = each.tide.told
        at = start + (each.begins + told.day) * DAY_MS
        planted.append(Planted(told.rule, None, at, told.where))
        planted += [Planted("fan_emerging", stakeholder, at) for stakeholder in each.fans(seed=seed, start=start)]
    return Cast(seed, start, roles, enacted, tides, sorted(planted, key=lambda each: each.at))


PEOPLE_A_STORY: Final = 100
"""How many customers there are for each further person who lives the same story."""


def _enacted(rng: Random, people: int, start: int) -> list[Enacted]:
    """Who lives which story, each from a day on that leaves time for it."""
    made = []
    for place, story in enumerate(STORIES):
        for copy in range(max(1, people // PEOPLE_A_STORY)):
            begins = start + rng.randrange(0, DAYS - story.days + 1) * DAY_MS
            made.append(Enacted(story, f"{story.party[0]}-{place + 1:02d}{copy:02d}", begins))
    return made


def _tides(rng: Random, people: int) -> list[Rising]:
    """Every tide, each beginning on a day of its own."""
    return [Rising(tide, number, rng.randint(*tide.begins), people) for number, tide in enumerate(TIDES)]


_POSTERS: Final = 0.4
_WRITERS: Final = 0.4
_PLANTED: Final = (
    Part.SILENT_STOP,
    Part.EXIT_SPIKE,
    Part.THIRD_CHANNEL,
    Part.REPEAT_COMPLAINT,
    Part.RESOLVED_BUT_BACK,
)


def _parts(rng: Random, people: int) -> list[Part]:
    parts = [part for part, (share, least) in _SHARES.items() for _ in range(max(least, round(share * people)))]
    parts += [Part.BUYER] * (people - len(parts))
    rng.shuffle(parts)
    return parts


def _is_planted(role: Role) -> bool:
    return role.part in _PLANTED


def _begins(script: Script, start: int) -> int:
    days = [day for day in (script.stops, script.fails, *(day for day, _ in script.complaints)) if day is not None]
    return start + min(days) * DAY_MS


def _habits(rng: Random, part: Part) -> Habits:
    """Habits that fit the part: who shall be missed buys often, who shall surprise is quiet before."""
    silent = part in (Part.EXIT_SPIKE, Part.SILENT_STOP)
    gap, evenness = min(max(rng.lognormvariate(2.6, 0.45), 5.0), 35.0), rng.uniform(4.0, 12.0)
    if part in (Part.SILENT_STOP, Part.ON_HOLIDAY):
        gap, evenness = rng.uniform(5.0, 10.0), rng.uniform(6.0, 14.0)
    elif part is Part.SLOW_BUYER:
        gap, evenness = rng.uniform(35.0, 60.0), rng.uniform(8.0, 14.0)  # slow, not erratic: that is another part
    elif part is Part.ERRATIC_BUYER:
        evenness = rng.uniform(1.5, 3.0)
    elif part is Part.PASSER_BY:
        gap = 0.0
    has_voice = not silent and part is not Part.PASSER_BY
    return Habits(
        gap_days=gap,
        evenness=evenness,
        visits=rng.uniform(0.1, 0.5),
        leaves=rng.uniform(0.0, 0.05) if silent else rng.uniform(0.03, 0.25),
        writes=rng.uniform(0.005, 0.03) if has_voice and rng.random() < _WRITERS else 0.0,
        posts=rng.uniform(0.002, 0.01) if has_voice and rng.random() < _POSTERS else 0.0,
    )


def _script(rng: Random, part: Part) -> Script:
    if part is Part.SILENT_STOP:
        return Script(stops=rng.randrange(60, 130))
    if part is Part.ON_HOLIDAY:
        leaves = rng.randrange(60, 150)
        return Script(away=(leaves, leaves + rng.randrange(9, 14)))
    if part is Part.EXIT_SPIKE:
        return Script(fails=rng.randrange(30, 170))
    if part is Part.LOUD_LEAVER:
        fails = rng.randrange(80, 170)  # the sources are read one after the other: words come weeks before
        return Script(fails=fails, complaints=((fails - rng.randrange(40, 70), "email"),))
    return Script(complaints=_complaints(rng, part), solved=part is Part.RESOLVED_BUT_BACK)


def _complaints(rng: Random, part: Part) -> tuple[tuple[int, str], ...]:
    """By two or three of the ways there are, in any order, within two weeks or not."""
    first = rng.randrange(8, 135)
    later: tuple[int, ...] = ()
    if part is Part.THIRD_CHANNEL:
        later = rng.randrange(1, 6), rng.randrange(6, 12)
    elif part is Part.TWO_CHANNELS:
        later = (rng.randrange(1, 10),)
    elif part is Part.SLOW_COMPLAINER:
        later = rng.randrange(15, 20), rng.randrange(36, 42)
    elif part is Part.RESOLVED_BUT_BACK:
        later = (3,)  # the desk answers within two days
    elif part is Part.REPEAT_COMPLAINT:
        later = rng.randrange(3, 8), rng.randrange(9, 15), rng.randrange(16, 25)
    if not later:
        return ()
    days = (first, *(first + each for each in later))
    if part is Part.REPEAT_COMPLAINT:
        return tuple((day, "email") for day in days)
    return tuple(zip(days, rng.sample(WAYS, len(days)), strict=True))
