"""One person's days: visits, purchases, questions, complaints, posts, and what the script wants of them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from streams.demo import feed
from streams.demo.desk import Desk
from streams.demo.event import DAY_MS, HOUR_MS, Event
from streams.demo.visits import Visits
from streams.demo.words import ANGRY_POSTS, ASKING, CALLS, CHATS, COMPLAINTS, GRUMBLES, PRAISE, QUESTIONS, REPLIES

if TYPE_CHECKING:
    from streams.demo.casting import Role

FAILURES: Final = 4
"""Times that somebody tries on the day on which their checkout fails."""
_BETWEEN_FAILURES_MS: Final = int(2.5 * HOUR_MS)
_REFUNDED: Final = 0.03
_GRUMBLES_APART: Final = 12
"""Days at least from one grumble in public to the next: more of them are a story, which the script tells. So for the
next two, of letters and of praise in public."""
_LETTERS_APART: Final = 12
_PRAISE_APART: Final = 46
_PUBLIC: Final = ("facebook", "twitter")
_SAID: Final = {"voice": CALLS, "chat": CHATS}


class Life:
    """Lives day after day; to be asked for each day once, in order. ``mood`` (-1 to 1) wanders slowly."""

    def __init__(self, role: Role, *, seed: int, start: int) -> None:
        self._person = role.person
        self._habits = role.person.habits
        self._script = role.script
        self._rng = Random(f"{seed}:{role.person.number}")  # noqa: S311 - a story, not a secret
        self._start = start
        self._visits = Visits(role.person, self._rng)
        self._desk = Desk(role.person)
        self._later: dict[int, list[Event]] = {}
        self._mood = self._rng.uniform(-0.3, 0.6)
        self._grumbled = -_GRUMBLES_APART
        self._wrote = -_LETTERS_APART
        self._praised = -_PRAISE_APART
        self._next_purchase = self._rng.uniform(0.0, max(self._habits.gap_days, 1.0))

    def day(self, number: int) -> list[Event]:
        """What the sources send of this day (from 0), in no particular order; all of it lies within the day."""
        self._mood = min(1.0, max(-1.0, self._mood + self._rng.gauss(0.0, 0.05)))
        events = self._later.pop(number, [])
        if number == self._script.fails:
            return events + self._failing_day(number)
        return events + self._shopping(number) + self._looking(number) + self._speaking(number)

    def _shopping(self, number: int) -> list[Event]:
        """The purchase of the day, if it is time for one; one begun and left is tried again soon."""
        habits, script, rng = self._habits, self._script, self._rng
        if not habits.gap_days or number < int(self._next_purchase):
            return []
        if script.stops is not None and number >= script.stops:
            return []
        if script.fails is not None and number == script.fails - 1:
            return []  # what they want to buy is what they will fail to buy tomorrow
        if script.away is not None and script.away[0] <= number < script.away[1]:
            self._next_purchase = script.away[1] + rng.uniform(0.0, 2.0)
            return []
        if rng.random() < habits.leaves:
            self._next_purchase = number + rng.uniform(1.0, 3.0)
            return self._visits.attempt(self._moment(number), leaves=True)
        self._next_purchase += rng.gammavariate(habits.evenness, habits.gap_days / habits.evenness)
        self._next_purchase = max(self._next_purchase, number + 1.0)
        events = self._visits.attempt(self._moment(number), leaves=False)
        if rng.random() < _REFUNDED:
            self._return(events[-1], number + rng.randrange(3, 10))
        return events

    def _return(self, order: Event, day: int) -> None:
        self._later.setdefault(day, []).append(self._visits.refund(order, self._moment(day)))

    def _failing_day(self, number: int) -> list[Event]:
        """One try after the other on one device, each ending at the payment."""
        self._next_purchase = max(self._next_purchase, number + self._rng.uniform(2.0, 5.0))
        events = []
        at = self._start + number * DAY_MS + 9 * HOUR_MS
        for each in range(FAILURES):
            begins = at + each * _BETWEEN_FAILURES_MS + int(self._rng.uniform(0, HOUR_MS))
            events += self._visits.attempt(begins, leaves=True, fails=True)
        return events

    def _looking(self, number: int) -> list[Event]:
        if self._rng.random() >= self._habits.visits:
            return []
        return self._visits.browse(self._moment(number))

    def _speaking(self, number: int) -> list[Event]:
        """What the script says, or now and then a question, a grumble by the usual channel, a post."""
        rng, habits = self._rng, self._habits
        events = []
        for day, channel in self._script.complaints:
            if day == number:
                events += self._complain(number, channel)
        has_trouble = any(abs(number - day) < 45 for day, _ in self._script.complaints)  # one story at a time
        if not has_trouble and number - self._wrote >= _LETTERS_APART and rng.random() < habits.writes:
            self._wrote = number
            is_upset = rng.random() < habits.grumbles * (1.0 - self._mood)
            kind, said = ("problem", rng.choice(COMPLAINTS)) if is_upset else ("question", rng.choice(QUESTIONS))
            events += self._ticket(number, self._person.writes_by, kind, said)
        if rng.random() < habits.posts:
            events.append(self._say_in_public(number))
        return events

    def _say_in_public(self, number: int) -> Event:
        """Praise, a question or a grumble."""
        grumbles = 0.3 if number - self._grumbled > _GRUMBLES_APART else 0.0
        praise = 1.0 + self._mood if number - self._praised >= _PRAISE_APART else 0.0
        said = self._rng.choices((PRAISE, ASKING, GRUMBLES), weights=(praise, 1.0, grumbles))[0]
        if said is GRUMBLES:
            self._grumbled = number
        elif said is PRAISE:
            self._praised = number
        return self._post(self._moment(number), self._rng.choice(said))

    def _complain(self, number: int, channel: str) -> list[Event]:
        """Complain to us or in public; the desk makes a ticket of each, of a post as well."""
        rng = self._rng
        if channel not in _PUBLIC:
            said_to_us = rng.choice(_SAID.get(channel, COMPLAINTS))
            return self._ticket(number, channel, "problem", said_to_us, solves=self._script.solved)
        said = rng.choice(ANGRY_POSTS)
        events = self._ticket(number, channel, "incident", ("Post that mentions us", said), solves=self._script.solved)
        return [self._post(events[0].at - 20_000, said), *events] if channel == "twitter" else events

    def _ticket(
        self, number: int, channel: str, kind: str, said: tuple[str, str], *, solves: bool = True
    ) -> list[Event]:
        """The ticket now, its answer in a day or two."""
        at = self._moment(number) // 1000 * 1000  # Zendesk's times are to the second
        ticket = self._desk.ticket(at, channel, kind, said)
        day = number + self._rng.randrange(1, 3)
        answered = self._moment(day)
        answer = self._desk.answered(ticket, answered, self._rng.choice(REPLIES), solves=solves)
        self._later.setdefault(day, []).append(Event(answered, "tickets", answer))
        return [Event(at, "tickets", self._desk.opened(ticket))]

    def _post(self, at: int, said: str) -> Event:
        return Event(at, "tweets", feed.post(self._person, at, said))

    def _moment(self, number: int) -> int:
        """A time between seven and half past ten in the evening of that day: what begins then ends within it."""
        return self._start + number * DAY_MS + int(self._rng.triangular(7.0, 22.5, 19.0) * HOUR_MS)
