"""A company whose people give all three rules plenty to say: buyers who stop, complainers, people who leave the till.

Seeded: the same seed writes the same interactions. Event time runs through months in a minute.
"""

from __future__ import annotations

import heapq
import random
from typing import TYPE_CHECKING, Final

from detectors.interaction import CHANNEL_CODES, KIND_CODES, PARTY_CODES, Channel, Interaction, Kind, Party
from detectors.windows import DAY_MS, HOUR_MS
from detectors.wire import SourceProgress, Tick

if TYPE_CHECKING:
    from collections.abc import Iterator

START_MS: Final = 946_684_800_000  # 2000-01-01: far enough back for hours of feeding
CUSTOMER: Final = PARTY_CODES[Party.CUSTOMER]
PLACES: Final = [CHANNEL_CODES[each] for each in (Channel.PHONE, Channel.MAIL, Channel.CHAT, Channel.TWITTER)]
SITE: Final = CHANNEL_CODES[Channel.SITE]
SHOP: Final = CHANNEL_CODES[Channel.SHOP]

Event = tuple[int, int, bytes, Interaction]


class Company:
    """Interactions in the order of their arrival; 3 % come twice, 2 % of purchases come weeks late."""

    def __init__(self, people: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._heap: list[Event] = []
        self._count = 0
        self.now = START_MS
        self.newest: dict[str, int] = {}
        self._lives = [
            (self._buys, self._buys, self._complains, self._leaves)[number % 4](f"c{number}".encode())
            for number in range(people)
        ]
        for life in self._lives:
            self._next_stretch(life)

    def events(self, count: int) -> list[tuple[bytes, Interaction]]:
        """The next so many; the clock moves on with them."""
        made = []
        for _ in range(count):
            at, number, key, interaction = heapq.heappop(self._heap)
            self.now = max(self.now, at)
            self.newest[interaction.source] = max(self.newest.get(interaction.source, 0), interaction.occurred_at)
            made.append((key, interaction))
            if number < 0:
                self._next_stretch(self._lives[int(key[1:])])
        return made

    def tick(self) -> Tick:
        """What ingest would say now."""
        return Tick(self.now, [SourceProgress(source, 0, newest) for source, newest in self.newest.items()])

    def _next_stretch(self, life: Iterator[list[Event]]) -> None:
        """Queue what the person does next; the last of it, marked by a number below 0, calls for more."""
        stretch = next(life)
        for event in stretch:
            heapq.heappush(self._heap, event)
        at, _, key, _ = max(stretch)
        self._count += 1
        view = self._interaction(Kind.PAGE_VIEWED, at, SITE)
        heapq.heappush(self._heap, (at + 1, -self._count, key, view))

    def _event(self, key: bytes, kind: Kind, at: float, channel: int) -> list[Event]:
        interaction = self._interaction(kind, int(at), channel)
        arrives = int(at)
        if kind == Kind.PURCHASE_MADE and self._random.random() < 0.02:
            arrives += int(self._random.uniform(1, 60) * DAY_MS)
        events = [(arrives, self._count, key, interaction)]
        if self._random.random() < 0.03:
            self._count += 1
            events.append((arrives + HOUR_MS, self._count, key, interaction))
        return events

    def _interaction(self, kind: Kind, at: int, channel: int) -> Interaction:
        self._count += 1
        says = kind in {Kind.TICKET_OPENED, Kind.CALL_MADE, Kind.CHAT_STARTED, Kind.MENTION_MADE}
        source = "purchases" if kind == Kind.PURCHASE_MADE else "tickets" if says else "page-views"
        return Interaction(
            kind=KIND_CODES[kind],
            occurred_at=at,
            id=f"i{self._count}",
            source=source,
            channel=channel,
            party=CUSTOMER,
            complaint=True if says else None,
            text=f"this is the {self._count}th time it broke" if says else None,
        )

    def _buys(self, key: bytes) -> Iterator[list[Event]]:
        """Buys in a rhythm, stops for months, comes back."""
        draw = self._random
        at = START_MS + draw.uniform(0, 10) * DAY_MS
        while True:
            gap = draw.uniform(3, 10) * DAY_MS
            for _ in range(draw.randint(6, 10)):
                yield self._event(key, Kind.PURCHASE_MADE, at, SHOP)
                at += gap * draw.uniform(0.8, 1.2)
            at += gap * draw.uniform(5, 12)

    def _complains(self, key: bytes) -> Iterator[list[Event]]:
        """Complains on two to four channels within days, then is quiet for weeks."""
        draw = self._random
        kinds = (Kind.CALL_MADE, Kind.TICKET_OPENED, Kind.CHAT_STARTED, Kind.MENTION_MADE)
        at = START_MS + draw.uniform(0, 20) * DAY_MS
        while True:
            for place in draw.sample(range(4), draw.randint(2, 4)):
                yield self._event(key, kinds[place], at, PLACES[place])
                at += draw.uniform(0.2, 3) * DAY_MS
            at += draw.uniform(8, 30) * DAY_MS

    def _leaves(self, key: bytes) -> Iterator[list[Event]]:
        """Finishes most purchases on the site, but on some evenings leaves one after the other."""
        draw = self._random
        at = START_MS + draw.uniform(0, 10) * DAY_MS
        while True:
            for _ in range(draw.randint(2, 5)):
                kind = Kind.FUNNEL_EXITED if draw.random() < 0.15 else Kind.FUNNEL_COMPLETED
                yield self._event(key, kind, at, SITE)
                at += draw.uniform(2, 8) * DAY_MS
            for _ in range(draw.randint(3, 7)):
                yield self._event(key, Kind.FUNNEL_EXITED, at, SITE)
                at += draw.uniform(0.2, 3) * HOUR_MS
            at += draw.uniform(8, 20) * DAY_MS
