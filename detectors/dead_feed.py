"""A source that has fallen silent: the rule of operations that holds what rests on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True)
class DeadFeed:
    """Silence of a source, longer than it ever is: alerts that rest on its silence are held until it has caught up."""

    name: ClassVar[str] = "dead_feed"

    enabled: bool = True
    """Whether the alert is raised; on by default. Off: what rests on a silent source is held all the same."""
    silence_factor: float = 2.0
    """How many times its longest quiet stretch a source may be silent; 2 by default. Lower: sooner and more often."""
    least_hours: float = 1.0
    """Silence that is always allowed; 1 by default. Higher: a busy source's death is told later."""
    most_hours: float = 168.0
    """Silence that is never allowed, however slow the source; 168 by default, a week."""
    unknown_hours: float = 24.0
    """Silence allowed to a source whose quiet stretches are not known yet; 24 by default."""

    def __post_init__(self) -> None:
        if not 1.0 <= self.silence_factor <= 100.0:
            raise ValueError(f"silence_factor is {self.silence_factor}; allowed: 1 to 100")
        for knob in ("least_hours", "most_hours", "unknown_hours"):
            if not 0.01 <= getattr(self, knob) <= 8760.0:
                raise ValueError(f"{knob} is {getattr(self, knob)}; allowed: 0.01 to 8760")
        if self.least_hours > self.most_hours:
            raise ValueError(
                f"least_hours is {self.least_hours}; allowed: at most most_hours, which is {self.most_hours}"
            )

    def allowed_silence(self, longest_gap_ms: float) -> float:
        """How long (ms) a source may be silent whose longest quiet stretch is that; 0: unknown."""
        if longest_gap_ms == 0.0:
            return self.unknown_hours * _HOUR_MS
        allowed = max(self.silence_factor * longest_gap_ms, self.least_hours * _HOUR_MS)
        return min(allowed, self.most_hours * _HOUR_MS)
