"""What the sequential test of exits (``detectors.drops``) may be told, with the range of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from detectors.limited import Limited


@dataclass(frozen=True)
class DropKnobs(Limited):
    """The constants of the method as settings; a value out of its range raises ``ValueError``."""

    budget: float = 5.0
    """Upper bound of false alerts in six months over all segments, as if there were no margins; default 5. With them
    about .2 were measured in simulated shops. Larger finds sooner, and errs more often."""

    shared_by: int = 1
    """How many funnels, or pages, share the budget; default 1. Larger keeps all of them together as calm as one."""

    margin: float = 1.25
    """Factor on the odds of leaving that is still usual, on top of the uncertainty of what is usual; default 1.25.
    Larger ignores more of what changes slowly, and small rises."""

    rise: float = 4.0
    """Factor on those odds that is looked for; default 4. Smaller finds small rises sooner and large ones later."""

    memory_days: float = 30.0
    """Half-life in days of what is usual; default 30. Longer: steadier, but what drifts slowly becomes an alert."""

    shrinkage: float = 10.0
    """Attempts that what is known of a wider segment is worth to a narrower one; default 10. It is more where less than
    a fifth or more than four fifths leave. Larger takes segments that are only different for ones that changed; smaller
    finds changes of small segments late."""

    wait_minutes: float = 30.0
    """Minutes that attempts are waited for, as it is known so late that somebody left; `ingest.session_timeout_minutes`
    unless set here. Shorter: those who leave are counted a little later than those who go on."""

    learning_days: float = 7.0
    """Days at the start of a step that raise nothing; default 7. Shorter alerts before a week-end was ever seen."""

    learning_trials: int = 30
    """Attempts at the start of a step that raise nothing; default 30."""

    full_weight: float = 40.0
    """Attempts a day and step that count in full; default 40. What more there are count as much as these together: in
    large numbers the ups and downs of hours and days would pass for a change."""

    dimensions: int = 4
    """Dimensions of segments looked at (device, country, …), the first that were seen; default 4."""

    values: int = 5
    """Values of a dimension that are told apart, the busiest; default 5. The others are one, called ``other``."""

    naming_days: float = 14.0
    """Days after an alert in which a better name of its segment makes the next version; default 14."""

    recovery_days: float = 2.0
    """Days that an alert stands at least; default 2."""

    recovery_odds: float = 2.5
    """Factor on the usual odds of leaving that recovery is told from; default 2.5. Smaller takes longer to be sure."""

    recovery_evidence: float = 50.0
    """How many times likelier the usual must be than that before the alert ends; default 50."""

    new_normal_days: float = 28.0
    """Days after which what goes on becomes what is usual, and the alert ends; so it does when nobody came for as
    long; default 28."""

    new_normal_trials: int = 20
    """Attempts that it takes besides; default 20."""

    critical_rise: float = 10.0
    """Factor on the usual odds of leaving from which an alert is critical; default 10."""

    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "budget": (0.001, 100.0),
        "shared_by": (1, 100_000),
        "margin": (1.0, 10.0),
        "rise": (1.1, 100.0),
        "memory_days": (7.0, 365.0),
        "shrinkage": (1.0, 1000.0),
        "wait_minutes": (0.0, 1440.0),
        "learning_days": (1.0, 90.0),
        "learning_trials": (5, 10_000),
        "full_weight": (1.0, 100_000.0),
        "dimensions": (1, 6),
        "values": (1, 10),
        "naming_days": (0.0, 90.0),
        "recovery_days": (0.0, 90.0),
        "recovery_odds": (1.1, 100.0),
        "recovery_evidence": (2.0, 1e6),
        "new_normal_days": (7.0, 365.0),
        "new_normal_trials": (5, 10_000),
        "critical_rise": (1.0, 1000.0),
    }
