"""Page and screen views, and the steps of a purchase: Segment's ``page``, ``screen``, and ``track`` for products."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from detectors.interaction import CHANNEL_CODES, KIND_CODES, Channel, Interaction, Kind
from streams.ingest import segment
from streams.ingest.reading import Record, content_id, first, identifier, joined, label, part
from streams.ingest.refusal import RefusalReason, Refused, shown
from streams.ingest.settings import IngestSettings

SOURCE = "page-views"

NUMBERED: Final = "numbered"  # the step stands in the event's own properties

STEPS: Final = {
    "product viewed": "product",
    "viewed product": "product",
    "product added": "cart",
    "added product": "cart",
    "cart viewed": "cart",
    "checkout started": "checkout",
    "checkout step viewed": NUMBERED,
    "viewed checkout step": NUMBERED,
    "checkout step completed": NUMBERED,
    "completed checkout step": NUMBERED,
    "payment info entered": "payment",
    "order completed": "order",
    "completed order": "order",
}
STEP: Final = ("step_name", "stepName", "step")
PRODUCT: Final = ("name", "sku", "product_id", "productId")

_VIEWED: Final = KIND_CODES[Kind.PAGE_VIEWED]
_REFERRED: Final = KIND_CODES[Kind.TRAFFIC_REFERRED]
_SITE: Final = CHANNEL_CODES[Channel.SITE]
_APP: Final = CHANNEL_CODES[Channel.APP]

items = segment.items
key = segment.session_key


def interactions(record: Record, settings: IngestSettings) -> list[Interaction]:
    """One view; with ``step`` and ``funnel`` when it is a step of a funnel, from which sessions make funnel events.

    Quiet interest in the company, by the page or by where it comes from, is told as referred traffic besides.
    """
    call = record.get("type")
    name = segment.event_name(record) if call in (None, "track") else None
    step = None
    if name is not None:
        step = STEPS.get(name)
        if step is None:
            return []
    elif call not in ("page", "screen"):
        _ignore_or_refuse(call)
        return []
    properties = _properties(record)
    if step == NUMBERED:
        step = _numbered(properties, settings)
    view = Interaction(
        kind=_VIEWED,
        occurred_at=segment.occurred_at(record, settings.zone),
        id=identifier(first(record, segment.MESSAGE), "messageId") or content_id(record),
        source=SOURCE,
        channel=_APP if call == "screen" or segment.is_app(record) else _SITE,
        funnel=_funnel(step, settings),
        step=step,
        page=_page(record, properties),
        subject=label(first(properties, PRODUCT)) if step == "product" else None,
        referrer=segment.referrer(record),
        campaign=segment.campaign(record),
        segment=segment.segment(record) or None,
        identities=segment.identities(record),
    )
    lurks = (view.page is not None and view.page.startswith(settings.lurking_pages)) or (
        view.referrer is not None and _is_of(view.referrer, settings.lurking_sites)
    )
    return [view, _referred(view)] if lurks else [view]


@lru_cache(maxsize=4096)
def _is_of(host: str, sites: tuple[str, ...]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)


def _referred(view: Interaction) -> Interaction:
    """That a visit comes out of quiet interest, by where it comes from or what it looks at."""
    return Interaction(
        kind=_REFERRED,
        occurred_at=view.occurred_at,
        id=joined(view.id, "referred"),
        source=SOURCE,
        channel=view.channel,
        page=view.page,
        referrer=view.referrer,
        campaign=view.campaign,
        segment=view.segment,
        identities=view.identities,
    )


def _ignore_or_refuse(call: Any) -> None:
    if call is None:
        raise Refused(RefusalReason.MISSING_FIELD, "type is missing; allowed: page, screen, or track with an event")
    if type(call) is not str:
        raise Refused(RefusalReason.BAD_VALUE, f"type is {shown(call)}; allowed: {', '.join(sorted(segment.CALLS))}")


def _properties(record: Record) -> Record:
    value = record.get("properties")
    if value is not None and type(value) is not dict:
        raise Refused(RefusalReason.BAD_VALUE, f"properties is {shown(value)}; allowed: an object")
    return part(record, "properties")


def _numbered(properties: Record, settings: IngestSettings) -> str:
    """The name of a checkout step, which shops give as its name or its number from 1."""
    value = first(properties, STEP)
    name = label(value, 40)
    if name is None:
        raise Refused(RefusalReason.MISSING_FIELD, f"step is {shown(value)}; allowed: a name, or a number from 1")
    if name.isdecimal() and name.isascii():
        number = int(name)
        return settings.checkout_steps[number - 1] if 1 <= number <= len(settings.checkout_steps) else f"step_{number}"
    return name.lower().replace(" ", "_")


def _funnel(step: str | None, settings: IngestSettings) -> str | None:
    if step is None:
        return None
    for funnel, steps in settings.funnels.items():
        if step in steps:
            return funnel
    return None if step == "product" else next(iter(settings.funnels), None)


def _page(record: Record, properties: Record) -> str | None:
    """The path of the page without its query, or the name of the screen."""
    page = part(part(record, "context"), "page")
    path = first(properties, ("path", "url")) or first(page, ("path", "url"))
    if type(path) is str:
        return _path(path[:2048])
    return label(first(record, ("name",)) or first(properties, ("name",))) if record.get("type") != "track" else None


@lru_cache(maxsize=4096)
def _path(address: str) -> str | None:
    """The path of an address or path: what may name a person stands behind ``?`` or ``#``."""
    bare = address.partition("?")[0].partition("#")[0]
    _, slashes, rest = bare.partition("://")
    if slashes:
        bare = "/" + rest.partition("/")[2]
    return label(bare, 512)
