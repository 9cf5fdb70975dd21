"""The rule lurking_traffic: from silent visits to a sentence."""

from __future__ import annotations

import pytest

from detectors.cohorts.lurking_traffic import LurkingTraffic
from detectors.windows import DAY_MS

START = 1_709_251_200_000  # 1 March 2024
RULE = LurkingTraffic()


def told(place: str, visits: int, days: int = 100, rule: LurkingTraffic = RULE) -> list[str]:
    series = rule.new_series(place)
    found = []
    for day in range(days):
        at = START + day * DAY_MS
        while (finding := rule.advance(series, at)) is not None:
            found.append(finding)
        worse = 63 <= day < 66 or (day >= 63 and days > 100)
        rule.observe(series, at, visits if worse else 4)
    assert {finding.where["place"] for finding in found} == {place}
    assert (found[0].measured.unit, found[0].measured.value) == ("a day", pytest.approx(visits))
    return [finding.summary for finding in found]


@pytest.mark.parametrize(
    ("place", "way"), [("financial sites", "from financial sites"), ("careers pages", "to careers pages")]
)
def test_a_wave_and_its_end(place: str, way: str) -> None:
    assert told(place, 22) == [
        f"Six times as many silent visits {way} as usual: 22 since 3 May instead of about 4.",
        f"Silent visits {way} are about as few as usual again.",
    ]


def test_a_wave_that_stays() -> None:
    assert told("LinkedIn", 24, days=120)[1] == (
        "Silent visits from LinkedIn have been so many for 28 days that this counts as usual from now on:"
        " 696 since 3 May."
    )


def test_a_smaller_wave_takes_longer_and_is_told_without_a_factor() -> None:
    rule = LurkingTraffic(margin=1, rise=1.5, budget=20, shared_by=1)
    [first, *_] = told("Glassdoor", 6, days=101, rule=rule)
    assert first.startswith("More silent visits from Glassdoor than usual: ")
