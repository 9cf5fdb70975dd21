"""Who the company's customers are, and the habits that each of them has; drawn once, from the seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streams.demo.words import COUNTRIES, FIRST_NAMES, LAST_NAMES

if TYPE_CHECKING:
    from random import Random

APP_SHARE = 0.3
_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) {_WEBKIT} Safari/605.1.15",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {_WEBKIT} Mobile/15E148 Safari/604.1",
)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser (``agent`` set) or the company's app on a telephone, known by an anonymous id of its own."""

    anonymous_id: str
    agent: str | None


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody lives with the company when nothing special happens.

    ``gap_days`` is the mean time between purchases (0: never buys), ``evenness`` the shape of its gamma distribution
    (1: at random; higher: more regular). Rates are per day; ``leaves`` is the share of begun purchases left before
    their end, ``grumbles`` the share of what is written that is a complaint.
    """

    gap_days: float
    evenness: float
    visits: float
    leaves: float
    writes: float = 0.0
    posts: float = 0.0
    grumbles: float = 0.2


@dataclass(frozen=True, slots=True)
class Person:
    """One person under all the names that the sources know them by. ``customer_id`` is None for passers-by."""

    number: int
    customer_id: str | None
    name: str
    email: str
    phone: str
    handle: str
    requester_id: int
    country: str
    locale: str
    currency: str
    devices: tuple[Device, ...]
    writes_by: str
    habits: Habits

    @property
    def stakeholder(self) -> str:
        """The id that ingest gives them: the customer id, else the first device's (passers-by have one)."""
        return self.customer_id or f"cookie:{self.devices[0].anonymous_id}"

    def on(self, device: Device) -> Person:
        """The same person, with this device alone."""
        return replace(self, devices=(device,))


def new_person(rng: Random, number: int, habits: Habits, *, has_account: bool = True) -> Person:
    """Draw a person; numbers must differ, and so ids do."""
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    user = f"{first}.{last}.{number}".lower()
    country, locale, currency = rng.choices(COUNTRIES, weights=(5, 3, 1, 1))[0]
    devices = [Device(_anonymous_id(rng), rng.choice(BROWSERS))]
    if has_account and rng.random() < APP_SHARE:
        devices.insert(rng.randrange(2), Device(_anonymous_id(rng), None))
    return Person(
        number=number,
        customer_id=f"c-{number}" if has_account else None,
        name=f"{first} {last}",
        email=f"{user}@example.com",
        phone=f"+1202555{number % 10_000:04d}",
        handle=f"{first}_{last}_{number}",
        requester_id=8_400_000_000 + number,
        country=country,
        locale=locale,
        currency=currency,
        devices=tuple(devices),
        writes_by=rng.choices(("email", "web", "native_messaging"), weights=(5, 3, 2))[0],
        habits=habits,
    )


def _anonymous_id(rng: Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
