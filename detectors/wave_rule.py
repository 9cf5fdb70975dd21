"""What the rules have in common that watch daily counts: ``detectors.waves`` in words."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from detectors.cohorts import CohortFinding, CohortRule, Measured
from detectors.finding import RESOLVED
from detectors.wave_knobs import WaveKnobs
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.waves import Wave, Waves


class WaveSeries:
    """The daily counts of one key."""

    __slots__ = ("key", "waves")

    def __init__(self, key: str, waves: Waves) -> None:
        self.key = key
        self.waves = waves

    def to_tuple(self) -> tuple[Any, ...]:
        """Everything a restart needs but the key."""
        return self.waves.to_tuple()


@dataclass(frozen=True)
class WaveRule(WaveKnobs, CohortRule):
    """A rule of daily counts; a subclass says of what."""

    grain_ms: ClassVar[int] = DAY_MS
    tick_ms: ClassVar[int] = DAY_MS
    takes_late: ClassVar[bool] = True
    waves: ClassVar[type[Waves]]
    """Of which kind the counts are."""
    cohort: ClassVar[str]
    """What an alert is about."""
    dimension: ClassVar[str]
    """What the key is."""

    def new_series(self, key: str) -> WaveSeries:
        """Start the state of a key nothing is known of."""
        return WaveSeries(key, self.waves(self))

    def load_series(self, key: str, values: Any) -> WaveSeries:
        """Rebuild a series from its ``to_tuple()``."""
        series = self.new_series(key)
        series.waves.restore(values)
        return series

    def advance(self, series: WaveSeries, at_ms: int) -> CohortFinding | None:
        """Close days that end at or before an event time (ms); ask until there is no finding."""
        wave = series.waves.advance(at_ms)
        if wave is None:
            return None
        is_over = wave.status == RESOLVED
        is_critical = wave.found >= self.critical_rise * wave.expected
        return CohortFinding(
            self.name,
            series.key,
            started_at=wave.started_at,
            detected_at=wave.at,
            severity="info" if is_over else "critical" if is_critical else "warning",
            measured=self.measured(wave),
            summary=self.ended_summary(series.key, wave) if is_over else self.summary(series.key, wave),
            what=self.cohort,
            where={self.dimension: series.key},
            size=wave.found,
            status=wave.status,
        )

    @abstractmethod
    def measured(self, wave: Wave) -> Measured:
        """The figures of the alert."""

    @abstractmethod
    def summary(self, key: str, wave: Wave) -> str:
        """The sentence of the alert."""

    @abstractmethod
    def ended_summary(self, key: str, wave: Wave) -> str:
        """The sentence of its end."""
