"""What Zendesk's tickets, events and audits have in common: who asked, on which channel, whether it is a complaint.

Sources: Zendesk's "Ticket events" (webhooks), "Tickets", "Ticket Audits", "Via object reference".
"""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.interaction import CHANNEL_CODES, PARTY_CODES, Channel, Interaction, Party
from streams.ingest import people
from streams.ingest.reading import Record, first, identifier, label, objects, part, reference
from streams.ingest.refusal import RefusalReason, Refused
from streams.ingest.tone import Judgement, judge

SOURCE = "tickets"
DONE = frozenset({"solved", "closed"})
GONE = frozenset({"deleted", "archived", "scrubbed"})

# The value of ``via.channel``, or the part of it before the first underscore.
CHANNELS = {
    "email": Channel.MAIL,
    "mail": Channel.MAIL,
    "web": Channel.SITE,
    "help": Channel.SITE,
    "forum": Channel.SITE,
    "voice": Channel.PHONE,
    "voicemail": Channel.PHONE,
    "phone": Channel.PHONE,
    "call": Channel.PHONE,
    "chat": Channel.CHAT,
    "native": Channel.CHAT,
    "messaging": Channel.CHAT,
    "whatsapp": Channel.CHAT,
    "line": Channel.CHAT,
    "telegram": Channel.CHAT,
    "sms": Channel.SMS,
    "text": Channel.SMS,
    "twitter": Channel.TWITTER,
    "x": Channel.TWITTER,
    "facebook": Channel.FACEBOOK,
    "instagram": Channel.INSTAGRAM,
    "linkedin": Channel.LINKEDIN,
    "youtube": Channel.YOUTUBE,
    "mobile": Channel.APP,
    "sdk": Channel.APP,
    "ios": Channel.APP,
    "android": Channel.APP,
}
CHANNELS_IN_FULL = {"web_service": Channel.OTHER, "web_messaging": Channel.CHAT}  # the first is Zendesk's own API

COMPLAINT_TAGS = frozenset({"complaint", "complaints", "escalation", "escalated", "angry_customer", "legal_threat"})
COMPLAINT_TYPES = frozenset({"problem", "incident"})
PRESSING = frozenset({"high", "urgent"})

_CUSTOMER = PARTY_CODES[Party.CUSTOMER]
_OTHER, _TWITTER = CHANNEL_CODES[Channel.OTHER], CHANNEL_CODES[Channel.TWITTER]


class Ticket(NamedTuple):
    """A ticket as far as it is known, with whoever asked."""

    record: Record
    id: str
    requester_id: str | None
    identities: dict[str, str]
    language: str | None
    channel: int
    subject: str | None


def ticket_of(record: Record, users: list[Record]) -> Ticket:
    """Read a ticket; ``users`` are the sideloaded ones, among whom the requester may be."""
    ticket_id = identifier(first(record, ("id", "ticket_id")), "ticket.id")
    if ticket_id is None:
        raise Refused(RefusalReason.MISSING_FIELD, "ticket.id is missing; allowed: the id of a ticket")
    requester = part(record, "requester")
    number = people.known(first(record, ("requester_id",)) or requester.get("id"), "requester_id")
    if not requester and number is not None:
        requester = user_of(users, number)
    return Ticket(
        record,
        ticket_id,
        number,
        _identities(record, requester, number),
        label(requester.get("locale"), 20),
        channel_of(record),
        label(record.get("subject"), 300),
    )


def user_of(users: list[Record], number: str) -> Record:
    """The sideloaded user of this id, or an empty one."""
    return next((user for user in users if reference(user.get("id")) == number), {})


def channel_of(record: Record) -> int:
    """The channel by ``via.channel``; ``other`` for rules, the API and what is not known."""
    via = part(record, "via").get("channel")
    if type(via) is not str:
        return _OTHER
    name = via[:64].strip().lower().replace(" ", "_").replace("-", "_")
    channel = CHANNELS_IN_FULL.get(name) or CHANNELS.get(name) or CHANNELS.get(name.partition("_")[0])
    return _OTHER if channel is None else CHANNEL_CODES[channel]


def word(value: Any) -> str:
    """A status, type or priority in lower case (webhooks send ``SOLVED``, the API ``solved``); empty if none."""
    return value[:40].strip().lower() if type(value) is str else ""


def opening(ticket: Ticket, said: str | None) -> Judgement:
    """How the ticket sounds and whether it is a complaint: its own marks first, then subject and text."""
    judged = judge(f"{ticket.subject or ''}. {said or ''}", ticket.language)
    return Judgement(judged.tone, _complaint(ticket.record, judged))


def build(ticket: Ticket, *, kind: int, at: int, id: str, direction: int, **more: Any) -> Interaction:  # noqa: A002 — the field's name
    """An interaction of whoever asked, about this ticket."""
    fields: dict[str, Any] = {"channel": ticket.channel, "subject": ticket.subject, "language": ticket.language}
    return Interaction(
        kind=kind,
        occurred_at=at,
        id=id,
        source=SOURCE,
        party=_CUSTOMER,
        direction=direction,
        thread=ticket.id,
        identities=ticket.identities,
        **(fields | more),
    )


def rating(record: Record) -> str:
    """``good``, ``bad`` or nothing: what the requester said of the ticket's handling."""
    given = record.get("satisfaction_rating")
    score = word(given.get("score") if type(given) is dict else given)
    return next((verdict for verdict in ("good", "bad") if score.startswith(verdict)), "")


def _complaint(record: Record, judged: Judgement) -> bool | None:
    kind = word(record.get("type"))
    tags = record.get("tags")
    marked = type(tags) is list and any(word(tag) in COMPLAINT_TAGS for tag in tags[:100])
    if marked or kind in COMPLAINT_TYPES or judged.complaint or rating(record) == "bad":
        return True
    if kind == "question":
        return False
    pressing = word(record.get("priority")) in PRESSING
    return True if pressing and (judged.tone or 0) < 0 else judged.complaint


def _identities(record: Record, requester: Record, number: str | None) -> dict[str, str]:
    sender = part(part(part(record, "via"), "source"), "from")
    tweeted = channel_of(record) == _TWITTER  # other platforms have user names of their own
    given = {
        "customer_id": people.known(requester.get("external_id"), "requester.external_id"),
        "email": people.email(requester.get("email"), "requester.email")
        or people.email(sender.get("address"), "via.source.from.address"),
        "phone": people.phone(requester.get("phone"), "requester.phone")
        or people.phone(sender.get("phone"), "via.source.from.phone"),
        "ticket_requester": number,
        "handle:twitter": people.handle(sender.get("username"), "via.source.from.username") if tweeted else None,
    }
    return {kind: value for kind, value in given.items() if value is not None}


def staff(author: Record) -> bool | None:
    """Whether an author is of the company; None if nobody says."""
    if type(author.get("is_staff")) is bool:
        return bool(author["is_staff"])
    role = word(author.get("role"))
    return role != "end-user" if role else None


def listed(record: Record, *names: str) -> list[Record] | None:
    """The objects of the first of these lists there is; None if there is none."""
    for name in names:
        if type(record.get(name)) is list:
            return objects(record[name])
    return None
