"""Far more silent visits than usual from, or to, one kind of place where investors and applicants look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.cohort_words import about, day, times_as_many
from detectors.cohorts import CohortFinding, Measured
from detectors.lurking import CAREERS_PAGES, INVESTOR_PAGES
from detectors.wave_kinds import VolumeWaves
from detectors.wave_rule import WaveRule, WaveSeries

if TYPE_CHECKING:
    from detectors.tally import Segment
    from detectors.waves import Wave, Waves


@dataclass(frozen=True)
class LurkingTraffic(WaveRule):
    """Raises an alert when silent visits by way of one kind of place become far more than usual on such days.

    The key is the kind of place: financial sites, LinkedIn, Glassdoor, investor pages, careers pages.
    """

    shared_by: int = 5
    """How many kinds of place share the budget; default 5. Larger keeps all together as calm as one."""

    name: ClassVar[str] = "lurking_traffic"
    waves: ClassVar[type[Waves]] = VolumeWaves
    cohort: ClassVar[str] = "silent visits"
    dimension: ClassVar[str] = "place"

    def sorts(self, what: str, segment: Segment, number: int, failed: int) -> list[tuple[str, int]]:
        """All alike."""
        return [("", number)]

    def take(self, series: WaveSeries, at_ms: int, what: str, number: int) -> list[CohortFinding]:
        """Count visits in the open day."""
        self.observe(series, at_ms, number)
        return []

    def observe(self, series: WaveSeries, at_ms: int, visits: int) -> None:
        """Count visits, after time was let pass; findings come with the day's end."""
        series.waves.take(at_ms, tried=0, found=visits)

    def measured(self, wave: Wave) -> Measured:
        """Visits a day."""
        return Measured(
            "silent visits",
            round(wave.found / wave.tried, 1),
            baseline=round(wave.expected / wave.tried, 1),
            threshold=round(wave.limit, 1),
            unit="a day",
        )

    def summary(self, key: str, wave: Wave) -> str:
        """How many more."""
        times = times_as_many(wave.found / wave.expected)
        told = (
            f"More silent visits {_way(key)} than usual"
            if times is None
            else f"{times} as many silent visits {_way(key)} as usual"
        )
        return f"{told}: {wave.found:,} since {day(wave.since)} instead of {about(wave.expected)}."

    def ended_summary(self, key: str, wave: Wave) -> str:
        """That they are as few as before, or that this is how it is now."""
        if wave.why == "recovered":
            return f"Silent visits {_way(key)} are about as few as usual again."
        return (
            f"Silent visits {_way(key)} have been so many for {self.new_normal_days} days that this counts as usual"
            f" from now on: {wave.found:,} since {day(wave.since)}."
        )


def _way(place: str) -> str:
    return f"to {place}" if place in (INVESTOR_PAGES, CAREERS_PAGES) else f"from {place}"
