"""The envelope of the Segment specification (track, page, screen calls), as its libraries and its HTTP API send it.

Sources: Segment's "Spec: Common Fields", "Spec: V2 Ecommerce Events" and the HTTP API's batch call. RudderStack,
Jitsu and others send the same shape.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from streams.ingest import people
from streams.ingest.moments import moment
from streams.ingest.reading import EMPTY, Record, first, label, part
from streams.ingest.refusal import RefusalReason, Refused, shown

CALLS: Final = frozenset({"track", "page", "screen", "identify", "group", "alias"})
TIMES: Final = (
    "timestamp",
    "originalTimestamp",
    "original_timestamp",
    "sentAt",
    "sent_at",
    "receivedAt",
    "received_at",
)
USER: Final = ("userId", "user_id")
ANONYMOUS: Final = ("anonymousId", "anonymous_id")
MESSAGE: Final = ("messageId", "message_id")

_APP_LIBRARIES: Final = (
    "analytics-ios", "analytics-android", "analytics-react-native", "analytics-swift", "analytics-kotlin",
)  # fmt: skip
_APP_SYSTEMS: Final = frozenset({"ios", "ipados", "android"})


def items(record: Record) -> list[Any]:
    """The calls of a batch, each with the context of the batch unless it has its own; any other record is one call."""
    batch = record.get("batch")
    if batch is None:
        return [record]
    if type(batch) is not list:
        raise Refused(RefusalReason.BAD_VALUE, f"batch is {shown(batch)}; allowed: a list of calls")
    context = part(record, "context")
    if not context:
        return batch
    return [{**call, "context": context} if type(call) is dict and "context" not in call else call for call in batch]


def event_name(record: Record) -> str | None:
    """The event of a track call in lower case with spaces (``order completed``); None for other calls.

    Refused: bad_value if it is no text, missing_field if a track call has none.
    """
    event = record.get("event")
    if type(event) is str and event:
        return _plain(event[:100])
    call = record.get("type")
    if event is not None and event != "":
        raise Refused(RefusalReason.BAD_VALUE, f"event is {shown(event)}; allowed: the name of an event")
    if call == "track":
        raise Refused(RefusalReason.MISSING_FIELD, "event is missing; allowed: the name of an event")
    return None


@lru_cache(maxsize=1024)
def _plain(event: str) -> str:
    return " ".join(event.replace("_", " ").lower().split())


def occurred_at(record: Record, zone: tzinfo) -> int:
    """When the call was made, in epoch milliseconds; Segment's own correction of the client's clock comes first."""
    for name in TIMES:
        value = record.get(name)
        if value is not None:
            return moment(value, zone, name)
    raise Refused(RefusalReason.MISSING_FIELD, f"no time; allowed: one of {', '.join(TIMES)}")


def identities(record: Record) -> dict[str, str]:
    """Who made the call: user id, anonymous id, device, and mail address and phone among the traits."""
    found: dict[str, str] = {}
    context = part(record, "context")
    traits = context.get("traits")
    if type(traits) is not dict:
        traits = record.get("traits")
    if type(traits) is not dict:
        traits = EMPTY
    _put(found, "customer_id", people.known(first(record, USER), "userId"))
    _put(found, "cookie", people.known(first(record, ANONYMOUS), "anonymousId"))
    if traits:
        _put(found, "email", people.email(traits.get("email"), "traits.email"))
        _put(found, "phone", people.phone(traits.get("phone"), "traits.phone"))
    device = context.get("device")
    if type(device) is dict:
        _put(found, "device", people.known(device.get("id"), "context.device.id"))
    return found


def is_app(record: Record) -> bool:
    """Whether the call came from a mobile app rather than a browser or a server."""
    context = part(record, "context")
    if not context:
        return False
    library = part(context, "library").get("name")
    if type(library) is str and library.startswith(_APP_LIBRARIES):
        return True
    system = part(context, "os").get("name")
    return type(system) is str and system.lower() in _APP_SYSTEMS and not part(context, "page")


def segment(record: Record) -> dict[str, str]:
    """What cohorts are made of: device, country, operating system, version of the app."""
    found: dict[str, str] = {}
    context = part(record, "context")
    if not context:
        return found
    _put(found, "device", _device(context))
    location = part(context, "location")
    _put(found, "country", label(first(location, ("country_code", "country")), 40) or _country(context.get("locale")))
    _put(found, "os", label(part(context, "os").get("name"), 40))
    _put(found, "app_version", label(part(context, "app").get("version"), 40))
    return found


def campaign(record: Record) -> str | None:
    """The name of the campaign that brought the visit."""
    return label(part(part(record, "context"), "campaign").get("name"))


def referrer(record: Record) -> str | None:
    """The other site the visit came from, its host name only: the rest of an address may say too much of a person."""
    context, properties = part(record, "context"), part(record, "properties")
    page = part(context, "page")
    for address in (properties.get("referrer"), page.get("referrer"), part(context, "referrer").get("url")):
        found = host(address)
        if found is not None:
            own = host(properties.get("url")) or host(page.get("url"))
            return None if found == own else found
    return None


def host(address: Any) -> str | None:
    """The host name of a web address in lower case without ``www.``, or None."""
    if type(address) is not str or not address or len(address) > 4096:
        return None
    return _host(address)


def person_key(record: Record) -> str | None:
    """Record key that keeps one person's calls together: the user id, else the anonymous id."""
    return _key(record, (*USER, *ANONYMOUS))


def session_key(record: Record) -> str | None:
    """Record key that keeps one visit together: the anonymous id, which stays the same over a login."""
    return _key(record, (*ANONYMOUS, *USER))


@lru_cache(maxsize=4096)
def _host(address: str) -> str | None:
    try:
        name = urlsplit(address if "//" in address else "//" + address).hostname
    except ValueError:
        return None
    return label(name.removeprefix("www.")) if name else None


def _key(record: Record, names: tuple[str, ...]) -> str | None:
    batch = record.get("batch")
    if type(batch) is list and batch and type(batch[0]) is dict:
        record = batch[0]
    value = first(record, names)
    return label(value) if type(value) is str or type(value) is int else None


def _put(found: dict[str, str], kind: str, value: str | None) -> None:
    if value is not None:
        found[kind] = value


def _device(context: Record) -> str | None:
    kind = part(context, "device").get("type")
    if type(kind) is str and kind.lower() in ("mobile", "tablet", "desktop"):
        return kind.lower()
    agent = context.get("userAgent")
    if type(agent) is str:
        return _device_of(agent[:512])
    return "mobile" if type(kind) is str and kind.lower() in _APP_SYSTEMS else None


@lru_cache(maxsize=4096)
def _device_of(agent: str) -> str:
    if "iPad" in agent or "Tablet" in agent:
        return "tablet"
    return "mobile" if "Mobi" in agent else "desktop"


def _country(locale: Any) -> str | None:
    return _region(locale) if type(locale) is str and 5 <= len(locale) <= 20 else None


@lru_cache(maxsize=1024)
def _region(locale: str) -> str | None:
    region = locale.replace("_", "-").rpartition("-")[2]
    return region.upper() if len(region) == 2 and region.isascii() and region.isalpha() else None
