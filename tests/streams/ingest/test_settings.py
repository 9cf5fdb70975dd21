from typing import Any

import pytest

from streams.ingest.settings import IngestSettings


def test_defaults_are_allowed_and_own_handles_are_made_comparable() -> None:
    made = IngestSettings(own_handles=("@Acme", "AcmeHelp "), naive_zone="Europe/Berlin")
    assert made.own == {"acme", "acmehelp"}
    assert str(made.zone) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("session_timeout_minutes", 0, "1 to 1440"),
        ("future_tolerance_minutes", -1, "0 to 1440"),
        ("text_limit", 0, "1 to 100000"),
        ("max_bytes", 10, "1024 to "),
        ("default_currency", "euro", "three capital letters"),
        ("naive_zone", "Mars/Olympus", "an IANA zone"),
        ("naive_zone", "../etc", "an IANA zone"),
        ("identity_order", (), "at least one"),
        ("identity_order", ("shoe_size",), "customer_id"),
        ("identity_order", ("handle:",), "handle:PLATFORM"),
        ("own_handles", ("@",), "handles such as"),
        ("watched_pages", ("pricing",), "beginnings of paths"),
        ("lurking_pages", ("jobs",), "beginnings of paths"),
        ("lurking_sites", ("https://ft.com",), "host names"),
        ("lurking_sites", ("localhost",), "host names"),
        ("funnels", {"a": ("x",)}, "two or more steps"),
        ("funnels", {"a": ("x", "y"), "b": ("y", "z")}, "no step empty or used twice"),
    ],
)
def test_absurd_value_is_an_error_naming_the_field_and_what_is_allowed(field: str, value: Any, allowed: str) -> None:
    with pytest.raises(ValueError, match=f"{field} .*allowed: .*{allowed}"):
        IngestSettings(**{field: value})
