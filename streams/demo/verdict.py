"""What was found of what was planted, what was missed, what was raised besides, and how fast."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.demo.casting import DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sinks.alert import Alert
    from streams.demo.casting import Cast, Planted


class Score(NamedTuple):
    """How one rule did: shifts found and missed, and alerts that tell no planted shift."""

    rule: str
    found: int
    missed: int
    besides: int

    @property
    def recall(self) -> float | None:
        """The share of planted shifts that were found; None if none was planted."""
        return self.found / (self.found + self.missed) if self.found + self.missed else None

    @property
    def precision(self) -> float | None:
        """The share of alerts that tell a planted shift; None without alerts."""
        return self.found / (self.found + self.besides) if self.found + self.besides else None

    def as_record(self) -> dict[str, Any]:
        """The score for machines."""
        return {**self._asdict(), "precision": self.precision, "recall": self.recall}


def scores(planted: Iterable[Planted], alerts: Iterable[Alert]) -> list[Score]:
    """The score of each rule that was planted or raised, by name.

    An alert (its first version counts) tells the planted shift of its rule and stakeholder, or cohort, if it was
    detected after the shift began; each shift is told once.
    """
    found: Counter[str] = Counter()
    besides: Counter[str] = Counter()
    left = sorted(planted, key=lambda each: each.at)
    for alert, shift in paired(left, alerts):
        if shift is None:
            besides[alert.rule] += 1
        else:
            left.remove(shift)
            found[alert.rule] += 1
    missed = Counter(each.rule for each in left)
    return [Score(rule, found[rule], missed[rule], besides[rule]) for rule in sorted({*found, *missed, *besides})]


def paired(planted: Iterable[Planted], alerts: Iterable[Alert]) -> list[tuple[Alert, Planted | None]]:
    """Each alert's first version, in order of detection, with the planted shift that it tells, if it tells one."""
    left = sorted(planted, key=lambda each: each.at)
    pairs = []
    for alert in sorted((each for each in alerts if each.version == 1), key=lambda each: each.detected_at):
        told = next((each for each in left if _tells(alert, each)), None)
        if told is not None:
            left.remove(told)
        pairs.append((alert, told))
    return pairs


def delay_ms(alert: Alert, planted: Planted) -> int:
    """Milliseconds of event time from the shift's beginning to its detection."""
    return _milliseconds(alert.detected_at) - planted.at


def waits(alerts: Iterable[tuple[Alert, int]], arrivals: Mapping[int, int]) -> list[int]:
    """Milliseconds from the arrival of an event to that of the alert it raised, for alerts raised by an event.

    ``alerts`` come with their broker's time, ``arrivals`` maps an event's own time to the broker's. An exit is the
    last page seen before it: the silence that proves it is part of the wait.
    """
    found = []
    for alert, arrived in alerts:
        at = _trigger(alert)
        if at is not None and at in arrivals:
            found.append(arrived - arrivals[at])
    return found


def quantile(values: Sequence[int], share: float) -> int | None:
    """The smallest value that at least this share of the values does not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def concluded(
    cast: Cast,
    alerts: Sequence[tuple[Alert, int]],
    arrivals: Mapping[int, int],
    *,
    events: int,
    seconds: float,
    watched: int,
) -> tuple[list[Score], dict[str, Any]]:
    """The scores, and the whole summary for machines; arguments as for ``waits``."""
    judged = scores(cast.planted, [alert for alert, _ in alerts])
    waited = waits(alerts, arrivals)
    last_day = datetime.fromtimestamp(cast.start / 1000, UTC) + timedelta(days=DAYS - 1)
    summary = {
        "seed": cast.seed,
        "until": f"{last_day:%Y-%m-%d}",
        "days": DAYS,
        "people": len(cast.roles),
        "watched": watched,
        "events": events,
        "seconds": round(seconds, 3),
        "rules": [score.as_record() for score in judged],
        "event_to_alert_ms": {"alerts": len(waited), "p50": quantile(waited, 0.5), "p99": quantile(waited, 0.99)},
    }
    return judged, summary


def _trigger(alert: Alert) -> int | None:
    """The time (epoch ms) of the event that raised the alert; None if it was the passing of time."""
    if alert.version != 1 or not alert.evidence or alert.evidence[-1].occurred_at != alert.detected_at:
        return None
    return _milliseconds(alert.detected_at)


def _tells(alert: Alert, planted: Planted) -> bool:
    same = alert.rule == planted.rule and alert.stakeholder == planted.stakeholder
    return same and _is_of(alert, planted.where) and _milliseconds(alert.detected_at) >= planted.at


def _is_of(alert: Alert, where: dict[str, str]) -> bool:
    """Whether the alert names this cohort or a wider one that shares its first name: the brand, funnel or page."""
    if alert.cohort is None:
        return not where
    named = alert.cohort.where
    key = next(iter(where), None)
    return key in named and all(where.get(name, value) == value for name, value in named.items())


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
