"""Finds bursts in a stream of counts: how often something is mentioned per five minutes.

Counts are compared on the scale of their fourth root, where the spread of social counts hardly depends on their
level. A row (five minutes of UTC event time) is expected to look like the slow level plus a profile of the hour of
the day; the smoothed excess over it, in units of the usual spread, is judged by an exponential tail learnt from the
series itself. The score is -log10 of the chance of such a row. After an alert the series is held for a day, unless
a row is much rarer still.

The constants were found by comparing a dozen methods on the tweets of the Numenta Anomaly Benchmark with
cross-validation by brand; ``tests/trials/nab.py`` measures them again.
"""

from __future__ import annotations

from math import log, log10

from detectors.spike_knobs import SpikeKnobs

ROW_MS = 300_000
"""Milliseconds a row. Fixed: the learnt constants hold for this length only."""

ROWS_A_DAY = 288
_ROWS_AN_HOUR = 12
_NEVER = -(1 << 50)  # the open row of a series that has seen nothing: always a gap too long to fill
_MOST = 1e12  # a count above is cut, so that an absurd one can't poison the level for ever
_TO_DEVIATION = 1.2533  # sqrt(pi / 2): mean absolute deviation to standard deviation
_LN10 = log(10)


class Spike:
    """A row that raised an alert, with what an explanation needs.

    ``started_row`` is the first alert's row of the episode: equal to ``row`` unless this is an escalation within the
    cooldown. ``expected`` is the count usual at that hour, ``least`` the smallest count that would have raised this
    alert; ``threshold`` is the score that was needed (the escalated one within the cooldown).
    """

    __slots__ = ("count", "expected", "least", "row", "score", "started_row", "threshold")

    def __init__(
        self, row: int, count: float, *, expected: float, least: float, score: float, threshold: float
    ) -> None:
        self.row = row
        self.started_row = row
        self.count = count
        self.expected = expected
        self.least = least
        self.score = score
        self.threshold = threshold


class Spikes:
    """One series of counts and its bursts: constant work a row, constant size.

    Counts of a row add up until a later row closes it; the answer to a call is about the row that this call closed.
    What comes for a closed row is ignored. Rows left out count as zero. ``row`` is the open row, ``rise`` how many
    rows up to the last closed one stood out without a break.
    """

    __slots__ = (
        "_alerted_at",
        "_decay",
        "_exceedances",
        "_excess",
        "_level",
        "_longest_gap",
        "_peak",
        "_quick",
        "_smooth",
        "_spread",
        "_started_row",
        "_tail_rows",
        "knobs",
        "pending",
        "rise",
        "row",
        "rows",
        "slots",
    )

    def __init__(self, knobs: SpikeKnobs | None = None) -> None:
        self.knobs = knobs or SpikeKnobs()
        self._quick: float = 1 - 2 ** (-ROW_MS / 60_000 / self.knobs.smoothing_minutes)
        self._decay: float = 2 ** (-1 / (self.knobs.memory_days * ROWS_A_DAY))
        self._longest_gap = int(self.knobs.longest_gap_days * ROWS_A_DAY)
        self.row = _NEVER
        self.pending = 0.0
        self._forget()

    def add(self, at_ms: int, count: float = 1) -> Spike | None:
        """Count mentions at an event time in epoch milliseconds; times of closed rows are ignored."""
        return self.push(at_ms // ROW_MS, count)

    def advance(self, at_ms: int) -> Spike | None:
        """Close the rows that end at or before an event time in epoch milliseconds."""
        return self.push(at_ms // ROW_MS, 0)

    def push(self, row: int, count: float) -> Spike | None:
        """Count mentions in a row (event time // ``ROW_MS``), closing the rows before it.

        Only a row with mentions raises an alert, so one call answers with at most one. Negative counts and NaN
        count as zero.
        """
        spike = None
        gap = row - self.row
        if gap < 0:
            return None
        if gap > 0:
            spike = self._close()
            if gap > self._longest_gap:
                self._forget()
            else:
                for _ in range(gap - 1):
                    self._close()
            self.row = row
        if count > 0:
            self.pending = min(self.pending + count, _MOST)
        return spike

    def to_tuple(self) -> tuple[float, ...]:
        """Everything a restart needs, as plain numbers; the knobs are not part of it."""
        return (
            self.row, self.rows, self.rise, self._alerted_at, self._started_row,
            self.pending, self._peak, self._level, self._smooth, self._spread,
            self._tail_rows, self._exceedances, self._excess, *self.slots,
        )  # fmt: skip

    @classmethod
    def from_tuple(cls, values: tuple[float, ...] | list[float], knobs: SpikeKnobs | None = None) -> Spikes:
        """Rebuild a series exactly as it was; a tuple of another length raises ``ValueError``."""
        spikes = cls(knobs)
        size = len(spikes.to_tuple())
        if len(values) != size:
            raise ValueError(f"a stored series has {size} numbers, not {len(values)}")
        row, rows, rise, alerted_at, started_row, *numbers = values
        spikes.row, spikes.rows, spikes.rise = int(row), int(rows), int(rise)
        spikes._alerted_at, spikes._started_row = int(alerted_at), int(started_row)
        spikes.pending, spikes._peak, spikes._level, spikes._smooth, spikes._spread = numbers[:5]
        spikes._tail_rows, spikes._exceedances, spikes._excess = numbers[5:8]
        spikes.slots = numbers[8:]
        return spikes

    def _forget(self) -> None:
        """Start learning: nothing is known of the series but its open row."""
        self.rows = 0  # closed since the learning began
        self.rise = 0
        self._alerted_at = _NEVER  # in rows since the learning began
        self._started_row = _NEVER
        self._peak = 0.0
        self._level = 0.0
        self._smooth = 0.0
        self._spread = 0.0
        self._tail_rows = 0.0
        self._exceedances = 0.0
        self._excess = 0.0
        self.slots = [0.0] * 24

    def _close(self) -> Spike | None:
        """Score the open row, learn from it and open the next; the order matters."""
        knobs = self.knobs
        root = (self.pending + knobs.offset) ** 0.25
        if self.rows == 0:
            self._level = self._smooth = root
        before = self._smooth
        self._smooth += self._quick * (root - before)
        hour = self.row % ROWS_A_DAY / _ROWS_AN_HOUR
        slot = int(hour)
        part = hour - slot
        base = self._level + self._profile(slot, part)
        scale = max(_TO_DEVIATION * self._spread, knobs.floor)
        beyond = (self._smooth - base) / scale - knobs.tail_from
        spike = None
        if beyond > 0:
            self.rise += 1
            if self.pending > 0 and self.rows >= knobs.learning_hours * _ROWS_AN_HOUR:
                spike = self._judge(base, scale, beyond, before)
        else:
            self.rise = 0
        self._learn(root - base, scale, slot, part)
        self._learn_tail(beyond)
        self.rows += 1
        self.row += 1
        self.pending = 0.0
        return spike

    def _profile(self, slot: int, part: float) -> float:
        """What the time of day adds to the level, between two hours by the part of the first that has passed."""
        return (1 - part) * self.slots[slot] + part * self.slots[(slot + 1) % 24]

    def _judge(self, base: float, scale: float, beyond: float, before: float) -> Spike | None:
        """Turn an excess into a score and the score into an alert, or into nothing while held."""
        knobs = self.knobs
        rate = (self._exceedances + knobs.tail_weight) / (self._tail_rows + knobs.tail_weight / knobs.tail_rate)
        slope = (self._excess + knobs.tail_weight * knobs.tail_slope) / (self._exceedances + knobs.tail_weight) * _LN10
        score = beyond / slope - log10(rate)
        held = self.rows - self._alerted_at <= knobs.cooldown_hours * _ROWS_AN_HOUR
        bar = max(knobs.threshold, self._peak + knobs.escalation) if held else knobs.threshold
        if score < bar:
            return None
        if not held:
            self._started_row = self.row
        self._alerted_at = self.rows
        self._peak = score
        needed = base + scale * (knobs.tail_from + max((bar + log10(rate)) * slope, 0.0))
        root = max((needed - (1 - self._quick) * before) / self._quick, 0.0)
        least = min(max(root**4 - knobs.offset, 1.0), self.pending)
        expected = max(max(base, 0.0) ** 4 - knobs.offset, 0.0)
        spike = Spike(self.row, self.pending, expected=expected, least=least, score=score, threshold=bar)
        spike.started_row = self._started_row
        return spike

    def _learn(self, residual: float, scale: float, slot: int, part: float) -> None:
        """Move level, spread and the two nearest hours by a residual, clipped after the first days."""
        knobs = self.knobs
        weight = 1 - self._decay
        if self.rows < knobs.learning_hours * _ROWS_AN_HOUR:
            weight = max(weight, 1 / (self.rows + 1))
        else:
            most = knobs.clip * scale
            residual = max(-most, min(residual, most))
        step = knobs.profile_rate * residual
        self.slots[slot] += step * (1 - part)
        self.slots[(slot + 1) % 24] += step * part
        self._level += weight * residual
        self._spread += weight * (abs(residual) - self._spread)

    def _learn_tail(self, beyond: float) -> None:
        """Decay the tail's counts and add the row to them, from the middle of the first days on."""
        if self.rows < self.knobs.learning_hours * _ROWS_AN_HOUR / 2:
            return
        self._tail_rows = self._tail_rows * self._decay + 1
        self._exceedances *= self._decay
        self._excess *= self._decay
        if beyond > 0:
            self._exceedances += 1
            self._excess += beyond
