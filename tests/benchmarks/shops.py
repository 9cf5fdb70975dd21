"""How soon ``funnel_drop`` finds a rise of exits, and how often it errs: ``python -m tests.benchmarks.shops``.

Simulated shops: three steps, three dimensions with nine values, so 132 cells. Visits swing with hour and week-end and
grow up to threefold in half a year; the rates of leaving differ by segment, drift, swing with the week, and are
higher for people who try again, of whom a repeated failure within a day is dropped as the monitor
(``detectors.tally``) drops it.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from detectors.cohorts.funnel_drop import FunnelDrop
from detectors.finding import OPEN, RESOLVED
from detectors.tally import REPEAT_MS
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detectors.cohorts import CohortFinding

START_MS: Final = 1_700_006_400_000  # midnight
STEPS: Final = {"cart": 0.35, "shipping": 0.25, "payment": 0.17}
SMOOTH: Final = {"cart": 0.09, "shipping": 0.04, "payment": 0.03}
"""A shop in which few leave."""
SEGMENTS: Final = {
    "browser": {"chrome": 0.6, "safari": 0.3, "firefox": 0.1},
    "country": {"DE": 0.55, "AT": 0.2, "CH": 0.15, "FR": 0.1},
    "device": {"mobile": 0.5, "desktop": 0.42, "tablet": 0.08},
}
HALF_YEAR: Final = 182
LEARNING: Final = 7
CHANGED_AT: Final = 60
HORIZON: Final = 28
TRIES_PER_VISIT: Final = 1.145
"""Attempts at the last step for each visit that gets there without trying again."""
NEVER: Final = math.inf


@dataclass(frozen=True)
class Change:
    """From ``day`` on people of a segment (empty: everybody) leave the last step at another rate."""

    rate: float
    segment: dict[str, str] = field(default_factory=dict)
    day: int = CHANGED_AT


@dataclass(frozen=True)
class Trial:
    """One attempt as the rule hears of it."""

    at: int
    step: str
    failed: bool
    segment: dict[str, str]

    @property
    def day(self) -> float:
        """Days since the shop opened."""
        return (self.at - START_MS) / DAY_MS


class Shop:
    """One shop; ``a_day`` are the attempts a day at the last step as it opens.

    With a change, the last step's rate is ``usual`` for everybody until then, and the shop does not grow.
    """

    def __init__(
        self,
        seed: int,
        a_day: float,
        *,
        days: int,
        usual: float | None = None,
        change: Change | None = None,
        steps: dict[str, float] = STEPS,
    ) -> None:
        draw = self.draw = random.Random(seed)
        self.days = days
        self.change = change
        self.growth = 1.0 if change else draw.choice([1.0, 1.5, 3.0])
        self.rates = steps if usual is None else {**steps, "payment": usual}
        self.effects = {
            (step, name, value): draw.gauss(0, 0.25) for step in STEPS for name in SEGMENTS for value in SEGMENTS[name]
        }
        self.drift = {step: draw.gauss(0, 0.4) for step in STEPS}
        self.week = {step: (draw.gauss(0, 0.12), draw.uniform(0, 7)) for step in STEPS}
        if change:
            self.drift["payment"] = 0.0
            self.effects.update({key: 0.0 for key in self.effects if key[0] == "payment"})
        passing = math.prod(1 - rate for step, rate in steps.items() if step != "payment")
        self.visits = a_day / passing / TRIES_PER_VISIT

    def trials(self) -> list[Trial]:
        """All attempts, in the order of time."""
        draw, made = self.draw, list[Trial]()
        most = self.visits * max(self.growth, 1.0) * 1.3 * 1.9 * 1.1
        day = 0.0
        while (day := day + draw.expovariate(most)) < self.days:
            if draw.random() * most < self._visits_a_day(day):
                made += self._visit(day)
        return sorted(made, key=lambda trial: trial.at)

    def _visits_a_day(self, day: float) -> float:
        week_end = 1.3 if int(day) % 7 >= 5 else 0.88
        hour = 1 + 0.9 * math.sin(2 * math.pi * (day - 9 / 24))
        return self.visits * float(self.growth ** (day / HALF_YEAR)) * week_end * hour

    def _visit(self, day: float) -> Iterator[Trial]:
        """One person, who may try again after a failure."""
        draw = self.draw
        segment = {name: draw.choices(list(values), list(values.values()))[0] for name, values in SEGMENTS.items()}
        left: dict[str, float] = {}
        for _ in range(5):
            for step in STEPS:
                day += draw.expovariate(400)
                failed = draw.random() < self._rate(step, segment, day, again=step in left)
                if not failed or (day - left.get(step, -math.inf)) * DAY_MS >= REPEAT_MS:
                    yield Trial(START_MS + int(day * DAY_MS), step, failed, segment)
                if failed:
                    left[step] = day
                    break
            else:
                return
            day += draw.expovariate(6)
            if draw.random() > 0.3:
                return

    def _rate(self, step: str, segment: dict[str, str], day: float, *, again: bool) -> float:
        change = self.change
        changed = change is not None and step == "payment" and day >= change.day
        if change is not None and changed and change.segment.items() <= segment.items():
            logit = _logit(change.rate)
        else:
            swing, phase = self.week[step]
            logit = _logit(self.rates[step]) + swing * math.sin(2 * math.pi * (day + phase) / 7)
            logit += self.drift[step] * day / HALF_YEAR
            logit += sum(self.effects[step, name, value] for name, value in segment.items())
        return 1 / (1 + math.exp(-logit - again))


@dataclass
class Found:
    """What became of the rises of several shops: days to the alert, and whether the right segment was named."""

    days: list[float] = field(default_factory=list)
    at_once: int = 0
    named: int = 0
    wider: int = 0
    tries_a_day: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Days to the alert; a rise that is not found in four weeks counts as never."""
        return statistics.median(self.days)

    @property
    def found(self) -> int:
        """How many were found within four weeks."""
        return sum(each < NEVER for each in self.days)


def watched(trials: list[Trial], rule: FunnelDrop) -> list[CohortFinding]:
    """What the rule says of a shop."""
    series = rule.new_series("checkout")
    findings = []
    for trial in trials:
        while (finding := rule.advance(series, trial.at)) is not None:
            findings.append(finding)
        told = rule.observe(series, trial.at, trial.step, failed=trial.failed, segment=trial.segment)
        if told is not None:
            findings.append(told)
    return findings


def false_alerts(
    shops: int, rule: FunnelDrop, *, low: float = 3, high: float = 20, steps: dict[str, float] = STEPS
) -> list[int]:
    """Alerts in half a year, of shops that do not change but for growth, drift and swings."""
    found = []
    for seed in range(shops):
        a_day = math.exp(random.Random(seed).uniform(math.log(low), math.log(high)))
        shop = Shop(seed, a_day, days=LEARNING + HALF_YEAR, steps=steps)
        found.append(sum(finding.status == OPEN for finding in watched(shop.trials(), rule)))
    return found


def rises(shops: int, rule: FunnelDrop, a_day: float, usual: float, change: Change) -> Found:
    """What becomes of a rise in a segment that makes so many attempts a day."""
    share = math.prod(SEGMENTS[name][value] for name, value in change.segment.items())
    right = {"funnel": "checkout", "step": "payment", **change.segment}
    found = Found()
    for seed in range(1000, 1000 + shops):
        shop = Shop(seed, a_day / share, days=change.day + HORIZON + 7, usual=usual, change=change)
        trials = shop.trials()
        own = [t for t in trials if t.step == "payment" and change.segment.items() <= t.segment.items()]
        found.tries_a_day.append(len(own) / shop.days)
        changed_at, given_up_at = (START_MS + day * DAY_MS for day in (change.day, change.day + HORIZON))
        told = [each for each in watched(trials, rule) if each.part == "payment" and each.status != RESOLVED]
        told = [each for each in told if each.detected_at >= changed_at]
        if not told or told[0].status != OPEN or told[0].detected_at >= given_up_at:
            found.days.append(NEVER)
            continue
        found.days.append((told[0].detected_at - START_MS) / DAY_MS - change.day)
        last = [each for each in told if each.started_at == told[0].started_at][-1]
        found.at_once += told[0].where == right
        found.named += last.where == right
        found.wider += last.where.items() <= right.items()
    return found


def _logit(rate: float) -> float:
    return math.log(rate / (1 - rate))


def main() -> None:
    """Read the options, simulate and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.shops", description=__doc__)
    parser.add_argument("--shops", type=int, default=100, help="shops a line (100 by default)")
    options = parser.parse_args()
    if options.shops < 1:
        parser.error(f"--shops is {options.shops}; allowed: 1 and more")
    rule = FunnelDrop()
    print(f"{options.shops} shops a line\n\nfalse alerts in half a year, all segments together")
    for low, high, steps in ((3, 20, STEPS), (3, 3, STEPS), (20, 20, STEPS), (3, 20, SMOOTH)):
        alerts = false_alerts(options.shops, rule, low=low, high=high, steps=steps)
        several = sum(each > 1 for each in alerts) / options.shops
        few = ", of which few are left" if steps is SMOOTH else ""
        print(
            f"  {low}-{high} attempts a day and step{few}: {statistics.mean(alerts):.2f} on average,"
            f" {several:.0%} with more"
        )
        sys.stdout.flush()
    print("\nrises of the last step's exits, found within four weeks")
    mobile = {"device": "mobile"}
    for a_day, usual, change in (
        (2, 0.17, Change(0.64, mobile)),
        (5, 0.18, Change(0.64, mobile)),
        (2, 0.17, Change(0.64)),
        (5, 0.18, Change(0.64)),
        (2, 0.17, Change(0.64, {"browser": "safari", "device": "mobile"})),
        (5, 0.03, Change(0.2, mobile)),
    ):
        result = rises(options.shops, rule, a_day, usual, change)
        where = " and ".join(change.segment.values()) or "everybody"
        print(
            f"  {usual:.2f} to {change.rate:.2f}, {where}, {statistics.mean(result.tries_a_day):.1f} attempts a day:"
            f" median {result.median:.1f} days, {result.found / options.shops:.0%} found; named exactly"
            f" {result.at_once / result.found:.0%} at once, {result.named / result.found:.0%} in the end,"
            f" {result.wider / result.found:.0%} exactly or wider"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
