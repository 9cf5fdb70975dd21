"""Strangers who post about the company: each once, so that the feed speaks every day and nobody is a fan for it."""

from __future__ import annotations

from random import Random
from typing import Final

from streams.demo import feed
from streams.demo.event import DAY_MS, HOUR_MS, Event
from streams.demo.people import Habits, new_person
from streams.demo.words import ASKING, GRUMBLES, PRAISE

POSTS_A_DAY: Final = 8.0
FIRST_NUMBER: Final = 500_000
"""Strangers are numbered from here; the cast has smaller numbers."""
_HABITS: Final = Habits(gap_days=0.0, evenness=1.0, visits=0.0, leaves=0.0)
_MOST_A_DAY: Final = 1_000


class Crowd:
    """The posts of each day; days are independent of each other."""

    def __init__(self, *, seed: int, start: int) -> None:
        self._seed = seed
        self._start = start

    def day(self, number: int) -> list[Event]:
        """The posts of this day (from 0), in no particular order."""
        rng = Random(f"{self._seed}:crowd:{number}")  # noqa: S311 - a story, not a secret
        made = []
        for place in range(min(_MOST_A_DAY, round(rng.uniform(0.6, 1.4) * POSTS_A_DAY))):
            stranger = new_person(rng, FIRST_NUMBER + number * _MOST_A_DAY + place, _HABITS, has_account=False)
            at = self._start + number * DAY_MS + int(rng.triangular(7.0, 23.0, 19.0) * HOUR_MS)
            said = rng.choice(rng.choices((PRAISE, ASKING, GRUMBLES), weights=(1.0, 1.0, 0.3))[0])
            made.append(Event(at, "tweets", feed.post(stranger, at, said)))
        return made
