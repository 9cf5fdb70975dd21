"""Far more of the contacts about a brand or topic are complaints than usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.cohort_words import about, day, times_as_many
from detectors.cohorts import CohortFinding, Measured
from detectors.wave_kinds import ShareWaves
from detectors.wave_knobs import ShareKnobs
from detectors.wave_rule import WaveRule, WaveSeries

if TYPE_CHECKING:
    from detectors.tally import Segment
    from detectors.waves import Wave, Waves

Contact = tuple[str, bool]
"""The source that brought it, and whether it is a complaint."""


@dataclass(frozen=True)
class ComplaintWave(ShareKnobs, WaveRule):
    """Raises an alert when complaints become a far larger share of the contacts about something.

    The key is the brand or topic. The share, not the number: growth and week-ends change only the number. Each source
    has a usual share of its own, so one that fails or grows is no wave.
    """

    shared_by: int = 5
    """How many topics share the budget; default 5. Larger keeps all together as calm as one."""

    name: ClassVar[str] = "complaint_wave"
    waves: ClassVar[type[Waves]] = ShareWaves
    cohort: ClassVar[str] = "complaints"
    dimension: ClassVar[str] = "topic"

    def sorts(self, what: str, segment: Segment, number: int, failed: int) -> list[tuple[Contact, int]]:
        """Complaints and other contacts, by the source that brought them."""
        both = [((what, False), number - failed), ((what, True), failed)]
        return [(sort, times) for sort, times in both if times]

    def take(self, series: WaveSeries, at_ms: int, what: Contact, number: int) -> list[CohortFinding]:
        """Count contacts in the open day."""
        source, is_complaint = what
        self.observe(series, at_ms, contacts=number, complaints=number if is_complaint else 0, source=source)
        return []

    def observe(self, series: WaveSeries, at_ms: int, *, contacts: int, complaints: int, source: str = "") -> None:
        """Count contacts and the complaints among them, after time was let pass; findings come with the day's end."""
        waves = series.waves
        assert isinstance(waves, ShareWaves)  # noqa: S101 - made by this rule
        waves.take_from(source, at_ms, tried=contacts, found=complaints)

    def measured(self, wave: Wave) -> Measured:
        """Shares."""
        tried = max(wave.tried, 1)
        return Measured(
            "share of complaints",
            round(wave.found / tried, 3),
            baseline=round(wave.expected / tried, 3),
            threshold=round(wave.limit, 3),
            unit="of contacts",
        )

    def summary(self, key: str, wave: Wave) -> str:
        """How many more."""
        times = times_as_many(wave.found / wave.expected)
        told = "More contacts about" if times is None else f"{times} as many contacts about"
        usual = "than usual" if times is None else "as usual"
        return (
            f"{told} {key} are complaints {usual}: {wave.found:,} of {wave.tried:,} since {day(wave.since)}"
            f" instead of {about(wave.expected)}."
        )

    def ended_summary(self, key: str, wave: Wave) -> str:
        """That they are as few as before, or that this is how it is now."""
        if wave.why == "recovered":
            return f"About as few contacts about {key} as usual are complaints again."
        return (
            f"Complaints about {key} have been so many for {self.new_normal_days} days that this counts as usual from"
            f" now on: {wave.found:,} of {wave.tried:,} contacts since {day(wave.since)}."
        )
