"""Finds rises of exits in small numbers: one Shiryaev-Roberts statistic for each segment of each step.

An attempt at a step fails if it was left there. Each of its segments (everybody, each value of each dimension, each
pair of values) weighs how likely the attempt is after a rise of the odds against how likely it is at the most that is
still usual; the sum over all days on which the rise could have begun is compared with a budget of false alerts. The
budget is per calendar day, whatever the traffic and the number of segments, so growth changes nothing.

A step has one alert at a time, named after the segment that explains most. While it stands nothing is learnt; it ends
when the usual is likelier again, when nobody comes any more, or when what goes on has become the usual.

The method and its constants were found by simulation; ``python -m tests.benchmarks.shops`` measures them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from detectors.drop_cells import share_of
from detectors.drop_segments import Segments
from detectors.drop_step import Episode, Step
from detectors.finding import OPEN, RESOLVED, UPDATED
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.drop_cells import Judged, Key
    from detectors.drop_knobs import DropKnobs

MOST_STEPS: Final = 16
"""Further steps of one set are not watched."""
_CALM_RUN: Final = 1.5  # a CUSUM below is what two unlucky attempts leave
_ENOUGH_TRIALS: Final = 5.0


class Drop:
    """News of a step: that more leave than usual, or are better told by another segment, or that it is over.

    ``where`` is the segment (empty: everybody), ``why`` an end is told: ``recovered``, ``new_normal`` or ``quiet``.
    Of ``trials`` attempts since ``since`` (ms) ``failures`` were left; ``usual`` is the share left before, ``limit``
    the most that is still usual. ``unchanged`` are the other values of the segment's dimensions where nothing rose.
    """

    __slots__ = (
        "at", "failures", "limit", "since", "started_at", "status", "step", "trials", "unchanged", "usual", "where",
        "why",
    )  # fmt: skip

    def __init__(self, step: str, *, status: str, why: str, at: int, started_at: int) -> None:
        self.step = step
        self.status = status
        self.why = why
        self.at = at
        self.started_at = started_at
        self.where: dict[str, str] = {}
        self.since = started_at
        self.trials = 0
        self.failures = 0
        self.usual = 0.0
        self.limit = 0.0
        self.unchanged: list[str] = []


class Drops:
    """The steps of one funnel, or one page: work of the attempt's own segments, bounded size."""

    __slots__ = ("knobs", "segments", "steps")

    def __init__(self, knobs: DropKnobs) -> None:
        self.knobs = knobs
        self.segments = Segments(knobs)
        self.steps: dict[str, Step] = {}

    def take(self, at: int, name: str, segment: dict[str, str], *, failed: bool) -> Drop | None:
        """Count an attempt of event time ``at`` (ms), or of the step's newest if that is later.

        Let time pass by ``advance`` first; a further step beyond ``MOST_STEPS`` is ignored.
        """
        step = self.steps.get(name)
        if step is None:
            if len(self.steps) >= MOST_STEPS:
                return None
            step = self.steps[name] = Step(self.knobs)
        places = self.segments.take(at, segment, frozen=any(each.episode for each in self.steps.values()))
        self._displace()
        is_known = step.pass_to(at)
        judged = step.judged(places)
        if not is_known:
            step.learn(judged, failed=failed)
            return None
        is_beyond = step.weigh(judged, failed=failed, steps=len(self.steps), dimensions=len(self.segments.dimensions))
        if step.episode is not None:
            return self._follow(name, step, judged, failed=failed)
        if not is_beyond:
            return None
        key = step.named()
        step.episode = Episode(key, step.cells[key].run_since, step.last)
        return self._told(name, step, step.episode, OPEN)

    def advance(self, at: int) -> Drop | None:
        """Let event time (ms) reach ``at``: the end of an alert whose segment nobody belongs to any more.

        At most one at a time; ask until there is none.
        """
        for name, step in self.steps.items():
            episode = step.episode
            if episode is not None:
                end = episode.last_at + int(self.knobs.new_normal_days * DAY_MS)
                if end <= at:
                    return self._end(name, step, episode, "quiet", end)
        return None

    def to_tuple(self) -> tuple[Any, ...]:
        """Everything a restart needs, as plain values; the knobs are not part of it."""
        return self.segments.to_tuple(), tuple((name, step.to_tuple()) for name, step in self.steps.items())

    @classmethod
    def from_tuple(cls, values: Any, knobs: DropKnobs) -> Drops:
        """Rebuild it exactly as it was."""
        drops = cls(knobs)
        segments, steps = values
        drops.segments = Segments.from_tuple(segments, knobs)
        drops.steps = {name: Step.from_tuple(step, knobs) for name, step in steps}
        drops._displace()
        return drops

    def _displace(self) -> None:
        for place in self.segments.displaced:
            for step in self.steps.values():
                step.forget(place)
        self.segments.displaced.clear()

    def _follow(self, name: str, step: Step, judged: list[Judged], *, failed: bool) -> Drop | None:
        episode = step.episode
        assert episode is not None  # noqa: S101 - asked by the caller
        key = step.better_name(judged)
        if key is not None:
            episode.rename(key, step.last)
            return self._told(name, step, episode, UPDATED)
        why = step.follow(judged, failed=failed)
        return None if why is None else self._end(name, step, episode, why, step.last)

    def _end(self, name: str, step: Step, episode: Episode, why: str, at: int) -> Drop:
        told = self._told(name, step, episode, RESOLVED, why=why, at=at)
        step.end(is_usual=why == "new_normal")
        return told

    def _told(
        self, name: str, step: Step, episode: Episode, status: str, *, why: str = "", at: int | None = None
    ) -> Drop:
        judged = _judged(step, episode.key)
        cell = judged.cell
        drop = Drop(name, status=status, why=why, at=step.last if at is None else at, started_at=episode.started_at)
        drop.where = dict(zip(episode.key[::2], episode.key[1::2], strict=True))
        drop.since = cell.run_since
        drop.trials = cell.run_trials
        drop.failures = cell.run_failures
        drop.usual = judged.share
        drop.limit = share_of(judged.usual_odds(self.knobs.margin))
        drop.unchanged = _unchanged(step, episode.key)
        return drop


def _judged(step: Step, key: Key) -> Judged:
    """The cell of a key, judged by those around it."""
    places = [(key[at], key[at + 1]) for at in range(0, len(key), 2)]
    return step.judged(places)[-1]


def _unchanged(step: Step, key: Key) -> list[str]:
    """The other values of the dimensions of a segment that must have been tried often enough, and are as usual."""
    days = (step.last - step.cells[key].run_since) / DAY_MS
    if not days:
        return []
    least = step.cells[()].trials * _ENOUGH_TRIALS * step.slow / days
    own = dict(zip(key[::2], key[1::2], strict=True))
    found = [
        (-cell.trials, other[1])
        for other, cell in step.cells.items()
        if len(other) == 2 and own.get(other[0], other[1]) != other[1]
        if cell.run < _CALM_RUN and cell.trials >= least
    ]
    return [value for _, value in sorted(found)]
