"""What the detector of crowds (``detectors.crowds``) may be told, with the range of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from detectors.limited import Limited


@dataclass(frozen=True)
class CrowdKnobs(Limited):
    """The constants of the method as settings; a value out of its range raises ``ValueError``."""

    window_hours: float = 24.0
    """Within how many hours people count together; default 24. Longer: slower crowds are seen, and sooner by chance."""

    least_people: int = 8
    """People that an alert takes at least; default 8. Fewer: small companies are told sooner, of chance as well."""

    rise: float = 3.0
    """Times the usual number that an alert takes at least; default 3. Larger: only the largest crowds."""

    critical_rise: float = 4.0
    """Times the number needed for an alert from which on it is critical; default 4."""

    budget: float = 1.0
    """Alerts by chance in six months over all that is watched, by the formula; default 1. Larger errs more often."""

    shared_by: int = 20
    """How many rules, parties and reasons share the budget; default 20. Larger keeps all together as calm as one."""

    memory_days: float = 28.0
    """Half-life in days of what is usual; default 28. Longer: steadier, but what grows slowly becomes an alert."""

    learning_days: int = 14
    """Days since the first people are known that raise nothing; default 14. Shorter errs more often at the start."""

    new_normal_days: int = 28
    """Days after which what goes on becomes what is usual, and the alert ends; default 28."""

    LIMITS: ClassVar[dict[str, tuple[float, float]]] = {
        "window_hours": (1.0, 168.0),
        "least_people": (3, 1000),
        "rise": (1.5, 100.0),
        "critical_rise": (1.0, 1000.0),
        "budget": (0.001, 100.0),
        "shared_by": (1, 100_000),
        "memory_days": (7.0, 365.0),
        "learning_days": (1, 90),
        "new_normal_days": (7, 365),
    }
