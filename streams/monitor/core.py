"""The rules as the settings have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.core import Core
from detectors.windows import HOUR_MS

if TYPE_CHECKING:
    from streams.settings import Settings


def new_core(settings: Settings) -> Core:
    """The enabled rules with the knobs of the settings."""
    return Core(
        settings.built_rules(),
        forget_after_days=settings.monitor.forget_after_days,
        duplicate_horizon_days=settings.monitor.duplicate_horizon_days,
        silence={source: int(hours * HOUR_MS) for source, hours in settings.monitor.silence_hours.items()},
        dead_feed=settings.dead_feed(),
        types=settings.relationship.built(),
        cohort_rules=[rule.name for rule in settings.cohort_rules() if rule.enabled],
    )
