"""Which versions of alerts no messenger tells, as one alert about many people stands for them."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from detectors.rules import discover
from detectors.together import key_of
from sinks import SinkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinks import Folds
    from sinks.alert import Alert

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 10.0
"""How long a view that did not answer is not asked again."""


class Folding:
    """Asks a view, as several workers share the alerts; without its answer nothing is folded.

    Whether an alert is told is decided at its first version: if one about many stands for its rule, party and reason,
    neither that version is told nor any later one, whatever becomes of the other, until one is critical. An alert that
    was told goes on being told. A critical version is always told.
    """

    def __init__(self, view: Folds | None, *, now: Callable[[], float] = time.monotonic) -> None:
        """``now`` is a clock in seconds."""
        self._view = view
        self._details = {name: rule.detail for name, rule in discover().items() if rule.is_gathered()}
        self._now = now
        self._asks_at = 0.0
        self._is_silent = False

    async def withholds(self, sink: str, alert: Alert) -> bool:
        """Whether this version is not to be told to the sink."""
        detail = self._details.get(alert.rule)
        view = self._view
        if view is None or detail is None or alert.stakeholder is None or self._now() < self._asks_at:
            return False
        reason = key_of(alert.rule, alert.party, detail, alert.evidence)
        try:
            is_withheld = await view.withholds(sink, alert, reason)
        except SinkError as error:
            self._asks_at = self._now() + PAUSE_SECONDS
            if not self._is_silent:
                log.warning("whether alerts are folded is not known, they are told one by one: %s", error)
            self._is_silent = True
            return False
        if self._is_silent:
            log.info("whether alerts are folded is known again")
        self._is_silent = False
        return is_withheld
