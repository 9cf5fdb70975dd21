from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.ingest.moments import OLDEST_MS, moment
from streams.ingest.refusal import RefusalReason, Refused

AT = 1709633472000


@pytest.mark.parametrize(
    "value",
    [
        "2024-03-05T10:11:12Z",
        "2024-03-05t10:11:12z".upper(),
        "2024-03-05T10:11:12z",
        "2024-03-05T10:11:12.000+00:00",
        "2024-03-05T11:11:12+01:00",
        "2024-03-05 05:11:12-0500",
        "2024-03-05 10:11:12",
        " 2024-03-05T10:11:12 ",
        "2024-03-05T10:11:12.000000000Z",
        1709633472,
        1709633472.0,
        "1709633472",
        1709633472000,
        "1709633472000",
        1709633472000000,
        1709633472000000000,
    ],
)
def test_one_moment_in_the_ways_sources_write_it(value: Any) -> None:
    assert moment(value, UTC, "time") == AT


def test_time_without_offset_is_read_in_the_given_zone_summer_and_winter() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert moment("2024-03-05 11:11:12", berlin, "time") == AT
    assert moment("2024-07-01T12:00:00", berlin, "time") == moment("2024-07-01T10:00:00Z", UTC, "time")
    assert moment("2024-03-05", UTC, "time") == AT - 36_672_000


def test_fractions_are_kept_to_the_millisecond() -> None:
    assert moment("2024-03-05T10:11:12.3456789Z", UTC, "time") == AT + 346
    assert moment(1709633472.25, UTC, "time") == AT + 250


@pytest.mark.parametrize("value", [None, True, [], {}, "", "soon", "2024-02-30", "05/03/2024", "x" * 10_000, "12"])
def test_what_is_no_time_is_refused_naming_it(value: Any) -> None:
    with pytest.raises(Refused) as refused:
        moment(value, UTC, "sentAt")
    assert refused.value.reason == RefusalReason.BAD_VALUE
    assert refused.value.detail.startswith("sentAt is ")


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        10**25,
        -(10**25),
        1e300,
        "1970-01-01T00:00:00Z",
        "1989-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_absurd_times_are_out_of_range(value: Any) -> None:
    with pytest.raises(Refused) as refused:
        moment(value, UTC, "time")
    assert refused.value.reason == RefusalReason.OUT_OF_RANGE


def test_the_limits_themselves() -> None:
    assert moment("1990-01-01T00:00:00Z", UTC, "time") == OLDEST_MS
    assert moment("2099-12-31T23:59:59.999Z", UTC, "time") == 4_102_444_799_999


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001 - the text below says it is UTC
def test_what_browsers_write_is_read_as_any_other_time(when: datetime) -> None:
    text = when.isoformat(timespec="milliseconds")
    assert moment(f"{text}Z", UTC, "time") == moment(f"{text}+00:00", UTC, "time")


@pytest.mark.parametrize(
    "value",
    [
        "2024-02-30T10:11:12.000Z",
        "2024-03-05T24:11:12.000Z",
        "2024-03-05T10:11:60.000Z",
        "2024-03-05T10:11+01.000Z",
        "2024-03-05T101112.0.000Z",
        "2024-03-05T10:11:12.0x0Z",
        "2024-03-05T10:11:12.\u0661\u0662\u0663Z",
    ],
)
def test_what_only_looks_like_a_browsers_time_is_refused(value: str) -> None:
    assert len(value) == 24
    with pytest.raises(Refused):
        moment(value, UTC, "time")
