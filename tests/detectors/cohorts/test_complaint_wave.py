"""The rule complaint_wave: from contacts to a sentence."""

from __future__ import annotations

import pytest

from detectors.cohorts.complaint_wave import ComplaintWave
from detectors.windows import DAY_MS

START = 1_709_251_200_000  # 1 March 2024
RULE = ComplaintWave()


def told(rate: float, days: int = 100) -> list[str]:
    series = RULE.new_series("Acme")
    found = []
    for day in range(days):
        at = START + day * DAY_MS
        while (finding := RULE.advance(series, at)) is not None:
            found.append(finding)
        worse = 63 <= day < 66 or (day >= 63 and days > 100)
        RULE.observe(series, at, contacts=50, complaints=round(50 * (rate if worse else 0.1)))
    assert {finding.where["topic"] for finding in found} == {"Acme"}
    assert [finding.severity for finding in found][-1] == "info"
    return [finding.summary for finding in found]


def test_a_wave_and_its_end() -> None:
    assert told(0.5) == [
        "Five times as many contacts about Acme are complaints as usual: 25 of 50 since 3 May instead of about 5.",
        "About as few contacts about Acme as usual are complaints again.",
    ]


def test_a_wave_that_stays() -> None:
    assert told(0.5, days=120)[1] == (
        "Complaints about Acme have been so many for 28 days that this counts as usual from now on:"
        " 725 of 1,450 contacts since 3 May."
    )


def test_a_smaller_wave_takes_longer_and_is_told_without_a_factor() -> None:
    rule = ComplaintWave(margin=1, rise=1.5, budget=100)
    series = rule.new_series("Acme")
    found = []
    for day in range(80):
        at = START + day * DAY_MS
        while (finding := rule.advance(series, at)) is not None:
            found.append(finding)
        rule.observe(series, at, contacts=500, complaints=80 if day >= 63 else 50)
    assert found[0].summary.startswith("More contacts about Acme are complaints than usual: ")
    assert found[0].severity == "warning"
    assert (found[0].measured.name, found[0].measured.unit) == ("share of complaints", "of contacts")
    assert found[0].measured.value == pytest.approx(0.16)
    assert found[0].measured.baseline == pytest.approx(0.1, abs=0.01)


def test_ten_times_as_many_are_critical() -> None:
    series = RULE.new_series("Acme")
    for day in range(64):
        at = START + day * DAY_MS
        assert RULE.advance(series, at) is None
        RULE.observe(series, at, contacts=100, complaints=60 if day == 63 else 4)
    finding = RULE.advance(series, START + 64 * DAY_MS)
    assert finding is not None
    assert (finding.severity, finding.size, finding.what) == ("critical", 60, "complaints")
