"""What is normal in one partition: population statistics that rules compare a person with.

They live per partition, in its state, so that results stay a function of the partition's log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.rhythm import Population

if TYPE_CHECKING:
    from detectors.rhythm import RhythmKnobs
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Catalogue, Counter, Gaps

HALF_LIFE_DAYS: Final = 28.0


class Normal:
    """Decayed totals of every counter (half-life 28 days, event time) and the population of every rhythm."""

    __slots__ = ("day", "rhythms", "totals")

    def __init__(self, catalogue: Catalogue, knobs: dict[str, RhythmKnobs]) -> None:
        self.day = 0
        self.totals = [0.0] * len(catalogue.counters)
        self.rhythms = [Population(knobs.get(window.name)) for window in catalogue.rhythms]

    def pass_to(self, day: int) -> None:
        """Let the totals fade up to ``day``; an earlier day changes nothing."""
        if day > self.day:
            fade = 2.0 ** ((self.day - day) / HALF_LIFE_DAYS)
            self.totals = [total * fade for total in self.totals]
            self.day = day

    def total(self, counter: Counter) -> float:
        """The decayed number of the counter's events of all people."""
        return self.totals[counter.code]

    def rhythm(self, window: Gaps) -> Population:
        """What the window's rhythms have in common."""
        return self.rhythms[window.code]

    def is_regular(self, who: Stakeholder) -> bool:
        """Whether the person does anything in a rhythm of their own."""
        for code, rhythm in enumerate(who.rhythms):  # a loop: compiled, ``any`` of a generator takes ten times as long
            if rhythm is not None and self.rhythms[code].is_regular(rhythm):
                return True
        return False
