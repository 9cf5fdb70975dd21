"""The interactions that every case reads: a seeded mix of 40 kinds, in the compact form that ingest writes.

Two thirds of the events are of kinds that the first rules did not read, and of which later ones read few. The rest are
purchases, funnel ends and words; now and then somebody complains on three channels within days, or leaves the purchase
four times in an evening, so that about one event in a hundred gives a finding. One record in 200 is delivered twice,
one in 100 hours late.
"""

from __future__ import annotations

import heapq
from random import Random
from typing import TYPE_CHECKING, Final

from detectors.interaction import (
    CHANNEL_CODES,
    DIRECTION_CODES,
    KIND_CODES,
    PARTY_CODES,
    Channel,
    Direction,
    Interaction,
    Kind,
    Party,
)
from detectors.past import VOICE
from detectors.wire import SourceProgress, Tick, encode_compact, encode_tick

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = tuple[bytes | None, bytes]
"""Key and value; a tick has no key and belongs into every partition."""

START_MS: Final = 1_704_067_200_000
"""2024-01-01: in the past, as nothing may happen after the broker's own time."""
DAYS: Final = 120
STEP_DAYS: Final = DAYS / 2_000_000
"""More events than that fill more days, not fuller ones: lives stay as dense, so a longer run measures the same."""
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
TICK_EVERY: Final = 4_000

READ: Final = {
    Kind.PURCHASE_MADE: 60,
    Kind.FUNNEL_COMPLETED: 70,
    Kind.FUNNEL_EXITED: 20,
    Kind.TICKET_OPENED: 20,
    Kind.TICKET_REPLIED: 30,
    Kind.TICKET_REOPENED: 4,
    Kind.CALL_MADE: 12,
    Kind.CHAT_STARTED: 20,
    Kind.COMMENT_WRITTEN: 25,
    Kind.REVIEW_WRITTEN: 8,
    Kind.MENTION_MADE: 25,
    Kind.SURVEY_ANSWERED: 10,
    Kind.MAIL_REPLIED: 14,
    Kind.ENQUIRY_MADE: 8,
}
"""Kinds that the first rules read, with their weights."""
UNREAD: Final = {
    Kind.PAGE_VIEWED: 340,
    Kind.FUNNEL_ENTERED: 45,
    Kind.FUNNEL_STEP_REACHED: 60,
    Kind.LOGIN_MADE: 40,
    Kind.PURCHASE_RETURNED: 8,
    Kind.SUBSCRIPTION_CANCELLED: 2,
    Kind.TICKET_RESOLVED: 16,
    Kind.SURVEY_SENT: 10,
    Kind.MAIL_SENT: 40,
    Kind.MAIL_OPENED: 24,
    Kind.MAIL_CLICKED: 10,
    Kind.MAIL_BOUNCED: 2,
    Kind.MAIL_MARKED_SPAM: 1,
    Kind.MAIL_UNSUBSCRIBED: 2,
    Kind.FOLLOWED: 5,
    Kind.UNFOLLOWED: 3,
    Kind.REFERRAL_MADE: 2,
    Kind.REFERRAL_CONVERTED: 1,
    Kind.TRAFFIC_REFERRED: 8,
    Kind.CAMPAIGN_JOINED: 3,
    Kind.CONTENT_PUBLISHED: 2,
    Kind.DOCUMENT_DOWNLOADED: 4,
    Kind.CONTENT_SHARED: 6,
    Kind.ONBOARDING_STEP_DONE: 4,
    Kind.TRAINING_DONE: 1,
    Kind.CONSENT_GIVEN: 2,
}
"""Kinds that the first rules did not read; later ones read some, such as resolutions, surveys sent and referrals."""

_SOURCES: Final = {
    "purchase": ("purchases", "shop"),
    "funnel": ("page-views", "site"),
    "page": ("page-views", "site"),
    "login": ("page-views", "site"),
    "ticket": ("tickets", "mail"),
    "call": ("calls", "phone"),
    "chat": ("chats", "chat"),
    "mail": ("emails", "mail"),
    "survey": ("surveys", "mail"),
    "comment": ("tweets", "twitter"),
    "mention": ("tweets", "twitter"),
    "review": ("reviews", "review_site"),
}
"""By the kind's first word: the source that reports it, and its channel; anything else comes from elsewhere."""
_COMPLAINTS: Final = ((Kind.TICKET_OPENED, "mail"), (Kind.MENTION_MADE, "twitter"), (Kind.CALL_MADE, "phone"))
_PAGES: Final = ("/", "/search", "/product/45790-32", "/product/11032-7", "/cart", "/account", "/help/returns")
_STEPS: Final = ("cart", "checkout", "contact", "shipping", "payment")
_WORDS: Final = "Still waiting for my parcel, nobody answers. Order 4711 was promised for last week, please help."
_SEGMENTS: Final = tuple({"device": d, "country": c} for d in ("mobile", "desktop") for c in ("DE", "FR", "GB", "US"))
_CUSTOMER: Final = PARTY_CODES[Party.CUSTOMER]
_INBOUND: Final = DIRECTION_CODES[Direction.INBOUND]
_NAMES: Final = tuple(sorted({source for source, _ in _SOURCES.values()} | {"elsewhere"}))


class Mix:
    """The seeded stream of one company; the same arguments give the same bytes."""

    def __init__(self, people: int, events: int, seed: int = 1) -> None:
        self.people = people
        self.events = events
        self.findings_planned = 0
        self._random = Random(seed)
        self._now = START_MS
        self._step = max(DAYS / events, STEP_DAYS) * DAY_MS
        self._planned: list[tuple[int, int, int, str]] = []
        self._number = 0

    def records(self) -> Iterator[Record]:
        """All records in the order of the log: ``events`` of them, and ticks between them."""
        random = self._random
        weights = {**READ, **UNREAD}
        kinds = random.choices([KIND_CODES[kind] for kind in weights], list(weights.values()), k=self.events)
        at = float(START_MS)
        last: Record = (None, b"")
        for number, kind in enumerate(kinds):
            at += self._step
            self._now = int(at)
            if number % TICK_EVERY == TICK_EVERY - 1:
                yield self._tick()
            chance = random.random()
            if chance < 0.005 and last[0] is not None:
                yield last
                continue
            if chance > 0.995:
                self._plan(random.randrange(self.people), is_exit=chance > 0.9975)
            last = self._next(kind, late=chance < 0.015)
            yield last

    def _next(self, kind: int, *, late: bool) -> Record:
        if self._planned and self._planned[0][0] <= self._now:
            at, person, kind, channel = heapq.heappop(self._planned)
            return self._record(person, kind, at, channel=channel)
        at = self._now - self._random.randrange(6 * HOUR_MS) if late else self._now
        person = self._random.randrange(self.people)
        if kind in _SPOKEN and person % 4 == 3:
            person -= 1  # every fourth person never says a word: only they can have a spike of exits
        return self._record(person, kind, at)

    def _plan(self, person: int, *, is_exit: bool) -> None:
        """A burst of exits within hours, or of complaints within days, from people who do nothing else of the sort."""
        self.findings_planned += 1
        if is_exit:
            kind = KIND_CODES[Kind.FUNNEL_EXITED]
            for hour in range(4):
                heapq.heappush(self._planned, (self._now + hour * HOUR_MS, person | 3, kind, "site"))
            return
        for day, (complaint, channel) in enumerate(_COMPLAINTS):
            heapq.heappush(self._planned, (self._now + day * DAY_MS, person, KIND_CODES[complaint], channel))

    def _record(self, person: int, kind: int, at: int, channel: str | None = None) -> Record:
        """One record; ``channel`` given: as planned, a complaint unless it is an exit."""
        self._number += 1
        word = _KIND_NAMES[kind].partition("_")[0]
        source, usual = _SOURCES.get(word, ("elsewhere", "other"))
        interaction = Interaction(
            kind=kind,
            occurred_at=at,
            id=f"{self._number:012x}-{person:08x}",
            source=source,
            channel=CHANNEL_CODES[Channel(channel or usual)],
            party=_CUSTOMER,
            direction=_INBOUND,
            identities={"customer_id": f"c-{person:07d}", "cookie": f"{person * 2654435761 % 2**32:08x}-4b1d-9f"},
        )
        _FILL.get(word, _fill_nothing)(interaction, self._number)
        if channel is not None and word != "funnel":
            interaction.complaint = True
        return f"c-{person:07d}".encode(), encode_compact(interaction)

    def _tick(self) -> Record:
        progress = [SourceProgress(name, 0, self._now, longest_gap_ms=HOUR_MS) for name in _NAMES]
        return None, encode_tick(Tick(self._now, progress))


def _fill_purchase(interaction: Interaction, number: int) -> None:
    interaction.amount = 20.0 + number % 90
    interaction.currency = "EUR"
    interaction.thread = interaction.id
    interaction.segment = _SEGMENTS[number % 8]


def _fill_view(interaction: Interaction, number: int) -> None:
    interaction.page = _PAGES[number % 7]
    interaction.segment = _SEGMENTS[number % 8]


def _fill_funnel(interaction: Interaction, number: int) -> None:
    interaction.funnel = "checkout"
    interaction.step = _STEPS[number % 5]
    interaction.segment = _SEGMENTS[number % 8]


def _fill_words(interaction: Interaction, number: int) -> None:
    interaction.complaint = False
    interaction.tone = -0.3
    interaction.text = _WORDS
    interaction.language = "en"
    interaction.thread = str(number % 5_000)


def _fill_nothing(_interaction: Interaction, _number: int) -> None:
    """Other kinds carry no more than who, when and where."""


_SPOKEN: Final = frozenset(KIND_CODES[kind] for kind in VOICE)
_KIND_NAMES: Final = {code: kind.value for kind, code in KIND_CODES.items()}
_FILL: Final = {
    "purchase": _fill_purchase,
    "page": _fill_view,
    "login": _fill_view,
    "funnel": _fill_funnel,
    **dict.fromkeys(("ticket", "call", "chat", "comment", "review", "mention", "enquiry"), _fill_words),
}
