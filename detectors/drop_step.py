"""One watched step: its attempts by segment, and the alert that stands about it, if any."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any, Final

from detectors.drop_cells import Cell, Judged, Key, of_both, of_everybody, of_some
from detectors.drop_segments import OTHER
from detectors.fading import Fading
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.drop_knobs import DropKnobs

_SLOW: Final = 0.01
_FAST: Final = 0.1
_LONGEST_GAP_DAYS: Final = 3.0
_BUDGET_DAYS: Final = 182.0
_SHARES: Final = (0.5, 0.4, 0.1)
"""How the budget is shared: everybody, single segments, pairs of them."""
_BETTER_NAME: Final = log(3.0)
_CERTAIN: Final = 1e100  # evidence from which a segment's name needs no second look
_HARDLY: Final = 1e-300  # so that no evidence has a logarithm


class Episode:
    """An alert that stands: its segment, when the rise began and was told (ms), and what came of it since.

    ``last_at`` is the segment's last attempt, ``trials`` counts those since the alert, ``recovery`` is the CUSUM of
    what speaks for an end.
    """

    __slots__ = ("key", "last_at", "raised_at", "recovery", "started_at", "trials")

    def __init__(self, key: Key, started_at: int, raised_at: int) -> None:
        self.key = key
        self.started_at = started_at
        self.raised_at = raised_at
        self.last_at = raised_at
        self.trials = 0
        self.recovery = 0.0

    def rename(self, key: Key, at: int) -> None:
        """Be about another segment of the step, that of an attempt at this time; its recovery is yet to be seen."""
        self.key = key
        self.last_at = at
        self.trials = 0
        self.recovery = 0.0

    def to_tuple(self) -> tuple[Any, ...]:
        """All its values."""
        return (self.key, self.started_at, self.raised_at, self.last_at, self.trials, self.recovery)

    @classmethod
    def from_tuple(cls, values: Any) -> Episode:
        """The episode of these values."""
        key, started_at, raised_at, last_at, trials, recovery = values
        episode = cls(tuple(key), started_at, raised_at)
        episode.last_at, episode.trials, episode.recovery = last_at, trials, recovery
        return episode


class Step:
    """A step with one cell for everybody, one for each segment and one for each pair of these.

    ``slow`` and ``fast`` are averages of the days between attempts. All changes are functions of the attempts.
    """

    __slots__ = ("cells", "count", "episode", "fading", "fast", "first", "knobs", "last", "slow")

    def __init__(self, knobs: DropKnobs) -> None:
        self.knobs = knobs
        self.fading = Fading(knobs.memory_days)
        self.first = 0
        self.last = 0
        self.count = 0
        self.slow = 0.0
        self.fast = 0.0
        self.cells: dict[Key, Cell] = {}
        self.episode: Episode | None = None

    def pass_to(self, at: int) -> bool:
        """Move on to the time of an attempt and count it; False while the step is only learnt."""
        knobs = self.knobs
        if not self.count:
            self.first = self.last = at
        else:
            gap = min((max(at, self.last) - self.last) / DAY_MS, _LONGEST_GAP_DAYS)
            self.slow += max(_SLOW, 1.0 / self.count) * (gap - self.slow)
            self.fast += max(_FAST, 1.0 / self.count) * (gap - self.fast)
            self.last = max(at, self.last)
        self.count += 1
        shrink = self.fading.reach(self.last)
        if shrink is not None:
            for cell in self.cells.values():
                cell.trials *= shrink
                cell.failures *= shrink
        return self.count > knobs.learning_trials and self.last - self.first >= knobs.learning_days * DAY_MS

    def judged(self, places: list[tuple[str, str]]) -> list[Judged]:
        """The cells of a segment, from the widest to the narrowest, each judged by those around it."""
        scale = self.fading.scale(self.last)
        shrinkage = self.knobs.shrinkage
        everybody = of_everybody(self._cell(()), scale)
        singles = [of_some(place, self._cell(place), scale, everybody.share, shrinkage) for place in places]
        pairs = []
        for number, first in enumerate(singles):
            for second in singles[number + 1 :] if first.key[1] != OTHER else ():
                if second.key[1] != OTHER:
                    key = first.key + second.key
                    wider = of_both(first, second, everybody)
                    pairs.append(of_some(key, self._cell(key), scale, wider, shrinkage))
        return [everybody, *singles, *pairs]

    def learn(self, judged: list[Judged], *, failed: bool) -> None:
        """Take the attempt for usual, as all are at first."""
        for each in judged:
            each.cell.wait(self.last, failed=failed)
            each.cell.learn(self.fading.scale(self.last))

    def weigh(self, judged: list[Judged], *, failed: bool, steps: int, dimensions: int) -> bool:
        """Let the attempt speak in each of its cells; True if one of them is beyond chance."""
        knobs = self.knobs
        weight = self._weight()
        sets = (1, max(dimensions, 1), max(dimensions * (dimensions - 1) // 2, 1))
        allowed = 1.0 / (knobs.budget / knobs.shared_by)
        is_beyond = False
        for each in judged:
            cell = each.cell
            prior = _SHARES[each.depth] / (steps * sets[each.depth] * _BUDGET_DAYS) * self.slow
            cell.weigh(prior, weight * each.log_ratio(knobs, failed=failed))
            cell.wait(self.last, failed=failed)
            if self.episode is None and not cell.run:
                cell.learn(self.fading.scale(self.last))
            is_beyond = is_beyond or cell.evidence >= allowed
        return is_beyond

    def named(self) -> Key:
        """The cell that explains most; a narrow one must not be less likely than a wide one by much."""
        return max(self.cells, key=self._explains)

    def better_name(self, judged: list[Judged]) -> Key | None:
        """The cell of an attempt that explains the alert far better than the one it is about; None if there is none."""
        episode = self.episode
        if episode is None or self.last - episode.raised_at > self.knobs.naming_days * DAY_MS:
            return None
        if self.cells[episode.key].evidence >= _CERTAIN:
            return None
        best = max((each.key for each in judged), key=self._explains)
        return best if self._explains(best) > self._explains(episode.key) + _BETTER_NAME else None

    def follow(self, judged: list[Judged], *, failed: bool) -> str | None:
        """Take in what an attempt says of the alert that stands: ``recovered``, ``new_normal`` or nothing."""
        episode = self.episode
        own = [each for each in judged if episode is not None and each.key == episode.key]
        if episode is None or not own:
            return None
        knobs = self.knobs
        episode.last_at = self.last
        episode.trials += 1
        told = self._weight() * own[0].log_recovery(knobs, failed=failed)
        episode.recovery = max(episode.recovery + told, 0.0)
        age = self.last - episode.raised_at
        if episode.recovery >= log(knobs.recovery_evidence) and age >= knobs.recovery_days * DAY_MS:
            return "recovered"
        if age >= knobs.new_normal_days * DAY_MS and episode.trials >= knobs.new_normal_trials:
            return "new_normal"
        return None

    def end(self, *, is_usual: bool) -> None:
        """End the alert; ``is_usual``: what went on is now the usual, else nothing is learnt from it."""
        self.episode = None
        for cell in self.cells.values():
            if is_usual:
                cell.rebase(self.fading.scale(self.last))
            cell.calm()

    def forget(self, place: tuple[str, str]) -> None:
        """Drop the cells of a value that is no longer told apart."""
        for key in [key for key in self.cells if place in (key[:2], key[2:])]:
            del self.cells[key]

    def to_tuple(self) -> tuple[Any, ...]:
        """All that a restart needs, as plain values."""
        return (
            self.fading.origin, self.first, self.last, self.count, self.slow, self.fast,
            None if self.episode is None else self.episode.to_tuple(),
            tuple((key, cell.to_tuple()) for key, cell in self.cells.items()),
        )  # fmt: skip

    @classmethod
    def from_tuple(cls, values: Any, knobs: DropKnobs) -> Step:
        """The step as it was."""
        step = cls(knobs)
        step.fading.origin, step.first, step.last, step.count, step.slow, step.fast, episode, cells = values
        step.episode = None if episode is None else Episode.from_tuple(episode)
        step.cells = {tuple(key): Cell.from_tuple(numbers) for key, numbers in cells}
        return step

    def _cell(self, key: Key) -> Cell:
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell()
        return cell

    def _weight(self) -> float:
        """How much an attempt counts: less in a burst, and less the more there are beyond ``full_weight`` a day."""
        if not self.slow:
            return 0.0
        return min(1.0, 2.0 * self.fast / self.slow, self.knobs.full_weight * self.slow)

    def _explains(self, key: Key) -> float:
        return log(self.cells[key].evidence + _HARDLY) + len(key) // 2
