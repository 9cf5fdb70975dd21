"""A brand or topic is suddenly mentioned far more often than is usual at that hour.

The detection is ``detectors.spikes``; this rule keeps beside it which tone the mentions of the rise had, so that the
alert can say whether people praise or complain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.cohorts import CohortFinding, CohortRule, Measured
from detectors.spike_knobs import SpikeKnobs
from detectors.spikes import ROW_MS, Spike, Spikes
from detectors.windows import HOUR_MS

if TYPE_CHECKING:
    from detectors.tally import Segment

TONES = ("negative", "neutral", "positive", "unknown")
"""Classes of tone a count may have; any other word counts as unknown."""

_CODES = {tone: code for code, tone in enumerate(TONES)}
_UNIT = "mentions in 5 minutes"


class MentionSeries:
    """The mentions of one key: the detector's state and the tones of the open row and of the rise before it.

    ``of`` says what the key is: ``brand`` or ``topic``.
    """

    __slots__ = ("key", "of", "open_tones", "rise_tones", "spikes")

    def __init__(self, key: str, of: str, spikes: Spikes) -> None:
        self.key = key
        self.of = of
        self.spikes = spikes
        self.open_tones = [0] * len(TONES)
        self.rise_tones = [0] * len(TONES)

    def to_tuple(self) -> tuple[float, ...]:
        """Everything a restart needs but the key: tones first, then the detector's numbers."""
        return (*self.open_tones, *self.rise_tones, *self.spikes.to_tuple())

    def take(self, count: int, tone: str) -> None:
        """Count mentions in the open row."""
        self.spikes.push(self.spikes.row, count)
        self.open_tones[_CODES.get(tone, _CODES["unknown"])] += count

    def close_until(self, row: int) -> tuple[Spike | None, list[int]]:
        """Close the rows before this one; answers the alert, if any, and the tones of the rise it belongs to.

        Only the open row can have mentions, so only it can raise the alert; the rise goes on if no row closed here
        broke it.
        """
        closing = row - self.spikes.row
        spike = self.spikes.push(row, 0)
        tones = [old + new for old, new in zip(self.rise_tones, self.open_tones, strict=True)]
        self.rise_tones = tones if self.spikes.rise >= closing else [0] * len(TONES)
        self.open_tones = [0] * len(TONES)
        return spike, tones


@dataclass(frozen=True)
class MentionSpike(SpikeKnobs, CohortRule):
    """Raises an alert when mentions burst; its knobs are the detector's and two of its own."""

    critical_score: float = 4.0
    """Score from which an alert is critical, -log10 of the chance of such five minutes; default 4.

    Four is one row in 10,000, about once in five weeks. Lower makes more alerts critical.
    """

    name: ClassVar[str] = "mention_spike"
    grain_ms: ClassVar[int] = ROW_MS
    tick_ms: ClassVar[int] = ROW_MS
    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {**SpikeKnobs.LIMITS, "critical_score": (0.5, 50.0)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.critical_score < self.threshold:
            raise ValueError(
                f"critical_score must be at least threshold, {self.threshold!r}, not {self.critical_score!r}"
            )

    def new_series(self, key: str, of: str = "brand") -> MentionSeries:
        """Start the state of a brand or topic nothing is known of."""
        return MentionSeries(key, of, Spikes(self))

    def load_series(self, key: str, values: tuple[float, ...] | list[float], of: str = "brand") -> MentionSeries:
        """Rebuild a series from its ``to_tuple()``; a tuple of another length raises ``ValueError``."""
        tones = len(TONES)
        series = MentionSeries(key, of, Spikes.from_tuple(values[2 * tones :], self))
        series.open_tones = [int(count) for count in values[:tones]]
        series.rise_tones = [int(count) for count in values[tones : 2 * tones]]
        return series

    def observe(self, series: MentionSeries, at_ms: int, count: int, tone: str) -> CohortFinding | None:
        """Count mentions of one tone; a finding is about the five minutes that this event time closed.

        Mentions of closed rows, and counts below one, are ignored.
        """
        finding = self.advance(series, at_ms)
        if count > 0 and at_ms // ROW_MS == series.spikes.row:
            series.take(count, tone)
        return finding

    def advance(self, series: MentionSeries, at_ms: int) -> CohortFinding | None:
        """Close the rows that end at or before an event time, in epoch milliseconds."""
        row = at_ms // ROW_MS
        if row <= series.spikes.row:
            return None
        spike, tones = series.close_until(row)
        return None if spike is None else self._finding(series, spike, tones)

    def sorts(self, what: str, segment: Segment, number: int, failed: int) -> list[tuple[str, int]]:
        """By tone."""
        return [(what, number)]

    def take(self, series: MentionSeries, at_ms: int, what: str, number: int) -> list[CohortFinding]:
        """Count mentions of one tone."""
        finding = self.observe(series, at_ms, number, what)
        return [] if finding is None else [finding]

    def over(self, finding: CohortFinding, at_ms: int) -> CohortFinding | None:
        """The cooldown has passed without another."""
        calm = finding.detected_at + int(self.cooldown_hours * HOUR_MS)
        if at_ms <= calm:
            return None
        return finding.ended(calm, f"{finding.key} is mentioned about as often as usual again.")

    def _finding(self, series: MentionSeries, spike: Spike, tones: list[int]) -> CohortFinding:
        return CohortFinding(
            self.name,
            series.key,
            started_at=spike.started_row * ROW_MS,
            detected_at=(spike.row + 1) * ROW_MS,
            severity="critical" if spike.score >= self.critical_score else "warning",
            measured=Measured(
                _UNIT, spike.count, baseline=round(spike.expected, 1), threshold=round(spike.least, 1), unit=_UNIT
            ),
            summary=_summary(series.key, spike, tones),
            what="mentions",
            where={series.of: series.key},
            size=sum(tones),
        )


def _summary(key: str, spike: Spike, tones: list[int]) -> str:
    again = "mentioned even more" if spike.row > spike.started_row else "suddenly mentioned far more than usual"
    usual = f"about {round(spike.expected):,}" if spike.expected >= 0.5 else "hardly any"
    times = f"{round(spike.count):,} mention{'' if spike.count == 1 else 's'}"
    return f"{key} is {again}: {times} in 5 minutes instead of {usual}; {_tone(tones)}."


def _tone(tones: list[int]) -> str:
    known = sum(tones) - tones[_CODES["unknown"]]
    if known == 0:
        return f"the tone of the {sum(tones):,} since the rise began is not known"
    share = round(100 * tones[_CODES["negative"]] / known)
    return f"{share} % of the {known:,} since the rise began whose tone is known are negative"
