"""What many strangers do at once, as one writes it down: the shifts of cohorts.

A tide is a table like a story's (``stories``), of strangers who come once and go:

    always      6  look  page=/pricing  share=0.2
    days 0..13  6  look  page=/pricing  share=0.9
    tells exit_rate 0  page=/pricing

``always`` is what happens every day, ``days`` what happens instead, counted from a day that the seed draws; then how
many come a day and what they do:

* ``look``: see the front page, then ``page``, from which ``share`` of them leave; the others go on;
* ``come``: see one page, by way of the site ``referrer``;
* ``buy``: begin a purchase on ``device``; the payment fails for ``share`` of them, of the others hardly anybody leaves;
* ``post``: say on X that they have seen the company's hat on television, all within one hour;
* ``bring``: bring us a friend who buys, which makes each of them a fan;
* ``review``: write about ``topic`` in the reviews, which the company has no feed for; ``share`` of them complain.

``tells`` names the rule that must tell it, from which day on, and the cohort: an alert that names another is not it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from streams.demo import feed
from streams.demo.event import DAY_MS, HOUR_MS, Event
from streams.demo.people import Device, Habits, Person, new_person
from streams.demo.shop import Shop
from streams.demo.stories import INTERACTIONS
from streams.demo.visits import VIEWS, Visits
from streams.demo.words import SURPRISES, SWEATER_COMPLAINTS, SWEATER_PRAISE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALWAYS: Final = "always"
REFERRALS: Final = "friends"
REVIEWS: Final = "reviews"
FIRST_NUMBER: Final = 1_000_000
"""Strangers of tides are numbered from here."""
BUYERS_OF: Final = 120
"""Of a company of so many people ``buy`` means what it says; of a larger one as many more, as it has more customers."""
_MOST_A_DAY: Final = 2_000
_DAYS_EACH: Final = 250
_HABITS: Final = Habits(gap_days=0.0, evenness=1.0, visits=0.0, leaves=0.0)
_LEAVES: Final = 0.05
_TABLET: Final = (
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
    " Mobile/15E148 Safari/604.1"
)
_DEVICES: Final = {"tablet": _TABLET}


@dataclass(frozen=True, slots=True)
class Stream:
    """So many strangers a day who do the same, on days ``first`` to ``last`` of the tide (None: always)."""

    days: tuple[int, int] | None
    a_day: int
    does: str
    how: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """The rule that must tell the tide, from which of its days on, and of which cohort."""

    rule: str
    day: int
    where: dict[str, str]


@dataclass(frozen=True, slots=True)
class Tide:
    """One shift of a cohort; it begins on a day of ``begins`` (first, last)."""

    name: str
    begins: tuple[int, int]
    streams: tuple[Stream, ...]
    told: Told

    def on(self, day: int) -> Stream | None:
        """What happens on a day of the tide: the last line that is about it."""
        lines = [line for line in self.streams if line.days is None or line.days[0] <= day <= line.days[1]]
        return lines[-1] if lines else None


@dataclass(frozen=True, slots=True)
class Rising:
    """A tide of one company: the ``number``-th, which begins on the company's day ``begins``."""

    tide: Tide
    number: int
    begins: int
    people: int

    def fans(self, *, seed: int, start: int) -> Iterator[str]:
        """Who shows by it to be a fan: those who ``bring`` friends, which is a shift of each of them as well."""
        for stream in self.tide.streams:
            if stream.does == "bring" and stream.days is not None:
                for day in range(stream.days[0], stream.days[1] + 1):
                    for event in self.day(self.begins + day, seed=seed, start=start):
                        yield event.record["stakeholder"]

    def day(self, number: int, *, seed: int, start: int) -> Iterator[Event]:
        """What is sent because of it on this day of the company's (from 0), in no particular order."""
        stream = self.tide.on(number - self.begins)
        if stream is None:
            return
        rng = Random(f"{seed}:tide:{self.number}:{number}")  # noqa: S311 - a story, not a secret
        first = FIRST_NUMBER + (self.number * _DAYS_EACH + number) * _MOST_A_DAY
        begins = start + number * DAY_MS
        for place in range(_how_many(rng, stream, self.people)):
            at = begins + int(rng.triangular(7.0, 22.5, 19.0) * HOUR_MS)
            if stream.does == "post":
                at = begins + int((14.0 + rng.random()) * HOUR_MS)
            stranger = new_person(rng, first + place, _HABITS, has_account=False)
            yield from _DOES[stream.does](rng, stranger, at, stream.how)


def tide(name: str, begins: tuple[int, int], table: str) -> Tide:
    """Read the table; raises ValueError naming a line that is none."""
    streams: list[Stream] = []
    told: list[Told] = []
    for text in table.splitlines():
        words = shlex.split(text, comments=True)
        if not words:
            continue
        try:
            if words[0] == "tells":
                told.append(Told(words[1], int(words[2]), _named(words[3:])))
            else:
                streams.append(_stream(words))
        except (IndexError, KeyError, ValueError) as error:
            raise ValueError(f"tide {name} has {text.strip()!r}: {error}") from None
    if len(told) != 1:
        raise ValueError(f"tide {name} tells {len(told)} times; allowed: once")
    return Tide(name, begins, tuple(streams), told[0])


def _stream(words: list[str]) -> Stream:
    days = None
    if words[0] != ALWAYS:
        first, _, last = words.pop(1).partition("..")
        days = int(first), int(last or first)
    _, a_day, does, *how = words
    if does not in _DOES:
        raise ValueError(f"{does!r}; allowed: {', '.join(_DOES)}")
    return Stream(days, int(a_day), does, _named(how))


def _named(words: list[str]) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words)


def _how_many(rng: Random, stream: Stream, people: int) -> int:
    many = stream.a_day * (max(1.0, people / BUYERS_OF) if stream.does == "buy" else 1.0)
    return min(_MOST_A_DAY, round(rng.uniform(0.7, 1.3) * many))


def _look(rng: Random, who: Person, at: int, how: dict[str, str]) -> Iterator[Event]:
    pages = ["/", how["page"]] if rng.random() < float(how["share"]) else ["/", how["page"], "/new"]
    shop = Shop(who)
    for page in pages:
        yield Event(at, VIEWS, shop.page(at, who.devices[0], page, page.strip("/").capitalize() or "Home"))
        at += rng.randrange(5_000, 150_000)


def _come(rng: Random, who: Person, at: int, how: dict[str, str]) -> Iterator[Event]:
    record = Shop(who).page(at, who.devices[0], "/", "Home")
    record["properties"]["referrer"] = f"https://{how['referrer']}/{rng.randrange(1000)}"
    yield Event(at, VIEWS, record)


def _buy(rng: Random, who: Person, at: int, how: dict[str, str]) -> Iterator[Event]:
    device = Device(who.devices[0].anonymous_id, _DEVICES[how["device"]])
    fails = rng.random() < float(how.get("share", "0"))
    visits = Visits(who.on(device), rng)
    yield from visits.attempt(at, leaves=fails or rng.random() < _LEAVES, fails=fails)


def _post(rng: Random, who: Person, at: int, how: dict[str, str]) -> Iterator[Event]:
    yield Event(at, "tweets", feed.post(who, at, rng.choice(SURPRISES)))


def _bring(rng: Random, who: Person, at: int, how: dict[str, str]) -> Iterator[Event]:
    record = {
        "id": f"referral-{who.number}-{rng.randrange(1000)}",
        "occurred_at": at,
        "source": REFERRALS,
        "stakeholder": f"friend-{who.number}",
        "party": "customer",
        "kind": "referral_converted",
        "channel": "mail",
        "direction": "inbound",
    }
    yield Event(at, INTERACTIONS, record)


def _review(rng: Random, who: Person, at: int, how: dict[str, str]) -> Iterator[Event]:
    complains = rng.random() < float(how["share"])
    record = {
        "id": f"review-{who.number}",
        "occurred_at": at,
        "source": REVIEWS,
        "stakeholder": f"reviewer-{who.number}",
        "party": "customer",
        "kind": "review_written",
        "channel": "review_site",
        "direction": "inbound",
        "subject": how["topic"],
        "complaint": complains,
        "tone": -0.6 if complains else 0.5,
        "text": rng.choice(SWEATER_COMPLAINTS if complains else SWEATER_PRAISE),
    }
    yield Event(at, INTERACTIONS, record)


_DOES: Final[dict[str, Callable[[Random, Person, int, dict[str, str]], Iterator[Event]]]] = {
    "look": _look,
    "come": _come,
    "buy": _buy,
    "post": _post,
    "bring": _bring,
    "review": _review,
}
