"""One segment at one step in a few numbers: what is usual there, and how much speaks for a rise."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from detectors.drop_knobs import DropKnobs

_MOST_USUAL: Final = 0.98
_NO_ROOM: Final = _MOST_USUAL / (1.0 - _MOST_USUAL)
_MOST_EVIDENCE: Final = 1e200
_REBASED_TRIALS: Final = 40.0
_A_FIFTH: Final = 0.2 * 0.8  # the variance of an attempt where a fifth leave

Key = tuple[str, ...]
"""Names a segment: dimension, value, dimension, value; empty for everybody."""


class Cell:
    """Attempts of one segment at one step, and those of them that were left.

    ``trials`` and ``failures`` are what is usual, in a unit that grows with time (forward decay: an attempt adds the
    ``scale`` of its time). ``evidence`` is the Shiryaev-Roberts statistic, ``run`` the CUSUM of the same logarithms.
    While it runs, attempts wait in ``run_trials`` and ``run_failures``, from ``run_since`` (ms) on: nothing is learnt
    from a rise that has not been told from chance.
    """

    __slots__ = ("evidence", "failures", "run", "run_failures", "run_since", "run_trials", "trials")

    def __init__(self) -> None:
        self.trials = 0.0
        self.failures = 0.0
        self.evidence = 0.0
        self.run = 0.0
        self.run_trials = 0
        self.run_failures = 0
        self.run_since = 0

    def to_tuple(self) -> tuple[float, ...]:
        """All its numbers."""
        return (
            self.trials, self.failures, self.evidence, self.run, self.run_trials, self.run_failures, self.run_since,
        )  # fmt: skip

    @classmethod
    def from_tuple(cls, values: tuple[float, ...] | list[float]) -> Cell:
        """The cell of these numbers."""
        cell = cls()
        cell.trials, cell.failures, cell.evidence, cell.run, trials, failures, since = values
        cell.run_trials, cell.run_failures, cell.run_since = int(trials), int(failures), int(since)
        return cell

    def weigh(self, prior: float, log_ratio: float) -> None:
        """Let an attempt speak: ``prior`` is the chance that the rise began with it, the other its likelihoods'."""
        self.evidence = min((self.evidence + prior) * exp(log_ratio), _MOST_EVIDENCE)
        self.run = max(self.run + log_ratio, 0.0)

    def wait(self, at: int, *, failed: bool) -> None:
        """Let an attempt wait for what it turns out to be part of."""
        if not self.run_trials:
            self.run_since = at
        self.run_trials += 1
        self.run_failures += failed

    def learn(self, scale: float) -> None:
        """Take what waits for usual."""
        self.trials += self.run_trials * scale
        self.failures += self.run_failures * scale
        self.run_trials = self.run_failures = 0

    def rebase(self, scale: float) -> None:
        """Take what waits for usual instead of what was, though only for so many attempts' worth."""
        self.trials = self.failures = 0.0
        self.learn(scale * min(1.0, _REBASED_TRIALS / max(self.run_trials, 1)))

    def calm(self) -> None:
        """Forget what spoke for a rise, and what waits."""
        self.evidence = self.run = 0.0
        self.run_trials = self.run_failures = 0


class Judged:
    """A cell as an attempt finds it: the share usually left there, and how many attempts that rests on."""

    __slots__ = ("cell", "depth", "key", "share", "weight")

    def __init__(self, key: Key, cell: Cell, share: float, weight: float) -> None:
        self.key = key
        self.cell = cell
        self.share = share
        self.weight = weight
        self.depth = len(key) // 2

    def usual_odds(self, margin: float) -> float:
        """The largest odds of leaving that are still usual: one standard error up, and the margin."""
        share = self.share
        return margin * odds(min(_MOST_USUAL, share + sqrt(share * (1.0 - share) / (self.weight + 1.0))))

    def log_ratio(self, knobs: DropKnobs, *, failed: bool) -> float:
        """How much likelier the attempt is after a rise than before, as a logarithm.

        Where nearly all leave there is no room for a rise, and every attempt speaks against one.
        """
        usual = self.usual_odds(knobs.margin)
        if usual >= _NO_ROOM:
            return -log(knobs.rise)
        stayed = log((1.0 + usual) / (1.0 + knobs.rise * usual))
        return stayed + log(knobs.rise) if failed else stayed

    def log_recovery(self, knobs: DropKnobs, *, failed: bool) -> float:
        """How much likelier the attempt is at the usual share than at ``recovery_odds`` times its odds."""
        usual = odds(self.share)
        stayed = log((1.0 + knobs.recovery_odds * usual) / (1.0 + usual))
        return stayed - log(knobs.recovery_odds) if failed else stayed


def odds(share: float) -> float:
    """The odds of a share below 1."""
    return share / (1.0 - share)


def share_of(of_odds: float) -> float:
    """The share of these odds."""
    return of_odds / (1.0 + of_odds)


def of_everybody(cell: Cell, scale: float) -> Judged:
    """The whole step, judged by its own past."""
    trials = cell.trials / scale
    return Judged((), cell, (cell.failures / scale + 1.0) / (trials + 2.0), trials + 2.0)


def of_some(key: Key, cell: Cell, scale: float, wider: float, shrinkage: float) -> Judged:
    """A segment, judged by its own past and so many attempts at ``wider``, the share of the segment around it.

    ``shrinkage`` attempts where a fifth leave, more where fewer (or nearly all) do, so that these say the same of the
    odds: by how much segments differ from each other has nothing to do with how few leave.
    """
    shrinkage *= max(1.0, _A_FIFTH / (wider * (1.0 - wider)))
    trials = cell.trials / scale + shrinkage
    return Judged(key, cell, (cell.failures / scale + shrinkage * wider) / trials, trials)


def of_both(first: Judged, second: Judged, everybody: Judged) -> float:
    """The share to expect where two segments overlap, if their effects on the odds multiply."""
    return share_of(odds(first.share) * odds(second.share) / odds(everybody.share))
