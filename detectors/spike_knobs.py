"""What the detector of bursts (``detectors.spikes``) may be told, with the range of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from detectors.limited import Limited


@dataclass(frozen=True)
class SpikeKnobs(Limited):
    """The constants of the method as settings; a value out of its range raises ``ValueError``."""

    threshold: float = 2.4
    """Score from which a row raises an alert, -log10 of its chance; default 2.4. Above 2.5 many bursts get lost."""

    cooldown_hours: float = 24.0
    """Hours after an alert in which a further one needs ``escalation``; default 24. Shorter repeats one story."""

    escalation: float = 1.0
    """By how much a score must top the last alert's to get past the cooldown; default 1, ten times rarer."""

    learning_hours: float = 24.0
    """Hours at the start of a series that raise nothing; default 24. Shorter alerts before a night was ever seen."""

    memory_days: float = 7.0
    """Half-life in days of level, spread and tail; default 7. Shorter forgives a lasting rise sooner."""

    smoothing_minutes: float = 10.0
    """Half-life in minutes of the smoothed count; default 10. Shorter reacts to single rows, longer reports late."""

    profile_rate: float = 0.005
    """Share of a residual that the hour of the day learns; default 0.005. Larger learns daily rhythms and bursts."""

    offset: float = 3.0
    """Mentions added before the fourth root; default 3. Larger makes quiet series calmer."""

    floor: float = 0.07
    """Least spread on the fourth-root scale; default 0.07. Larger asks for more mentions in quiet series."""

    clip: float = 4.0
    """Largest residual learnt, in spreads; default 4. Larger lets a burst raise the level it is judged by."""

    tail_from: float = 2.0
    """Excess, in spreads, at which the learnt tail and with it a rise begins; default 2."""

    tail_weight: float = 20.0
    """Exceedances the assumptions below are worth against what a series shows; default 20."""

    tail_rate: float = 0.02
    """Share of rows assumed to exceed ``tail_from`` before anything is learnt; default 0.02."""

    tail_slope: float = 0.7
    """Mean excess, in spreads, assumed beyond ``tail_from``; default 0.7. Larger raises fewer alerts at first."""

    longest_gap_days: float = 14.0
    """Days without a row that are filled with zeros; default 14. After a longer gap the series is learnt afresh."""

    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "threshold": (0.5, 20.0),
        "cooldown_hours": (0.0, 720.0),
        "escalation": (0.0, 20.0),
        "learning_hours": (1.0, 336.0),
        "memory_days": (0.5, 90.0),
        "smoothing_minutes": (1.0, 120.0),
        "profile_rate": (0.0, 0.2),
        "offset": (0.1, 100.0),
        "floor": (0.001, 1.0),
        "clip": (1.0, 100.0),
        "tail_from": (0.5, 6.0),
        "tail_weight": (1.0, 10_000.0),
        "tail_rate": (0.0001, 0.5),
        "tail_slope": (0.05, 10.0),
        "longest_gap_days": (1.0, 90.0),
    }
