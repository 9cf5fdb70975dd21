"""What the monitor tells the cohorts: counts that name nobody, and how far event time has come.

Each names the interaction it comes from by ``partition`` and ``offset``, so that a replay counts once. What may be told
late, as that nothing followed, is given the time that its source had reached (``clock_ms``), if that is later than when
it happened: then it does not matter how soon the cohorts hear of that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from detectors.interaction import KIND_CODES, OUTBOUND, Event, Kind
from detectors.lurking import lurking_place
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Collection

MENTIONING: Final = (
    Kind.POST_PUBLISHED,
    Kind.COMMENT_WRITTEN,
    Kind.REVIEW_WRITTEN,
    Kind.ARTICLE_PUBLISHED,
    Kind.MENTION_MADE,
)
"""The kinds by which somebody speaks of a brand or topic in public."""
TRYING: Final = (Kind.FUNNEL_STEP_REACHED, Kind.FUNNEL_COMPLETED, Kind.FUNNEL_EXITED)
"""The kinds that say what became of an attempt at a step of a funnel."""
CONTACTING: Final = (
    Kind.TICKET_OPENED,
    Kind.TICKET_REOPENED,
    Kind.CALL_MADE,
    Kind.CHAT_STARTED,
    Kind.POST_PUBLISHED,
    Kind.COMMENT_WRITTEN,
    Kind.REVIEW_WRITTEN,
    Kind.MENTION_MADE,
    Kind.SURVEY_ANSWERED,
    Kind.MAIL_REPLIED,
    Kind.ENQUIRY_MADE,
)
"""The kinds by which somebody begins to say something to us or about us."""
LURKING: Final = (Kind.PAGE_VIEWED, Kind.TRAFFIC_REFERRED, Kind.DOCUMENT_DOWNLOADED, Kind.FOLLOWED)
"""The kinds by which somebody looks at us without a word."""
UNNAMED: Final = "the company"
BRAND_CHARACTERS: Final = 256
STEP_CHARACTERS: Final = 64
CALM_TONE: Final = 0.05
"""VADER's own bound: a compound score below -0.05 is negative, above 0.05 positive."""
REPEAT_MS: Final = DAY_MS
"""Within so long a further failure of one person at one step is the same failure."""
_LURKING: Final = frozenset(KIND_CODES[kind] for kind in LURKING)
_TRYING: Final = frozenset(KIND_CODES[kind] for kind in TRYING)
_CONTACTING: Final = frozenset(KIND_CODES[kind] for kind in CONTACTING)
_EXITED: Final = KIND_CODES[Kind.FUNNEL_EXITED]


class Mention(msgspec.Struct, array_like=True, tag="mention", gc=False):
    """One mention of ``key``."""

    key: str
    at: int
    tone: str
    source: str
    partition: int
    offset: int


class Trial(msgspec.Struct, array_like=True, tag="trial"):
    """One attempt at a step of the set ``key`` that ``rule`` watches; ``part`` tells apart those of one record."""

    key: str
    rule: str
    at: int
    step: str
    failed: bool
    segment: dict[str, str]
    source: str
    partition: int
    offset: int
    part: int = 0


class Contact(msgspec.Struct, array_like=True, tag="contact", gc=False):
    """One contact about ``key``, of which it is known whether it is a complaint."""

    key: str
    at: int
    complaint: bool
    source: str
    partition: int
    offset: int


class Lurk(msgspec.Struct, array_like=True, tag="lurk", gc=False):
    """One silent visit from, or to, places of the kind ``key``."""

    key: str
    at: int
    source: str
    partition: int
    offset: int


class Progress(msgspec.Struct, array_like=True, tag="progress", gc=False):
    """How far each source's time has come (ms) in one of ``partitions`` partitions of ``interactions``."""

    partition: int
    partitions: int
    times: dict[str, int]


Count = Mention | Trial | Contact | Lurk

_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Count | Progress] = msgspec.msgpack.Decoder(Count | Progress)


def encode_count(count: Count | Progress) -> bytes:
    """One record of the topic ``cohort-counts``."""
    return _encode(count)


def decode_count(value: bytes) -> Count | Progress:
    """Read a record of ``cohort-counts``; raises msgspec.DecodeError on one that is none."""
    return _decoder.decode(value)


def mention_of(interaction: Event, partition: int, offset: int) -> Mention:
    """The mention that an interaction is, without who made it."""
    return Mention(
        (interaction.subject or UNNAMED)[:BRAND_CHARACTERS],
        interaction.occurred_at,
        tone_class(interaction.tone),
        interaction.source,
        partition,
        offset,
    )


def tone_class(tone: float | None) -> str:
    """The class of a tone between -1 and 1; ``unknown`` for None."""
    if tone is None:
        return "unknown"
    if tone < -CALM_TONE:
        return "negative"
    return "positive" if tone > CALM_TONE else "neutral"


def trial_of(
    event: Event, tried: str | None, failures: Collection[int], *, clock_ms: int, partition: int, offset: int
) -> Trial | None:
    """What became of an attempt at a step of a funnel, told by the event that ended it; None if that says nothing.

    ``tried`` is the step that the visit was at before the event; an exit names it itself. ``failures`` are the times
    (ms) at which the same person left at that step before: leaving again within ``REPEAT_MS`` is no further failure.
    What succeeds always counts.
    """
    if event.kind not in _TRYING:
        return None
    failed = event.kind == _EXITED
    step = event.step if failed else tried
    if not step or not event.funnel or (not failed and step == event.step):
        return None
    at = event.occurred_at
    if failed and any(0 <= at - earlier < REPEAT_MS for earlier in failures):
        return None
    return Trial(
        event.funnel[:BRAND_CHARACTERS],
        "funnel_drop",
        max(at, clock_ms),
        step[:STEP_CHARACTERS],
        failed,
        event.segment or {},
        event.source,
        partition,
        offset,
    )


def page_trial_of(
    view: Event, *, was_last: bool, clock_ms: int, partition: int, offset: int, part: int = 0
) -> Trial | None:
    """A page in a session, told once it is known whether the session ended there; None of a view without a page."""
    if not view.page:
        return None
    return Trial(
        view.page[:BRAND_CHARACTERS],
        "exit_rate",
        max(view.occurred_at, clock_ms),
        "",
        was_last,
        view.segment or {},
        view.source,
        partition,
        offset,
        part,
    )


def contact_of(interaction: Event, partition: int, offset: int) -> Contact | None:
    """The contact that an interaction is; None if it is none, or nobody can tell whether it is a complaint."""
    if interaction.kind not in _CONTACTING or interaction.direction == OUTBOUND or interaction.complaint is None:
        return None
    return Contact(
        (interaction.subject or UNNAMED)[:BRAND_CHARACTERS],
        interaction.occurred_at,
        interaction.complaint,
        interaction.source,
        partition,
        offset,
    )


def lurk_of(interaction: Event, partition: int, offset: int) -> Lurk | None:
    """The silent visit that an interaction is, by the kind of place it came from, else by that which it went to."""
    if interaction.kind not in _LURKING:
        return None
    place = lurking_place(interaction)
    if place is None:
        return None
    return Lurk(place, interaction.occurred_at, interaction.source, partition, offset)
