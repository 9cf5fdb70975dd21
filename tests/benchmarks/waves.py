"""How soon waves in daily counts are found, and how often by mistake: ``python -m tests.benchmarks.waves``.

Simulated years of contacts and of silent visits: weekly swing, growth up to threefold in half a year, more scatter
from day to day than chance, and for complaints a share that drifts.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from detectors.cohorts.complaint_wave import ComplaintWave
from detectors.cohorts.lurking_traffic import LurkingTraffic
from detectors.finding import OPEN
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

START: Final = 19_670  # a day of 2023
HALF_YEAR: Final = 182
DAYS: Final = 14 + HALF_YEAR
WAVE_AT: Final = 100
WAVE_DAYS: Final = 14
NEVER: Final = math.inf


class Result(NamedTuple):
    """Of several series: false alerts in half a year, and days to the alert of a wave."""

    false: list[int]
    days: list[float]

    @property
    def found(self) -> float:
        """Which share of the waves was found while they lasted."""
        return sum(each < NEVER for each in self.days) / len(self.days)

    def __str__(self) -> str:
        erring = sum(map(bool, self.false)) / len(self.false)
        return (
            f"{statistics.mean(self.false):.3f} false alerts, {erring:.1%} have any;"
            f" waves: {self.found:.0%} found, median {statistics.median(self.days):.0f} days"
        )


def contacts(seed: int, times: float = 1.0) -> Iterable[tuple[int, int]]:
    """Contacts of each day and the complaints among them; a wave brings ``times`` as many complaints."""
    draw = random.Random(seed)
    level, share = math.exp(draw.uniform(math.log(8), math.log(80))), draw.uniform(0.06, 0.3)
    growth, scatter, drift = draw.choice([1.0, 1.5, 3.0]), draw.uniform(0, 0.3), draw.gauss(0, 0.4)
    for day in range(DAYS):
        mean = level * growth ** (day / HALF_YEAR) * (0.4 if day % 7 >= 5 else 1.2) * math.exp(draw.gauss(0, 0.25))
        logit = math.log(share / (1 - share)) + drift * day / HALF_YEAR + draw.gauss(0, scatter)
        now = 1 / (1 + math.exp(-logit))
        complaints = poisson(draw, mean * now * (times if WAVE_AT <= day < WAVE_AT + WAVE_DAYS else 1.0))
        yield complaints + poisson(draw, mean * (1 - now)), complaints


def visits(seed: int, times: float = 1.0) -> Iterable[int]:
    """Silent visits of each day; a wave brings ``times`` as many."""
    draw = random.Random(seed)
    level, growth = math.exp(draw.uniform(0, math.log(30))), draw.choice([1.0, 1.5, 3.0])
    scatter, week_end = draw.uniform(0.1, 0.4), draw.uniform(0.1, 1.1)
    for day in range(DAYS):
        mean = level * growth ** (day / HALF_YEAR) * (week_end if day % 7 >= 5 else 1.2)
        mean *= math.exp(draw.gauss(0, scatter)) * (times if WAVE_AT <= day < WAVE_AT + WAVE_DAYS else 1.0)
        yield poisson(draw, mean)


def poisson(draw: random.Random, mean: float) -> int:
    """A Poisson number (Knuth)."""
    count, product, end = -1, 1.0, math.exp(-mean)
    while product > end:
        product *= draw.random()
        count += 1
    return count


def alerts(rule: ComplaintWave | LurkingTraffic, days: Iterable[Any]) -> list[int]:
    """The days on which the rule raises an alert, at their end."""
    series = rule.new_series("Acme")
    raised = []
    for day, count in enumerate(days):
        at = (START + day) * DAY_MS
        if isinstance(rule, ComplaintWave):
            rule.observe(series, at, contacts=count[0], complaints=count[1])
        else:
            rule.observe(series, at, count)
        while (finding := rule.advance(series, at + DAY_MS)) is not None:
            if finding.status == OPEN:
                raised.append(day)
    return raised


def measured(rule: ComplaintWave | LurkingTraffic, series: int, times: float) -> Result:
    """So many series without and with a wave."""
    made = contacts if isinstance(rule, ComplaintWave) else visits
    false = [len(alerts(rule, made(seed))) for seed in range(series)]
    days = []
    for seed in range(5_000, 5_000 + series):
        raised = [day for day in alerts(rule, made(seed, times)) if WAVE_AT <= day < WAVE_AT + WAVE_DAYS]
        days.append(raised[0] - WAVE_AT + 1 if raised else NEVER)
    return Result(false, days)


def main() -> None:
    """Read the options, simulate and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.waves", description=__doc__)
    parser.add_argument("--series", type=int, default=200, help="series a line (200 by default)")
    options = parser.parse_args()
    if options.series < 1:
        parser.error(f"--series is {options.series}; allowed: 1 and more")
    for rule in (ComplaintWave(), LurkingTraffic()):
        for times in (3.0, 4.0, 6.0):
            result = measured(rule, options.series, times)
            print(f"{rule.name}, one of {rule.shared_by}, {times:g} times as many: {result}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
