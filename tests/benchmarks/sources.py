"""Source records as Segment, X and Zendesk send them, seeded: what ingest reads in the benchmark.

Nine in ten are page views and steps to a purchase, the rest purchases, posts and tickets. No two texts are the same:
judging one costs as much as mapping several page views, and ingest remembers those it has judged. One event in 250 is a
person's third complaint on a third channel within three days.
"""

from __future__ import annotations

import heapq
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from tests.benchmarks.records import DAY_MS, DAYS, START_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE: Final = 10_000
_WEIGHTS: Final = {"page-views": 910, "purchases": 50, "tweets": 25, "tickets": 15}
"""Parts of a thousand of what is not planned."""
PLANNED: Final = 0.004
"""Share of the events at which three complaints are planned, over three days."""
_STEPS: Final = {
    None: 122,
    "Product Viewed": 40,
    "Product Added": 12,
    "Checkout Started": 8,
    "Checkout Step Viewed": 12,
    "Order Completed": 6,
}
"""What a view is, with its weight; None: a page that is no step to a purchase."""
_AGENTS: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3"
    " Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Safari/537.36",
)
_SUBJECTS: Final = ("the parcel", "my order", "this phone", "the app", "your shop", "the refund", "that new jacket")
_VERBS: Final = ("arrived late", "is still missing", "works well", "looks great", "was charged twice", "never came")
_ENDS: Final = ("what now?", "thanks.", "please help.", "again!", "love it.", "nobody answers.", "any idea why?")
_CHANNELS: Final = ("email", "voice", "chat")

_encode = msgspec.json.Encoder().encode


class SourceRecord(NamedTuple):
    """One record for a source topic; ``complaint`` is the ticket's id when it completes a third channel."""

    source: str
    key: bytes
    value: bytes
    complaint: str | None


class SourceMix:
    """The seeded stream of one company's sources; calling ``records`` again goes on where it stopped."""

    def __init__(self, events: int, seed: int = 1) -> None:
        """``events`` is how many are spread over the days in all."""
        self._random = Random(seed)
        self._at = float(START_MS)
        self._step = DAYS * DAY_MS / events
        self._number = 0
        self._planned: list[tuple[int, int, int]] = []

    def records(self, count: int) -> Iterator[SourceRecord]:
        """The next so many records."""
        random = self._random
        sources = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=count)
        for source in sources:
            self._at += self._step
            self._number += 1
            if self._planned and self._planned[0][0] <= self._at:
                at, person, place = heapq.heappop(self._planned)
                yield self._ticket(person, at, channel=_CHANNELS[place], is_last=place == 2)
                continue
            at = int(self._at)
            if random.random() < PLANNED:
                person = random.randrange(PEOPLE)
                for place in range(3):
                    heapq.heappush(self._planned, (at + place * DAY_MS, person, place))
            yield self._one(source, random.randrange(PEOPLE), at)

    def _one(self, source: str, person: int, at: int) -> SourceRecord:
        if source == "page-views":
            return self._view(person, at)
        if source == "purchases":
            return self._purchase(person, at)
        if source == "tweets":
            return self._tweet(person, at)
        return self._ticket(person, at, channel="web", is_last=False)

    def _view(self, person: int, at: int) -> SourceRecord:
        number = self._number
        step = self._random.choices(list(_STEPS), list(_STEPS.values()))[0]
        call = self._call(person, at)
        if step is None:
            call |= {"type": "page", "name": "Help", "properties": {"path": f"/help/{number % 50}", "title": "Help"}}
        else:
            product = {"product_id": f"p{number % 500}", "name": "Monopoly", "step": 1 + number % 3}
            call |= {"type": "track", "event": step, "properties": product}
        return SourceRecord("page-views", call["anonymousId"].encode(), _encode(call), None)

    def _purchase(self, person: int, at: int) -> SourceRecord:
        number = self._number
        products = [
            {"product_id": f"p{(number + each) % 500}", "name": "Monopoly", "price": 19.0, "quantity": 1}
            for each in range(1 + number % 3)
        ]
        order: dict[str, Any] = {"order_id": f"o-{number}", "total": 19.0 * len(products), "currency": "EUR"}
        order["products"] = products
        call = self._call(person, at) | {"type": "track", "event": "Order Completed", "properties": order}
        return SourceRecord("purchases", call["userId"].encode(), _encode(call), None)

    def _tweet(self, person: int, at: int) -> SourceRecord:
        author = str(50_000 + person)
        post = {
            "id": str(1_700_000_000_000_000_000 + self._number),
            "author_id": author,
            "conversation_id": str(1_700_000_000_000_000_000 + self._number),
            "created_at": _text(at),
            "lang": "en",
            "text": f"@acme {self._words()}",
            "public_metrics": {"retweet_count": 0, "reply_count": 1, "like_count": 2, "quote_count": 0},
        }
        includes = {"users": [{"id": author, "name": f"Person {person}", "username": f"person{person}"}]}
        return SourceRecord("tweets", author.encode(), _encode({"data": post, "includes": includes}), None)

    def _ticket(self, person: int, at: int, *, channel: str, is_last: bool) -> SourceRecord:
        ticket = str(self._number)
        detail = {
            "id": ticket,
            "subject": f"About {_SUBJECTS[self._number % 7]}",
            "description": self._words(),
            "status": "NEW",
            "priority": "NORMAL",
            "type": "QUESTION" if channel == "web" else "PROBLEM",
            "requester_id": str(90_000 + person),
            "requester": {"id": str(90_000 + person), "external_id": f"c-{person:07d}", "locale": "en-GB"},
            "via": {"channel": channel},
            "tags": ["shop"],
            "created_at": _text(at),
            "updated_at": _text(at),
        }
        event = {
            "type": "zen:event-type:ticket.created",
            "id": f"e-{self._number}",
            "time": _text(at),
            "account_id": 1,
            "zendesk_event_version": "2022-11-06",
            "detail": detail,
            "event": {},
        }
        key = f"{90_000 + person}".encode()
        return SourceRecord("tickets", key, _encode(event), ticket if is_last else None)

    def _call(self, person: int, at: int) -> dict[str, Any]:
        number = self._number
        return {
            "messageId": f"ajs-{number:032x}",
            "anonymousId": f"{person * 2654435761 % 2**32:08x}-4b1d-4f6a-9f00-{person:012x}",
            "userId": f"c-{person:07d}",
            "timestamp": _text(at),
            "sentAt": _text(at),
            "context": {
                "ip": "203.0.113.7",
                "locale": "en-GB",
                "userAgent": _AGENTS[number % 2],
                "library": {"name": "analytics.js", "version": "2.11.1"},
                "page": {
                    "path": "/shop",
                    "url": f"https://shop.example.com/shop?id={number}",
                    "referrer": "",
                    "title": "Shop",
                },
            },
            "integrations": {},
        }

    def _words(self) -> str:
        random = self._random
        said = [f"{random.choice(_SUBJECTS)} {random.choice(_VERBS)} {random.choice(_ENDS)}" for _ in range(2)]
        return f"{' '.join(said)} Order {self._number}."


def _text(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"
