"""What is found of what is planted, over many simulated companies: ``python -m tests.benchmarks.seeds``.

Each seed is another company of the demo, lived through mappers and core without a broker by the demo's settings, rules
of cohorts included. A shift is told by the first alert of its rule about its person or cohort after it began; what
else the rule raises is besides. A dash stands where nothing can be said. The delay is in days of the company's time,
from the beginning of the shift: a story's is the day from which its rule can know, a silent stop's when they cease to
buy, that of complaints the first of them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from streams.demo.casting import FEWEST_PEOPLE, MOST_PEOPLE, cast
from streams.demo.event import DAY_MS
from streams.demo.verdict import Score, delay_ms, paired
from tests.streams.demo.direct import START, live

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sinks.alert import Alert
    from streams.demo.casting import Planted

HEAD = "rule               planted  found missed besides precision  recall median days"


class Tally:
    """Scores and delays by rule, added up over companies."""

    def __init__(self) -> None:
        self.planted: Counter[str] = Counter()
        self.besides: Counter[str] = Counter()
        self.delays: dict[str, list[float]] = defaultdict(list)

    def add(self, planted: list[Planted], alerts: Iterable[Alert]) -> list[str]:
        """Judge one company; gives a line for each shift that was missed, and each alert that was raised besides."""
        self.planted.update(each.rule for each in planted)
        pairs = paired(planted, alerts)
        for alert, told in pairs:
            if told is None:
                self.besides[alert.rule] += 1
            else:
                self.delays[alert.rule].append(delay_ms(alert, told) / DAY_MS)
        found = [told for _, told in pairs if told is not None]
        missed = [each for each in planted if each not in found]
        odd = [f"missed: {each.rule} of {each.stakeholder or each.where}" for each in missed]
        return odd + [f"besides: {_line(alert)}" for alert, told in pairs if told is None]

    def rows(self) -> list[str]:
        """A line for each rule, and one for all."""
        rules = sorted({*self.planted, *self.besides})
        every = [each for rule in rules for each in self.delays[rule]]
        lines = [_row(rule, self.planted[rule], self.besides[rule], self.delays[rule]) for rule in rules]
        return [*lines, _row("all", self.planted.total(), self.besides.total(), every)]


def _row(rule: str, planted: int, besides: int, delays: list[float]) -> str:
    score = Score(rule, len(delays), planted - len(delays), besides)
    precision, recall = ("-" if each is None else f"{each:.1%}" for each in (score.precision, score.recall))
    days = f"{statistics.median(delays):.1f}" if delays else "-"
    return f"{rule:<18}{planted:>8}{score.found:>7}{score.missed:>7}{besides:>8}{precision:>10}{recall:>8}{days:>12}"


def _line(alert: Alert) -> str:
    about = alert.stakeholder or (alert.cohort.where if alert.cohort else "")
    return f"{alert.rule} of {about}, {alert.detected_at[:10]}: {alert.summary}"


def main() -> None:
    """Read the options, live and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.seeds", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="companies (20 by default)")
    parser.add_argument("--first", type=int, default=1, help="seed of the first, the others follow (1 by default)")
    parser.add_argument("--people", type=int, default=300, help="people in each (300 by default)")
    parser.add_argument("--why", action="store_true", help="name what was missed and what was raised besides")
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}; allowed: 1 and more")
    if not FEWEST_PEOPLE <= options.people <= MOST_PEOPLE:
        parser.error(f"--people is {options.people}; allowed: {FEWEST_PEOPLE} to {MOST_PEOPLE}")
    tally = Tally()
    for seed in range(options.first, options.first + options.seeds):
        company = cast(seed=seed, people=options.people, start=START)
        for line in tally.add(company.planted, live(company).alerts):
            if options.why:
                print(f"seed {seed}  {line}")
                sys.stdout.flush()
    print(f"{options.seeds} companies of {options.people} people, seeds from {options.first}\n\n{HEAD}")
    print("\n".join(tally.rows()))


if __name__ == "__main__":
    main()
