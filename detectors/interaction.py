"""One interaction of one person with the company: its vocabulary and its in-memory form.

The in-memory form is also the compact wire form of the topic ``interactions``: a msgpack array in the order
of the fields below, with integer codes for the closed sets. A code is the member's position in its set, so
members and fields are only ever appended, never moved, renamed or removed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


class Kind(StrEnum):
    """What happened; past tense, ``noun_verb``."""

    PURCHASE_MADE = "purchase_made"
    PURCHASE_RETURNED = "purchase_returned"
    SUBSCRIPTION_CANCELLED = "subscription_cancelled"
    PAGE_VIEWED = "page_viewed"
    FUNNEL_ENTERED = "funnel_entered"
    FUNNEL_STEP_REACHED = "funnel_step_reached"
    FUNNEL_EXITED = "funnel_exited"
    FUNNEL_COMPLETED = "funnel_completed"
    LOGIN_MADE = "login_made"
    TICKET_OPENED = "ticket_opened"
    TICKET_REPLIED = "ticket_replied"
    TICKET_REOPENED = "ticket_reopened"
    TICKET_RESOLVED = "ticket_resolved"
    CALL_MADE = "call_made"
    CHAT_STARTED = "chat_started"
    POST_PUBLISHED = "post_published"
    COMMENT_WRITTEN = "comment_written"
    REVIEW_WRITTEN = "review_written"
    ARTICLE_PUBLISHED = "article_published"
    MENTION_MADE = "mention_made"
    SURVEY_SENT = "survey_sent"
    SURVEY_ANSWERED = "survey_answered"
    IDEA_SUBMITTED = "idea_submitted"
    MAIL_SENT = "mail_sent"
    MAIL_OPENED = "mail_opened"
    MAIL_CLICKED = "mail_clicked"
    MAIL_REPLIED = "mail_replied"
    MAIL_BOUNCED = "mail_bounced"
    MAIL_MARKED_SPAM = "mail_marked_spam"
    MAIL_UNSUBSCRIBED = "mail_unsubscribed"
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    REFERRAL_MADE = "referral_made"
    REFERRAL_CONVERTED = "referral_converted"
    TRAFFIC_REFERRED = "traffic_referred"
    CAMPAIGN_JOINED = "campaign_joined"
    BID_SEEN = "bid_seen"
    CONTENT_PUBLISHED = "content_published"
    DOCUMENT_DOWNLOADED = "document_downloaded"
    ENQUIRY_MADE = "enquiry_made"
    CONTENT_SHARED = "content_shared"
    ONBOARDING_STEP_DONE = "onboarding_step_done"
    TRAINING_DONE = "training_done"
    COLLEAGUE_CONTACTED = "colleague_contacted"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    PAGE_LEFT = "page_left"


class Channel(StrEnum):
    """Where it happened."""

    SITE = "site"
    APP = "app"
    SHOP = "shop"
    MAIL = "mail"
    PHONE = "phone"
    CHAT = "chat"
    SMS = "sms"
    TWITTER = "twitter"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    LINKEDIN = "linkedin"
    GLASSDOOR = "glassdoor"
    YOUTUBE = "youtube"
    REVIEW_SITE = "review_site"
    MARKETPLACE = "marketplace"
    BLOG = "blog"
    PRESS = "press"
    IN_PERSON = "in_person"
    INTERNAL = "internal"
    OTHER = "other"


class Party(StrEnum):
    """Which side of the company the person stands on."""

    CUSTOMER = "customer"
    PARTNER = "partner"
    INVESTOR = "investor"
    JOURNALIST = "journalist"
    EMPLOYEE = "employee"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Who spoke to whom; two-way contact is counted from it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NONE = "none"


KINDS = tuple(Kind)
CHANNELS = tuple(Channel)
PARTIES = tuple(Party)
DIRECTIONS = tuple(Direction)

KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
CHANNEL_CODES = {channel: code for code, channel in enumerate(CHANNELS)}
PARTY_CODES = {party: code for code, party in enumerate(PARTIES)}
DIRECTION_CODES = {direction: code for code, direction in enumerate(DIRECTIONS)}

UNKNOWN_PARTY = PARTY_CODES[Party.UNKNOWN]
NO_DIRECTION = DIRECTION_CODES[Direction.NONE]
OUTBOUND = DIRECTION_CODES[Direction.OUTBOUND]

NEWEST_MS = 4_102_444_800_000  # 2100-01-01: the day number stays below 2**16

KindCode = Annotated[int, Meta(ge=0, lt=len(KINDS))]
ChannelCode = Annotated[int, Meta(ge=0, lt=len(CHANNELS))]
PartyCode = Annotated[int, Meta(ge=0, lt=len(PARTIES))]
DirectionCode = Annotated[int, Meta(ge=0, lt=len(DIRECTIONS))]
Milliseconds = Annotated[int, Meta(ge=0, lt=NEWEST_MS)]
Finite = Annotated[float, Meta(ge=-1e15, le=1e15)]  # refuses NaN and infinities as well
Identifier = Annotated[str, Meta(min_length=1, max_length=512)]


class Head(Struct, array_like=True, gc=False):
    """The first fields of an interaction, in codes and epoch milliseconds: all that most rules ask for.

    Missing trailing fields take their defaults; further fields of a later version are skipped.
    ``tone`` and ``complaint`` are None when nobody can tell, never 0 or False.
    """

    kind: KindCode
    occurred_at: Milliseconds
    id: Identifier
    source: Identifier
    channel: ChannelCode
    party: PartyCode = UNKNOWN_PARTY
    direction: DirectionCode = NO_DIRECTION
    complaint: bool | None = None
    tone: Annotated[float, Meta(ge=-1, le=1)] | None = None


class Event(Head):
    """What one person did, without who it was: all that rules may ask for."""

    amount: Finite | None = None
    currency: str | None = None
    funnel: str | None = None
    step: str | None = None
    page: str | None = None
    thread: str | None = None
    subject: str | None = None
    text: str | None = None
    language: str | None = None
    score: Finite | None = None
    score_scale: tuple[Finite, Finite] | None = None
    referrer: str | None = None
    campaign: str | None = None
    segment: dict[str, str] | None = None


class Interaction(Event):
    """What one person did; who it was is told by ``identities``, by ``stakeholder`` once they are resolved."""

    identities: dict[str, str] | None = None
    stakeholder: str | None = None
