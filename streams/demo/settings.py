"""The settings that the demo gives its roles, by environment, over those of the user."""

from __future__ import annotations

import json
from typing import Final

from streams.demo.casting import OUTAGE_SOURCE
from streams.demo.circles import STORIES
from streams.demo.stories import REFERENCES
from streams.demo.tides import REVIEWS
from streams.settings import PREFIX, ROLES

SILENT_STOP_MULTIPLIER: Final = 4.5
"""Scales of silence before a silent stop is told. Fixed, as the next two: nothing depends on who was read first."""
TYPICAL_GAP_DAYS: Final = 10.0
EXIT_SHARE: Final = 0.2
"""Share of the company's begun purchases that are left."""
DORMANT_DAYS: Final = 100
"""Days of silence that make an investor or partner dormant; the company's months are too few for the usual 180."""
TICK_SECONDS: Final = 0.1
COMMIT_SECONDS: Final = 0.5
NEVER_HOURS: Final = 8760
OUTAGE_HOURS: Final = 14 * 24
"""Hours without a post after which their feed counts as dead; they must take longer than a role may ever hesitate."""
_OTHER_SOURCES: Final = ("page-views", "purchases", "tickets")
_STORY_SOURCES: Final = tuple(sorted({REVIEWS, *(story.source for story in STORIES)}))


def demo_environment() -> dict[str, str]:
    """The settings as environment variables. No alert leaves the machine, whatever the user has set."""
    silence = dict.fromkeys((*_OTHER_SOURCES, *_STORY_SOURCES), NEVER_HOURS)
    silence[OUTAGE_SOURCE] = OUTAGE_HOURS
    values = {
        "BROKER__COMMIT_SECONDS": COMMIT_SECONDS,
        "MONITOR__TICK_SECONDS": TICK_SECONDS,
        "MONITOR__OTHER_SOURCES": json.dumps(_STORY_SOURCES),
        "RULES__SILENT_STOP__CALIBRATION": SILENT_STOP_MULTIPLIER,
        "RULES__SILENT_STOP__PRIOR_DAYS": TYPICAL_GAP_DAYS,
        "RULES__EXIT_SPIKE__CALIBRATION": EXIT_SHARE,
        "RULES__PARTNER_COOLING__DORMANT_DAYS": DORMANT_DAYS,
        "RULES__COPY_CAT__REFERENCES": REFERENCES,
        "DELIVER__SLACK_WEBHOOK_URL": "",
        "DELIVER__TERMINAL": "false",
        "METRICS__HOST": "127.0.0.1",
        **{f"METRICS__PORTS__{role.upper()}": 0 for role in ROLES},
        **{f"MONITOR__SILENCE_HOURS__{source.upper()}": hours for source, hours in silence.items()},
    }
    return {PREFIX + name: str(value) for name, value in values.items()}
