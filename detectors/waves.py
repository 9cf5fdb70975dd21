"""Finds waves in daily counts: the Shiryaev-Roberts statistic of ``detectors.drops``, one step a day.

Of two kinds: a share of what came that day (complaints among contacts), which growth and week-ends leave as it is, and
a plain volume, whose usual is learnt by day of the week. A day's likelihoods, at the most that is still usual and at
``rise`` times as much, are tempered by how much more than chance the counts scatter from day to day.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import exp, log
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from detectors.finding import OPEN, RESOLVED
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.wave_knobs import WaveKnobs

_BUDGET_DAYS: Final = 182.0
_NEVER: Final = -1
_MOST_EVIDENCE: Final = 1e200
_RECOVERY: Final = 2.0  # times the usual that an end is told from
_REBASED_DAYS: Final = 14.0
_UNSCATTERED_DAYS: Final = 5.0  # scattering by chance alone, that a series begins with
_LEAST_VARIANCE: Final = 0.3


class Wave:
    """News: more comes than usual, or that is over (``why``: ``recovered`` or ``new_normal``).

    ``found`` of ``tried`` came since ``since``, where ``expected`` would be usual; of a volume ``tried`` counts the
    days. ``limit`` is the most of one that is still usual. ``at`` is the end of the day that told. Times are in ms.
    """

    __slots__ = ("at", "expected", "found", "limit", "since", "started_at", "status", "tried", "why")

    def __init__(self, status: str, why: str, *, at: int, started_at: int) -> None:
        self.status = status
        self.why = why
        self.at = at
        self.started_at = started_at
        self.since = started_at
        self.found = 0
        self.tried = 0
        self.expected = 0.0
        self.limit = 0.0


_STATE: Final = (
    "day", "days", "open_found", "open_tried", "found", "tried", "scatter", "scatter_days", "evidence", "run",
    "run_day", "run_days", "run_found", "run_tried", "run_expected", "run_scatter", "run_scatter_days",
    "raised_day", "started_day", "recovery",
)  # fmt: skip


class Usual(NamedTuple):
    """What is usual of one: its share or number, the most that still is, and the variance of one."""

    level: float
    limit: float
    variance: float


class Waves(ABC):
    """One series of daily counts (UTC days of event time): constant work a day, constant size.

    ``found`` and ``tried`` are what is usual by class of days, ``scatter`` of ``scatter_days`` how the counts scatter;
    all fade. While the CUSUM ``run`` is above 0 the days since ``run_day`` wait: nothing is learnt from a wave. What
    makes the two kinds is in ``detectors.wave_kinds``.
    """

    classes: int
    """Days that are unlike each other: 1, or 7 for those of the week."""

    def __init__(self, knobs: WaveKnobs) -> None:
        self.knobs = knobs
        self.day = _NEVER
        self.days = 0
        self.open_found = 0
        self.open_tried = 0
        self.found = [0.0] * self.classes
        self.tried = [0.0] * self.classes
        self.scatter = 0.0
        self.scatter_days = 0.0
        self.evidence = 0.0
        self.run = 0.0
        self.raised_day = _NEVER
        self.started_day = _NEVER
        self.recovery = 0.0
        self.run_day = _NEVER
        self.run_days = 0
        self.run_found = [0] * self.classes
        self.run_tried = [0] * self.classes
        self.run_expected = 0.0
        self.run_scatter = 0.0
        self.run_scatter_days = 0

    def take(self, at: int, *, tried: int, found: int) -> None:
        """Count in the open day; let time pass by ``advance`` first. What comes for a closed day is ignored."""
        day = at // DAY_MS
        if self.day == _NEVER:
            self.day = day
        if day == self.day:
            self.open_tried += tried
            self.open_found += found

    def advance(self, at: int) -> Wave | None:
        """Close the days that end at or before an event time (ms), up to the next news; ask until there is none."""
        while _NEVER < self.day < at // DAY_MS:
            wave = self._close(self.day % self.classes)
            self.day += 1
            self.open_found = self.open_tried = 0
            if wave is not None:
                return wave
        return None

    def to_tuple(self) -> tuple[Any, ...]:
        """Everything a restart needs, as plain values; the knobs are not part of it."""
        return tuple(getattr(self, name) for name in _STATE)

    def restore(self, values: Any) -> None:
        """Become what ``to_tuple`` gave."""
        for name, value in zip(_STATE, values, strict=True):
            setattr(self, name, list(value) if isinstance(value, (list, tuple)) else value)

    @abstractmethod
    def is_known(self) -> bool:
        """Whether what is usual rests on enough."""

    @abstractmethod
    def usual(self, kind: int) -> Usual:
        """What is usual on a day of this class."""

    @abstractmethod
    def log_ratio(self, level: float, times: float, *, tried: int, found: int) -> float:
        """How much likelier a day's count is at so many times this level than at it, as a logarithm."""

    @abstractmethod
    def closing_tried(self) -> int:
        """Of how many the count of the open day is."""

    def _close(self, kind: int) -> Wave | None:
        knobs = self.knobs
        self.fade(2.0 ** (-1.0 / knobs.memory_days))
        usual = self.usual(kind)
        found, tried = self.open_found, self.closing_tried()
        off = found - tried * usual.level
        scatter = off * off / max(tried * usual.variance, _LEAST_VARIANCE) if tried else 0.0
        scatter_days = 1 if tried and self.days >= knobs.learning_days // 2 else 0
        self.days += 1
        self.wait(kind, tried, found, expected=tried * usual.level)
        self.run_scatter += scatter * scatter_days
        self.run_scatter_days += scatter_days
        is_calm = self.raised_day == _NEVER and not self.run
        if self.days <= knobs.learning_days or (is_calm and not self.is_known()):
            self.learn(1.0)
            return None
        temper = max(1.0, (self.scatter + _UNSCATTERED_DAYS) / (self.scatter_days + _UNSCATTERED_DAYS))
        log_ratio = self.log_ratio(usual.limit, knobs.rise, tried=tried, found=found) / temper
        prior = 1.0 / _BUDGET_DAYS if tried else 0.0  # no rise begins where nothing comes
        self.evidence = min((self.evidence + prior) * exp(log_ratio), _MOST_EVIDENCE)
        self.run = max(self.run + log_ratio, 0.0)
        if self.raised_day != _NEVER:
            told = -self.log_ratio(usual.level, _RECOVERY, tried=tried, found=found) / temper
            self.recovery = max(self.recovery + told, 0.0)
            return self._follow(usual)
        if self.evidence >= knobs.shared_by / knobs.budget:
            self.raised_day = self.day
            self.started_day = self.run_day
            self.recovery = 0.0
            return self._told(OPEN, "", usual)
        if not self.run:
            self.learn(1.0)
        return None

    def _follow(self, usual: Usual) -> Wave | None:
        """Whether the alert that stands is over."""
        knobs = self.knobs
        age = self.day - self.raised_day
        if self.recovery >= log(knobs.recovery_evidence) and age >= knobs.recovery_days:
            why = "recovered"
        elif age >= knobs.new_normal_days:
            why = "new_normal"
        else:
            return None
        wave = self._told(RESOLVED, why, usual)
        if why == "new_normal":
            self.forget()
            self.learn(min(1.0, _REBASED_DAYS / self.run_days))
        self.raised_day = self.started_day = _NEVER
        self.evidence = self.run = 0.0
        self.calm()
        return wave

    def _told(self, status: str, why: str, usual: Usual) -> Wave:
        wave = Wave(status, why, at=(self.day + 1) * DAY_MS, started_at=self.started_day * DAY_MS)
        wave.since = self.run_day * DAY_MS
        wave.found = sum(self.run_found)
        wave.tried = sum(self.run_tried)
        wave.expected = self.run_expected
        wave.limit = usual.limit
        return wave

    def fade(self, kept: float) -> None:
        """Keep so much of what is usual: a day passed."""
        self.found = [each * kept for each in self.found]
        self.tried = [each * kept for each in self.tried]
        self.scatter *= kept
        self.scatter_days *= kept

    def wait(self, kind: int, tried: int, found: int, *, expected: float) -> None:
        """Let the open day wait for what it turns out to be part of."""
        if not self.run_days:
            self.run_day = self.day
        self.run_days += 1
        self.run_found[kind] += found
        self.run_tried[kind] += tried
        self.run_expected += expected

    def learn(self, weight: float) -> None:
        """Take the days that wait for usual."""
        for kind in range(self.classes):
            self.found[kind] += weight * self.run_found[kind]
            self.tried[kind] += weight * self.run_tried[kind]
        self.scatter += weight * self.run_scatter
        self.scatter_days += weight * self.run_scatter_days
        self.calm()

    def forget(self) -> None:
        """Take nothing for usual."""
        self.found = [0.0] * self.classes
        self.tried = [0.0] * self.classes

    def calm(self) -> None:
        """Let no day wait."""
        self.run_day = _NEVER
        self.run_days = 0
        self.run_found = [0] * self.classes
        self.run_tried = [0] * self.classes
        self.run_expected = 0.0
        self.run_scatter = 0.0
        self.run_scatter_days = 0
