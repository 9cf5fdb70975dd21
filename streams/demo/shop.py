"""What the shop's website and app send about one person: calls of the Segment specification (v2 ecommerce)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sinks.stamps import time_text

if TYPE_CHECKING:
    from streams.demo.event import Record
    from streams.demo.people import Device, Person

SITE = "https://www.harbourgoods.example"
APP = {"name": "Harbour Goods", "version": "3.4.1", "namespace": "example.harbourgoods"}


class Shop:
    """Makes the records of one person, each with a message id of its own."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._messages = 0

    def page(self, at: int, device: Device, path: str, title: str) -> Record:
        """A page of the site, or the same screen of the app."""
        call = self._call("page" if device.agent else "screen", at, device, path)
        call["name"] = title
        call["properties"] = {"path": path, "url": SITE + path, "title": title} if device.agent else {"category": title}
        return call

    def track(self, at: int, device: Device, event: str, properties: dict[str, Any]) -> Record:
        """Something done in the shop."""
        call = self._call("track", at, device, f"/{event.lower().replace(' ', '-')}")
        call["event"] = event
        call["properties"] = properties
        return call

    def refund(self, at: int, order_id: str, total: float) -> Record:
        """Money given back: sent by the server, which knows nothing of devices."""
        person = self._person
        return {
            "type": "track",
            "event": "Order Refunded",
            "messageId": self._message_id(at),
            "userId": person.customer_id,
            "timestamp": time_text(at),
            "context": {"library": {"name": "analytics-python", "version": "2.3.2"}},
            "properties": {"order_id": order_id, "total": total, "currency": person.currency},
        }

    def _call(self, kind: str, at: int, device: Device, path: str) -> Record:
        person = self._person
        call: Record = {
            "type": kind,
            "messageId": self._message_id(at),
            "anonymousId": device.anonymous_id,
            "timestamp": time_text(at),
            "originalTimestamp": time_text(at - 40),
            "sentAt": time_text(at - 30),
            "receivedAt": time_text(at),
            "context": _browser(person, device.agent, path) if device.agent else _app(person, device),
            "integrations": {},
        }
        if person.customer_id is not None:
            call["userId"] = person.customer_id
        return call

    def _message_id(self, at: int) -> str:
        self._messages += 1
        return f"ajs-next-{at}-{self._person.number}-{self._messages}"


def _browser(person: Person, agent: str, path: str) -> Record:
    return {
        "library": {"name": "analytics.js", "version": "next-1.70.0"},
        "userAgent": agent,
        "locale": person.locale,
        "page": {"path": path, "url": SITE + path, "title": "Harbour Goods"},
        "traits": {"email": person.email} if person.customer_id else {},
    }


def _app(person: Person, device: Device) -> Record:
    return {
        "library": {"name": "analytics-ios", "version": "4.1.8"},
        "app": APP,
        "os": {"name": "iOS", "version": "17.5"},
        "device": {"id": device.anonymous_id.upper(), "type": "ios", "manufacturer": "Apple"},
        "locale": person.locale,
        "traits": {"email": person.email},
    }
