"""What the sequential test of daily counts (``detectors.waves``) may be told, with the range of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from detectors.limited import Limited


@dataclass(frozen=True)
class WaveKnobs(Limited):
    """The constants of the method as settings; a value out of its range raises ``ValueError``."""

    budget: float = 1.0
    """Upper bound of false alerts in six months over all that is watched, as if there were no margins; default 1.
    With them about .05 were measured in simulation. Larger finds sooner, and errs more often."""

    shared_by: int = 1
    """How many topics, or kinds of place, share the budget; default 1. Larger keeps all together as calm as one."""

    margin: float = 1.25
    """Factor that is still usual, on top of the uncertainty of what is usual; default 1.25."""

    rise: float = 3.0
    """Factor on top of that which is looked for; default 3. Smaller finds small waves sooner and large ones later."""

    memory_days: float = 30.0
    """Half-life in days of what is usual; default 30. Longer: steadier, but what grows slowly becomes an alert."""

    learning_days: int = 14
    """Days at the start that raise nothing; default 14. Shorter alerts before two week-ends were ever seen."""

    recovery_days: int = 2
    """Days that an alert stands at least; default 2."""

    recovery_evidence: float = 50.0
    """How many times likelier the usual must be than twice as much before the alert ends; default 50."""

    new_normal_days: int = 28
    """Days after which what goes on becomes what is usual, and the alert ends; default 28."""

    critical_rise: float = 10.0
    """Factor on the usual from which an alert is critical; default 10."""

    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "budget": (0.001, 100.0),
        "shared_by": (1, 100_000),
        "margin": (1.0, 10.0),
        "rise": (1.1, 100.0),
        "memory_days": (7.0, 365.0),
        "learning_days": (1, 90),
        "recovery_days": (0, 90),
        "recovery_evidence": (2.0, 1e6),
        "new_normal_days": (7, 365),
        "critical_rise": (1.0, 1000.0),
    }


@dataclass(frozen=True)
class ShareKnobs(WaveKnobs):
    """Those of a share of what came."""

    learning_contacts: int = 30
    """Contacts that the usual share must rest on before anything is raised, those of ``memory_days`` ago counting half;
    default 30. Fewer: where next to nothing came, a handful of complaints is a wave."""

    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {**WaveKnobs.LIMITS, "learning_contacts": (1, 10_000)}
