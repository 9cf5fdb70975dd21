from typing import Any

import pytest

from streams.ingest import segment
from streams.ingest.refusal import Refused


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) Mobile/15E148", "mobile"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile Safari/537.36", "mobile"),
        ("Mozilla/5.0 (iPad; CPU OS 17_3 like Mac OS X) Mobile/15E148", "tablet"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "desktop"),
    ],
)
def test_device_is_told_from_the_user_agent(agent: str, device: str) -> None:
    assert segment.segment({"context": {"userAgent": agent}}) == {"device": device}


@pytest.mark.parametrize(
    ("context", "country"),
    [
        ({"locale": "pt_BR"}, "BR"),
        ({"locale": "zh-Hant-TW"}, "TW"),
        ({"locale": "en"}, None),
        ({"locale": "de-DE", "location": {"country": "Austria"}}, "Austria"),
    ],
)
def test_country_comes_from_the_location_else_the_locale(context: dict[str, Any], country: str | None) -> None:
    assert segment.segment({"context": context}).get("country") == country


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.Example.com/a?b", "example.com"),
        ("example.org/x", "example.org"),
        ("http://[", None),
        ("", None),
        (5, None),
        ("x" * 5000, None),
        ("android-app://com.example.app/", "com.example.app"),
    ],
)
def test_host_of_an_address(address: Any, host: str | None) -> None:
    assert segment.host(address) == host


def test_call_of_a_batch_keeps_its_own_context() -> None:
    batch = {"context": {"locale": "de-DE"}, "batch": [{"a": 1}, {"context": {"locale": "fr-FR"}}, 7]}
    own = [{"a": 1, "context": {"locale": "de-DE"}}, {"context": {"locale": "fr-FR"}}, 7]
    assert list(segment.items(batch)) == own


def test_event_names_are_compared_without_case_and_underscores() -> None:
    assert segment.event_name({"event": " Order_Completed "}) == "order completed"
    assert segment.event_name({"type": "page"}) is None
    with pytest.raises(Refused, match="event is missing"):
        segment.event_name({"type": "track"})
