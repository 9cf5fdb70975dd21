"""Learns every buyer's own rhythm of purchases, and says when a silence has become too long for it.

A person's scale is a decayed root mean square of their gaps, shrunk towards what is typical of the shop; the deadline
is the newest purchase plus a learnt multiple of it, chosen so that silences which end anyway are alerted at a known
rate. Squares and not means: a long gap that ended must put off the person's next deadline.

Times are epoch milliseconds, gaps and scales days, rates per customer and month of 30 days. All is a function of the
purchases seen and their order. One more knob: a field of `RhythmKnobs`, its check there, its use in `Population`.
"""

from bisect import insort
from dataclasses import dataclass
from math import log2, sqrt
from typing import Final

DAY_MS: Final = 86_400_000
DAYS_PER_MONTH: Final = 30.0
BINS: Final = 64
BINS_PER_DOUBLING: Final = 8.0
BIN_OF_ONE: Final = 32.0
"""Bin of a gap as long as its scale: the bins reach from 1/16 of a scale to 16 scales, both ends open."""
SCALE_UNIT: Final = 1_048_576.0
"""Scales are summed in whole 2⁻²⁰ days: adding one and taking it away again leaves no rounding behind."""
TOLERANCE: Final = 1e-9
EDGES: Final = [float(2.0 ** ((position - BIN_OF_ONE) / BINS_PER_DOUBLING)) for position in range(BINS + 1)]

RhythmTuple = tuple[int, int, float, float, int]
PopulationTuple = tuple[int, int, int, float, float, tuple[int, ...]]


@dataclass(frozen=True)
class RhythmKnobs:
    """What one may turn. A bad value raises ValueError naming the knob, the value and what is allowed."""

    false_alarms: float = 0.04
    """Alerted silences that end anyway, per customer and month. Higher: earlier alerts, more of them wrong."""
    half_life_gaps: float = 4.0
    """Gaps until an old gap weighs half. Lower: follows a changed rhythm sooner, and is more nervous."""
    shrinkage: float = 2.0
    """Weight of the shop's typical scale, in gaps. Higher: buyers with few gaps are treated more alike."""
    prior_days: float = 30.0
    """Typical scale assumed of an unknown shop, days."""
    prior_people: float = 5.0
    """How many people that assumption weighs as much as."""
    prior_multiplier: float = 4.0
    """Scales of silence before an alert while nothing is learnt."""
    prior_months: float = 100.0
    """How many customer-months that assumption weighs as much as."""
    least_multiplier: float = 1.5
    """Fewest scales of silence before an alert, at least 1."""
    most_multiplier: float = 12.0
    """Most scales of silence before an alert, at most 16."""
    same_purchase_days: float = 0.5
    """Purchases at most this long after the first of them are one purchase, days."""
    relearn_gaps: int = 64
    """Gaps of regular buyers from one update of the multiplier to the next."""
    fixed_multiplier: float | None = None
    """When given, nothing is learnt and this multiplier holds: no person's deadline depends on other people."""
    fixed_scale_days: float | None = None
    """The shop's typical scale while the multiplier is fixed, days; `prior_days` when absent."""

    def __post_init__(self) -> None:
        for name, value in (
            ("false_alarms", self.false_alarms),
            ("half_life_gaps", self.half_life_gaps),
            ("shrinkage", self.shrinkage),
            ("prior_days", self.prior_days),
            ("prior_people", self.prior_people),
            ("prior_months", self.prior_months),
            ("same_purchase_days", self.same_purchase_days),
            ("relearn_gaps", self.relearn_gaps),
            ("fixed_multiplier", 1.0 if self.fixed_multiplier is None else self.fixed_multiplier),
            ("fixed_scale_days", 1.0 if self.fixed_scale_days is None else self.fixed_scale_days),
        ):
            if not 0.0 < value < 1e9:
                raise ValueError(f"{name} is {value!r}: allowed is a number above 0 and below 1e9")
        if not 1.0 <= self.least_multiplier <= self.prior_multiplier <= self.most_multiplier <= EDGES[BINS]:
            raise ValueError(
                f"least, prior and most multiplier are {self.least_multiplier!r}, {self.prior_multiplier!r},"
                f" {self.most_multiplier!r}: allowed are ascending numbers from 1 to {EDGES[BINS]:g}"
            )
        if self.fixed_scale_days is not None and self.fixed_multiplier is None:
            raise ValueError(f"fixed_scale_days is {self.fixed_scale_days!r}: allowed only with a fixed_multiplier")


class Rhythm:
    """One person's purchases in five numbers. `count` 0 means no purchase yet; then the others say nothing.

    `first` and `last` are the beginnings of the first and of the newest distinct purchase, `count` the number of
    distinct purchases, `n` and `a` the decayed number of gaps and the decayed sum of their squares (days²).
    """

    __slots__ = ("a", "count", "first", "last", "n")

    def __init__(self, first: int = 0, last: int = 0, n: float = 0.0, a: float = 0.0, count: int = 0) -> None:
        self.first = first
        self.last = last
        self.n = n
        self.a = a
        self.count = count

    def own_scale(self) -> float:
        """Days: the mean gap if gaps were exponential, 1/√2 of the gap if all are equal; 0 before the first gap."""
        return sqrt(self.a / self.n * 0.5) if self.n > 0.0 else 0.0

    def counts(self, least: float) -> bool:
        """Tell whether the decayed number of gaps has reached `least`, rounding forgiven."""
        return self.n >= least - TOLERANCE

    def to_tuple(self) -> RhythmTuple:
        """Give the state as plain numbers, for storage."""
        return (self.first, self.last, self.n, self.a, self.count)

    @classmethod
    def from_tuple(cls, state: RhythmTuple) -> "Rhythm":
        """Take back what `to_tuple` gave."""
        return cls(state[0], state[1], state[2], state[3], state[4])


class Population:
    """What the buyers of one partition have in common: their typical scale and the multiplier of deadlines.

    `people` and `scale_sum` cover those with two gaps and more, `gaps`, `exposure` (months) and `bins` those gaps that
    began when their buyer was already regular (three gaps and more): only they can be alerted.
    """

    __slots__ = (
        "_decay", "_knobs", "_learns", "_prior_days", "_prior_people", "_regular", "_same_ms", "_settled", "_shrinkage",
        "bins", "exposure", "gaps", "multiplier", "people", "scale_sum",
    )  # fmt: skip

    def __init__(self, knobs: RhythmKnobs | None = None) -> None:
        """Begin with nothing learnt; without `knobs`, with the published ones."""
        self._knobs = RhythmKnobs() if knobs is None else knobs
        self._decay = float(2.0 ** (-1.0 / self._knobs.half_life_gaps))
        self._settled = 1.0 + self._decay
        self._regular = 1.0 + self._decay + self._decay * self._decay
        self._same_ms = int(self._knobs.same_purchase_days * DAY_MS)
        fixed = self._knobs.fixed_multiplier
        self._learns = fixed is None
        fixed_scale = self._knobs.fixed_scale_days
        self._prior_days = float(self._knobs.prior_days if self._learns or fixed_scale is None else fixed_scale)
        self._prior_people = float(self._knobs.prior_people)
        self._shrinkage = float(self._knobs.shrinkage)
        self.multiplier = self._knobs.prior_multiplier if fixed is None else fixed
        self.people = 0
        self.scale_sum = 0
        self.gaps = 0
        self.exposure = 0.0
        self.bins = [0] * BINS

    def typical_days(self) -> float:
        """Give the scale expected of a person of whom nothing is known, days."""
        if not self._learns:
            return self._prior_days
        total = self._prior_people * self._prior_days + self.scale_sum / SCALE_UNIT
        return total / (self._prior_people + self.people)

    def scale(self, rhythm: Rhythm) -> float:
        """Give the person's scale, days: their own shrunk to the typical one, a regular's at most twice their own."""
        typical = self.typical_days()
        weight = self._shrinkage
        shrunk = sqrt((rhythm.a * 0.5 + weight * typical * typical) / (rhythm.n + weight))
        return min(shrunk, 2.0 * rhythm.own_scale()) if rhythm.counts(self._regular) else shrunk

    def is_regular(self, rhythm: Rhythm) -> bool:
        """Tell whether the person has the three gaps that a deadline takes."""
        return rhythm.counts(self._regular)

    def deadline(self, rhythm: Rhythm) -> int | None:
        """Give the time from which the person's silence is too long; None while they are not regular.

        Other people's purchases move the answer: ask right after the person's purchase and keep it.
        """
        if not rhythm.counts(self._regular):
            return None
        return rhythm.last + int(self.multiplier * self.scale(rhythm) * DAY_MS)

    def observe(self, rhythm: Rhythm, at_ms: int) -> bool:
        """Count a purchase and learn from the gap it ends; True if it ended one.

        A purchase at most half a day after `last` is the same one and moves nothing. One before `last` is late:
        `insert_late` does better where earlier times are known.
        """
        if rhythm.count == 0:
            rhythm.first = rhythm.last = at_ms
            rhythm.count = 1
            return False
        gap_ms = at_ms - rhythm.last
        if gap_ms <= self._same_ms:
            if gap_ms < 0:
                self.insert_late(rhythm, at_ms, [rhythm.last])
            return False
        gap = gap_ms / DAY_MS
        if self._learns and rhythm.counts(self._regular):
            self._learn(gap, gap / self.scale(rhythm))
        self.forget(rhythm)
        rhythm.n = self._decay * rhythm.n + 1.0
        rhythm.a = self._decay * rhythm.a + gap * gap
        rhythm.last = at_ms
        rhythm.count += 1
        self.adopt(rhythm)
        return True

    def insert_late(self, rhythm: Rhythm, at_ms: int, recent: list[int]) -> bool:
        """Put a purchase into its place among the known ones, as if it had come in time; True if that was possible.

        `recent` (left as it is) holds the newest purchase times, ascending: the first of them began a distinct
        purchase, none is missing since, `last` is the newest that began one; repeats within half a day may be left
        out, at the cost of that half day. Before the known times only `first` moves, unless they go back to `first`.
        What the shop's multiplier has learnt stays as it was. A person's very first purchase is never late.
        """
        if rhythm.count == 0:
            self.observe(rhythm, at_ms)
            return True
        known = self._distinct(recent)
        if not known or known[-1] != rhythm.last or (at_ms < known[0] and known[0] != rhythm.first):
            rhythm.first = min(rhythm.first, at_ms)
            return False
        times = list(recent)
        insort(times, at_ms)
        wanted = self._distinct(times)
        self.forget(rhythm)
        kept = 0
        while kept < len(known) and known[kept] == wanted[kept]:
            kept += 1
        self._rewrite(rhythm, known, wanted, kept)
        self.adopt(rhythm)
        return True

    def merged(self, one: Rhythm, other: Rhythm) -> Rhythm:
        """Give the rhythm of two people found to be one; neither they nor this population change.

        Exact where one history ends before the other begins (but for half a day where they meet). Interleaved ones
        cannot be told from these numbers: rates are added, `replayed` is exact while the purchases are held.
        The caller takes the two out with `forget` and puts the result in with `adopt`.
        """
        early, late = (one, other) if (one.first, one.last) <= (other.first, other.last) else (other, one)
        if early.count == 0 or late.count == 0:
            return Rhythm.from_tuple((late if early.count == 0 else early).to_tuple())
        if late.first < early.last:
            return self._interleaved(early, late)
        n, a, count, last = early.n, early.a, early.count + late.count - 1, max(early.last, late.last)
        if late.first - early.last > self._same_ms:
            gap = (late.first - early.last) / DAY_MS
            n, a, count = self._decay * n + 1.0, self._decay * a + gap * gap, count + 1
        elif late.count == 1:
            last = early.last
        faded = max(0.0, 1.0 - (1.0 - self._decay) * late.n)
        return Rhythm(early.first, last, late.n + faded * n, late.a + faded * a, count)

    def replayed(self, times: list[int]) -> Rhythm:
        """Give the rhythm of these purchase times, in whatever order, without learning from them."""
        starts = self._distinct(sorted(times))
        rhythm = Rhythm()
        if starts:
            self._rewrite(rhythm, [], starts, 0)
        return rhythm

    def forget(self, rhythm: Rhythm) -> None:
        """Take the person's scale out of the typical one: before a merge, an erasure or a change by hand."""
        if self._learns and rhythm.counts(self._settled):
            self.people -= 1
            self.scale_sum -= int(rhythm.own_scale() * SCALE_UNIT)

    def adopt(self, rhythm: Rhythm) -> None:
        """Take the person's scale into the typical one: after a merge or a change by hand."""
        if self._learns and rhythm.counts(self._settled):
            self.people += 1
            self.scale_sum += int(rhythm.own_scale() * SCALE_UNIT)

    def to_tuple(self) -> PopulationTuple:
        """Give what is learnt as plain numbers, for storage; the knobs are not in it."""
        return (self.people, self.scale_sum, self.gaps, self.exposure, self.multiplier, tuple(self.bins))

    @classmethod
    def from_tuple(cls, state: PopulationTuple, knobs: RhythmKnobs | None = None) -> "Population":
        """Take back what `to_tuple` gave; with a fixed multiplier among the `knobs` that one holds.

        Raises ValueError if the histogram has not 64 bins.
        """
        if len(state[5]) != BINS:
            raise ValueError(f"the histogram has {len(state[5])} bins: allowed are {BINS}")
        population = cls(knobs)
        population.people, population.scale_sum, population.gaps, population.exposure = state[:4]
        if population._learns:
            population.multiplier = state[4]
        population.bins = list(state[5])
        return population

    def _distinct(self, times: list[int]) -> list[int]:
        starts: list[int] = []
        for at_ms in times:
            if not starts or at_ms - starts[-1] > self._same_ms:
                starts.append(at_ms)
        return starts

    def _rewrite(self, rhythm: Rhythm, known: list[int], wanted: list[int], kept: int) -> None:
        """Undo the gaps after the first `kept` of the `known` times, newest first, then apply the `wanted` ones."""
        if kept == 0:
            rhythm.first, rhythm.n, rhythm.a = wanted[0], 0.0, 0.0
        else:
            for i in range(len(known) - 1, kept - 1, -1):
                gap = (known[i] - known[i - 1]) / DAY_MS
                rhythm.n = max(0.0, (rhythm.n - 1.0) / self._decay)
                rhythm.a = max(0.0, (rhythm.a - gap * gap) / self._decay)
        for i in range(max(kept, 1), len(wanted)):
            gap = (wanted[i] - wanted[i - 1]) / DAY_MS
            rhythm.n = self._decay * rhythm.n + 1.0
            rhythm.a = self._decay * rhythm.a + gap * gap
        rhythm.last = wanted[-1]
        rhythm.count += len(wanted) - len(known)

    def _interleaved(self, early: Rhythm, late: Rhythm) -> Rhythm:
        n = min(early.n + late.n, 1.0 / (1.0 - self._decay))
        rate = sum(1.0 / one.own_scale() for one in (early, late) if one.n > 0.0)
        a = 2.0 * n / (rate * rate) if rate > 0.0 else 0.0
        return Rhythm(early.first, max(early.last, late.last), n, a, early.count + late.count)

    def _learn(self, gap: float, relative: float) -> None:
        position = int(max(0.0, log2(relative) * BINS_PER_DOUBLING + BIN_OF_ONE))
        self.bins[position if position < BINS else BINS - 1] += 1
        self.exposure += gap / DAYS_PER_MONTH
        self.gaps += 1
        if self.gaps % self._knobs.relearn_gaps == 0:
            self.multiplier = self._best_multiplier()

    def _best_multiplier(self) -> float:
        """Find the smallest multiplier that keeps to the rate of false alarms on the gaps seen and the prior months.

        The prior's false alarms fall with the cube of the multiplier; inside a bin gaps are taken as evenly spread.
        """
        knobs = self._knobs
        budget = knobs.false_alarms * (self.exposure + knobs.prior_months)
        prior = knobs.false_alarms * knobs.prior_months * knobs.prior_multiplier**3
        longer = 0.0
        top = BINS - 1
        while top > 0 and longer + self.bins[top] + prior / EDGES[top] ** 3 <= budget:
            longer += self.bins[top]
            top -= 1
        low, high = EDGES[top], EDGES[top + 1]
        density = self.bins[top] / (high - low)
        for _ in range(32):
            middle = 0.5 * (low + high)
            if longer + density * (EDGES[top + 1] - middle) + prior / middle**3 <= budget:
                high = middle
            else:
                low = middle
        return min(max(high, knobs.least_multiplier), knobs.most_multiplier)
