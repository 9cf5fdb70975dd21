"""What the support desk sends about one person: Zendesk tickets with their requester, and audits of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sinks.stamps import time_text
from streams.demo.words import BRAND

if TYPE_CHECKING:
    from streams.demo.event import Record
    from streams.demo.people import Person

AGENT = {"id": 8_399_000_001, "name": "Sam, Harbour Goods", "role": "agent", "email": "sam@harbourgoods.example"}
_TICKETS_A_PERSON = 1000


class Ticket(NamedTuple):
    """A ticket on its way: ``channel`` as Zendesk names it, ``kind`` question, problem or incident."""

    id: int
    opened_at: int
    channel: str
    kind: str
    subject: str
    text: str


class Desk:
    """Makes the records of one person's tickets."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._opened = 0

    def ticket(self, at: int, channel: str, kind: str, said: tuple[str, str]) -> Ticket:
        """A new ticket with its subject and text."""
        self._opened += 1
        number = self._person.number * _TICKETS_A_PERSON + self._opened
        return Ticket(number, at, channel, kind, *said)

    def opened(self, ticket: Ticket) -> Record:
        """The ticket as the API lists it, its users beside it."""
        ticket_record = {
            **self._known(ticket),
            "description": ticket.text,
            "type": ticket.kind,
            "priority": "normal" if ticket.kind == "question" else "high",
            "status": "new",
            "tags": [ticket.channel],
            "created_at": _seconds(ticket.opened_at),
            "updated_at": _seconds(ticket.opened_at),
        }
        return {"tickets": [ticket_record], "users": [self._requester()], "count": 1}

    def answered(self, ticket: Ticket, at: int, reply: str, *, solves: bool) -> Record:
        """The audit of an agent who answers the ticket, and says that it is solved or that it is being worked on."""
        first = ticket.id * 10
        audit = {
            "id": first,
            "ticket_id": ticket.id,
            "author_id": AGENT["id"],
            "created_at": _seconds(at),
            "via": {"channel": "web"},
            "events": [
                {"id": first + 1, "type": "Comment", "public": True, "author_id": AGENT["id"], "body": reply},
                {
                    "id": first + 2,
                    "type": "Change",
                    "field_name": "status",
                    "value": "solved" if solves else "open",
                    "previous_value": "new",
                },
            ],
        }
        return {"audits": [audit], "tickets": [self._known(ticket)], "users": [self._requester(), AGENT]}

    def _known(self, ticket: Ticket) -> Record:
        return {
            "id": ticket.id,
            "subject": ticket.subject,
            "requester_id": self._person.requester_id,
            "submitter_id": self._person.requester_id,
            "via": self._via(ticket.channel),
        }

    def _via(self, channel: str) -> Record:
        """How the ticket came. From X or Facebook it is a post that Zendesk made into a ticket."""
        person = self._person
        sender: Record = {"name": person.name}
        if channel == "email":
            sender["address"] = person.email
        elif channel == "voice":
            sender["phone"] = person.phone
        elif channel == "twitter":
            sender |= {"username": person.handle, "profile_url": f"https://x.com/{person.handle}"}
        elif channel == "facebook":
            sender |= {"facebook_id": str(person.requester_id), "profile_url": f"https://facebook.com/{person.handle}"}
        rel = {"voice": "inbound", "twitter": "mention", "facebook": "post"}.get(channel)
        return {"channel": channel, "source": {"from": sender, "to": {"name": BRAND}, "rel": rel}}

    def _requester(self) -> Record:
        person = self._person
        return {
            "id": person.requester_id,
            "external_id": person.customer_id,
            "name": person.name,
            "email": person.email,
            "phone": person.phone,
            "role": "end-user",
            "locale": person.locale,
        }


def _seconds(at: int) -> str:
    """A time as Zendesk writes it: to the second."""
    return time_text(at)[:-5] + "Z"
