import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.interaction import CHANNELS, KINDS
from streams.ingest.mapper import Mapped, Mapper
from streams.ingest.mappings.page_views import key
from streams.ingest.refusal import RefusalReason
from streams.ingest.settings import IngestSettings

RECORDS = json.loads((Path(__file__).parent / "fixtures" / "page-views.json").read_text(encoding="utf-8"))
CALL = {"messageId": "m", "anonymousId": "a", "timestamp": "2024-03-05T10:00:00Z"}


def run(record: Any, **settings: Any) -> Mapped:
    return Mapper("page-views", IngestSettings(**settings)).map(msgspec.json.encode(record), 1_800_000_000_000)


def test_page_gives_path_referring_site_and_segment_but_no_query() -> None:
    (view,) = run(RECORDS[0]).interactions
    assert (KINDS[view.kind], CHANNELS[view.channel]) == ("page_viewed", "site")
    assert (view.page, view.referrer) == ("/", "news.example.net")
    assert view.segment == {"device": "desktop", "country": "DE"}
    assert (view.step, view.funnel) == (None, None)
    assert (view.id, view.stakeholder) == ("p-1", "cookie:anon-1")


def test_screen_is_a_view_in_the_app() -> None:
    (view,) = run(RECORDS[1]).interactions
    assert CHANNELS[view.channel] == "app"
    assert view.page == "Product"
    assert view.segment == {"device": "mobile", "os": "Android", "app_version": "3.1.0"}
    assert view.identities == {"customer_id": "c-7", "cookie": "507f191e810c19729de860ea", "device": "7e32188a4dab669f"}


def test_product_and_checkout_events_are_steps_of_the_funnel() -> None:
    views = [view for record in RECORDS[2:9] for view in run(record).interactions]
    assert [(view.funnel, view.step) for view in views] == [
        (None, "product"),
        ("checkout", "cart"),
        ("checkout", "checkout"),
        ("checkout", "shipping"),
        ("checkout", "gift_wrap"),
        ("checkout", "payment"),
        ("checkout", "order"),
    ]
    assert {KINDS[view.kind] for view in views} == {"page_viewed"}
    assert views[0].subject == "Monopoly"


def test_event_outside_shopping_is_ignored() -> None:
    mapped = run(RECORDS[9])
    assert (mapped.interactions, mapped.refusals, mapped.ignored) == ([], [], 1)


@pytest.mark.parametrize(("step", "name"), [(1, "contact"), ("3", "payment"), (7, "step_7"), (0, "step_0")])
def test_numbered_step_takes_its_name_from_the_settings(step: Any, name: str) -> None:
    record = CALL | {"type": "track", "event": "Checkout Step Viewed", "properties": {"step": step}}
    assert run(record).interactions[0].step == name


@pytest.mark.parametrize("step", [None, {}, [], "", True])
def test_checkout_step_without_a_step_is_refused(step: Any) -> None:
    record = CALL | {"type": "track", "event": "Checkout Step Viewed", "properties": {"step": step}}
    assert [r.reason for r in run(record).refusals] == [RefusalReason.MISSING_FIELD]


def test_the_own_site_is_no_referrer() -> None:
    page = {"url": "https://www.shop.example.com/cart", "referrer": "https://shop.example.com/"}
    assert run(CALL | {"type": "page", "properties": page}).interactions[0].referrer is None


def test_page_of_an_address_is_its_path() -> None:
    page = {"url": "https://shop.example.com/a/b?email=x@example.com#top"}
    assert run(CALL | {"type": "page", "properties": page}).interactions[0].page == "/a/b"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"name": "Home"}, RefusalReason.MISSING_FIELD),
        ({"type": 3}, RefusalReason.BAD_VALUE),
        ({"type": "page", "properties": [1]}, RefusalReason.BAD_VALUE),
        ({"type": "page", "timestamp": None}, RefusalReason.MISSING_FIELD),
        ({"type": "page", "anonymousId": None}, RefusalReason.NO_IDENTITY),
        ({"type": "page", "messageId": "a\tb"}, RefusalReason.BAD_VALUE),
    ],
)
def test_malformed_view_is_refused_with_its_reason(record: dict[str, Any], reason: RefusalReason) -> None:
    assert [r.reason for r in run(CALL | record).refusals] == [reason]


def test_key_is_the_browser_which_outlives_a_login() -> None:
    assert key(RECORDS[8]) == "anon-1"
    assert key({"userId": "c-1"}) == "c-1"


def visit(**page: str) -> Any:
    return CALL | {"type": "page", "properties": page}


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ({"path": "/careers/engineering"}, ("/careers/engineering", None)),
        ({"path": "/investors"}, ("/investors", None)),
        ({"path": "/", "referrer": "https://uk.finance.yahoo.com/quote/ACME"}, ("/", "uk.finance.yahoo.com")),
        ({"path": "/", "referrer": "https://www.linkedin.com/company/acme"}, ("/", "linkedin.com")),
    ],
)
def test_quiet_interest_in_the_company_is_told_as_referred_traffic_besides(page: Any, place: Any) -> None:
    view, referred = run(visit(**page)).interactions
    assert [KINDS[each.kind] for each in (view, referred)] == ["page_viewed", "traffic_referred"]
    assert (referred.page, referred.referrer) == place
    assert (referred.id, referred.stakeholder, referred.occurred_at) == ("m:referred", "cookie:a", view.occurred_at)


@pytest.mark.parametrize(
    "page", [{"path": "/product/careers"}, {"path": "/", "referrer": "https://notft.com"}, {"path": "/about"}]
)
def test_other_visits_are_no_quiet_interest(page: Any) -> None:
    assert len(run(visit(**page)).interactions) == 1


def test_where_quiet_interest_shows_is_a_setting() -> None:
    settings = {"lurking_pages": ("/about",), "lurking_sites": ()}
    assert len(run(visit(path="/about"), **settings).interactions) == 2
    assert len(run(visit(path="/careers", referrer="https://ft.com/x"), **settings).interactions) == 1
