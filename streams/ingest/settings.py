"""What ingest may be told: whom to believe first, when a session ends, what is too big."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

IDENTITY_KINDS = ("customer_id", "email", "phone", "ticket_requester", "device", "cookie")
HANDLE = "handle:"


def _funnels() -> dict[str, tuple[str, ...]]:
    return {"checkout": ("cart", "checkout", "contact", "shipping", "payment", "order")}


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Settings of the role ``ingest``; an absurd value raises ValueError naming it and what is allowed."""

    identity_order: tuple[str, ...] = (
        "customer_id",
        "email",
        "phone",
        "ticket_requester",
        "handle:twitter",
        "device",
        "cookie",
    )
    """Kinds of identity, strongest first. The first one present names the stakeholder until identities are resolved;
    kinds left out come last, by name."""

    session_timeout_minutes: int = 30
    """Minutes of event time without any page view after which an open funnel counts as left. Shorter: more exits,
    some of people who only paused."""

    own_handles: tuple[str, ...] = ()
    """The company's own handles on platforms, with or without ``@``, any case. They tell who speaks to whom. Empty:
    every post the source brings is taken to be about the company."""

    default_currency: str = "USD"
    """ISO 4217 code for amounts that come without one (the Segment specification's own default)."""

    naive_zone: str = "UTC"
    """IANA name of the zone of times that carry no offset. Wrong: events are hours off, and some refused as future."""

    future_tolerance_minutes: int = 5
    """Minutes an event may lie after its receipt before it is refused as ``in_the_future``."""

    text_limit: int = 4000
    """Characters of a text that are kept and scored; the rest is cut off."""

    max_bytes: int = 8 * 1024 * 1024
    """Bytes of one record; a bigger one is refused unread as ``too_large``."""

    funnels: dict[str, tuple[str, ...]] = field(default_factory=_funnels)
    """Name of a funnel -> its steps in order; reaching the first of them seen enters it, the last completes it. A step
    belongs to one funnel only."""

    checkout_steps: tuple[str, ...] = ("contact", "shipping", "payment")
    """Names of the numbered checkout steps 1, 2, … that shops report; a number beyond is named ``step_N``."""

    watched_pages: tuple[str, ...] = ("/checkout", "/contact", "/pricing")
    """Beginnings of paths of pages for which it is told whether a visit ended there or went on (``page_left``). Each
    view of one is a further interaction."""

    lurking_pages: tuple[str, ...] = ("/careers", "/jobs", "/investor")
    """Beginnings of paths that tell of quiet interest in the company; who views one is told as referred traffic too."""

    lurking_sites: tuple[str, ...] = (
        "bloomberg.com",
        "finance.yahoo.com",
        "ft.com",
        "glassdoor.com",
        "linkedin.com",
        "marketwatch.com",
        "morningstar.com",
        "reuters.com",
        "seekingalpha.com",
        "wsj.com",
    )
    """Host names, sub-domains included, from which quiet interest comes; who does is told as referred traffic too."""

    own: frozenset[str] = field(init=False, repr=False, compare=False, default=frozenset())
    """Made from ``own_handles``: lower case, without ``@``."""

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_names()
        self._check_places()
        own = frozenset(handle.strip().lstrip("@").lower() for handle in self.own_handles)
        if "" in own:
            raise ValueError(f"own_handles {self.own_handles!r} has an empty one; allowed: handles such as '@acme'")
        object.__setattr__(self, "own", own)
        _zone(self.naive_zone)

    @property
    def zone(self) -> tzinfo:
        """The zone named by ``naive_zone``."""
        return _zone(self.naive_zone)

    def _check_numbers(self) -> None:
        limits = (
            ("session_timeout_minutes", self.session_timeout_minutes, 1, 1440),
            ("future_tolerance_minutes", self.future_tolerance_minutes, 0, 1440),
            ("text_limit", self.text_limit, 1, 100_000),
            ("max_bytes", self.max_bytes, 1024, 64 * 1024 * 1024),
        )
        for name, value, least, most in limits:
            if not least <= value <= most:
                raise ValueError(f"{name} is {value}; allowed: {least} to {most}")

    def _check_names(self) -> None:
        code = self.default_currency
        if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
            raise ValueError(f"default_currency is {code!r}; allowed: three capital letters (ISO 4217)")
        if not self.identity_order:
            raise ValueError("identity_order is empty; allowed: at least one kind of identity")
        for kind in self.identity_order:
            if kind not in IDENTITY_KINDS and not (kind.startswith(HANDLE) and len(kind) > len(HANDLE)):
                raise ValueError(f"identity_order has {kind!r}; allowed: {', '.join(IDENTITY_KINDS)}, handle:PLATFORM")
        steps = [step for funnel in self.funnels.values() for step in funnel]
        if any(len(funnel) < 2 for funnel in self.funnels.values()) or len(set(steps)) != len(steps) or "" in steps:
            raise ValueError(f"funnels is {self.funnels}; allowed: two or more steps each, no step empty or used twice")

    def _check_places(self) -> None:
        for name in ("watched_pages", "lurking_pages"):
            for path in getattr(self, name):
                if not path.startswith("/"):
                    raise ValueError(f"{name} has {path!r}; allowed: beginnings of paths such as '/pricing'")
        for site in self.lurking_sites:
            if "." not in site or "/" in site or site != site.lower():
                raise ValueError(f"lurking_sites has {site!r}; allowed: host names in lower case such as 'ft.com'")


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"naive_zone is {name!r}; allowed: an IANA zone such as 'Europe/Berlin'") from None
