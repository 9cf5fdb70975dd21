"""How soon crowds are found, and how often by mistake: ``python -m tests.benchmarks.crowds``.

Simulated half years of people with an alert of one rule, a few hundredths to twenty a day: by chance alone, or with a
weekly swing, growth up to threefold and more scatter from day to day than chance. A crowd brings ten times as many
people as usual, and at least twelve, within a day.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from detectors.cohorts.many_at_once import ManyAtOnce
from detectors.finding import OPEN
from detectors.windows import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detectors.cohorts import CohortFinding

START: Final = 19_670 * DAY_MS
HALF_YEAR: Final = 182
DAYS: Final = 14 + HALF_YEAR
CROWD_AT: Final = 100
NEVER: Final = math.inf


class Result(NamedTuple):
    """Of several series: false alerts in half a year, and hours and people to the alert of a crowd."""

    false: list[int]
    hours: list[float]
    people: list[int]

    def __str__(self) -> str:
        found = [each for each in self.hours if each < NEVER]
        erring = sum(map(bool, self.false)) / len(self.false)
        return (
            f"{statistics.mean(self.false):.3f} false alerts, {erring:.1%} have any; crowds:"
            f" {len(found) / len(self.hours):.0%} found, median {statistics.median(self.hours):.1f} hours,"
            f" at {statistics.median(self.people or [0]):.0f} people"
        )


def times(seed: int, rate: float, *, is_steady: bool, crowd: bool) -> Iterator[int]:
    """When (ms) people come, at ``rate`` a day on average in the first days."""
    draw = random.Random(seed)
    growth = 1.0 if is_steady else draw.choice([1.0, 1.5, 3.0])
    scatter, week_end = (0.0, 1.0) if is_steady else (draw.uniform(0.1, 0.5), draw.uniform(0.3, 1.0))
    for day in range(DAYS):
        mean = (
            rate * growth ** (day / HALF_YEAR) * (week_end if day % 7 >= 5 else 1.0) * math.exp(draw.gauss(0, scatter))
        )
        came = [draw.randrange(DAY_MS) for _ in range(poisson(draw, mean))]
        if crowd and day == CROWD_AT:
            came += [draw.randrange(DAY_MS) for _ in range(max(12, round(10 * mean)))]
        yield from sorted(START + day * DAY_MS + each for each in came)


def poisson(draw: random.Random, mean: float) -> int:
    """A Poisson number, of exponential gaps."""
    count, passed = -1, 0.0
    while passed <= mean:
        passed += draw.expovariate(1.0)
        count += 1
    return count


def alerts(rule: ManyAtOnce, came: Iterator[int]) -> list[CohortFinding]:
    """What the rule opens."""
    series = rule.new_series("exit_spike:customer")
    rule.begin(series, START, START)
    raised: list[CohortFinding] = []
    for number, at in enumerate(came):
        while (finding := rule.advance(series, at)) is not None:
            raised.append(finding)
        opened = rule.observe(series, at, f"c-{number}", at)
        raised += [] if opened is None else [opened]
    first: dict[int, CohortFinding] = {}
    for finding in raised:
        if finding.status == OPEN:
            first.setdefault(finding.started_at, finding)
    return list(first.values())


def measured(rule: ManyAtOnce, series: int, rate: float, *, is_steady: bool) -> Result:
    """So many series without and with a crowd."""
    false = [len(alerts(rule, times(seed, rate, is_steady=is_steady, crowd=False))) for seed in range(series)]
    begins = START + CROWD_AT * DAY_MS
    hours: list[float] = []
    people = []
    for seed in range(5_000, 5_000 + series):
        raised = alerts(rule, times(seed, rate, is_steady=is_steady, crowd=True))
        found = next((each for each in raised if begins <= each.detected_at <= begins + 2 * DAY_MS), None)
        hours.append(NEVER if found is None else (found.detected_at - begins) / HOUR_MS)
        if found is not None:
            people.append(found.size)
    return Result(false, hours, people)


def main() -> None:
    """Read the options, simulate and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.crowds", description=__doc__)
    parser.add_argument("--series", type=int, default=100, help="series a line (100 by default)")
    options = parser.parse_args()
    if options.series < 1:
        parser.error(f"--series is {options.series}; allowed: 1 and more")
    rule = ManyAtOnce()
    for is_steady in (True, False):
        for rate in (0.1, 0.5, 2.0, 5.0, 20.0):
            result = measured(rule, options.series, rate, is_steady=is_steady)
            print(f"{'steady' if is_steady else 'unsteady'}, {rate:g} a day: {result}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
