"""The enabled rules and all that follows from them: windows, what each kind feeds, and the settings of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.counts import MENTIONING
from detectors.interaction import KIND_CODES, KINDS
from detectors.rhythm import Rhythm
from detectors.windows import DAY_MS, Catalogue, add_count, add_mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.interaction import Interaction
    from detectors.normal import Normal
    from detectors.rules import Rule
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Gaps


class Plan:
    """What one kind of interaction does: the windows it feeds and the rules that react."""

    __slots__ = ("counters", "is_mention", "rhythms", "rules", "trails")

    def __init__(self, catalogue: Catalogue, rules: list[Rule], code: int) -> None:
        """Find what concerns the kind of this code."""
        kind = KINDS[code]
        self.counters = [each for each in catalogue.counters if kind in each.kinds]
        self.trails = [each for each in catalogue.trails if kind in each.kinds]
        self.rhythms = [each for each in catalogue.rhythms if kind in each.kinds]
        self.rules = [
            (rule.name, rule.assess, rule.deadline, rule.waits_unasked) for rule in rules if kind in rule.kinds
        ]
        self.is_mention = kind in MENTIONING

    @property
    def is_empty(self) -> bool:
        """Whether nobody cares about the kind."""
        return not (self.counters or self.trails or self.rhythms or self.rules or self.is_mention)

    def feed(self, who: Stakeholder, interaction: Interaction, offset: int, normal: Normal) -> None:
        """Count the interaction in every window of its kind whose condition it meets."""
        for counter in self.counters:
            if counter.when is None or counter.when(interaction):
                add_count(who.log, counter.code, interaction.occurred_at // DAY_MS)
                normal.totals[counter.code] += 1.0
        for gaps in self.rhythms:
            if gaps.when is None or gaps.when(interaction):
                _beat(who, gaps, interaction.occurred_at, normal)
        for trail in self.trails:
            if trail.when is None or trail.when(interaction):
                trails = who.trails
                code = trail.code
                while len(trails) <= code:
                    trails.append(b"")
                trails[code] = add_mark(trails[code], trail, interaction, offset)


def _beat(who: Stakeholder, gaps: Gaps, at: int, normal: Normal) -> None:
    """Count in the person's rhythm, a late one in its place, before the trail learns of it."""
    while len(who.rhythms) <= gaps.code:
        who.rhythms.append(None)
    rhythm = who.rhythms[gaps.code]
    if rhythm is None:
        rhythm = who.rhythms[gaps.code] = Rhythm()
    population = normal.rhythms[gaps.code]
    if rhythm.count and at < rhythm.last:
        population.insert_late(rhythm, at, [mark.at for mark in who.all_marks(gaps.trail)])
    else:
        population.observe(rhythm, at)


class Core:
    """The enabled rules with all that follows from them; one a process, shared by its partitions."""

    __slots__ = ("catalogue", "forget_weeks", "horizon_days", "is_unread", "knobs", "plans", "rules", "silence")

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        forget_after_days: int = 400,
        duplicate_horizon_days: int = 7,
        silence: dict[str, int] | None = None,
    ) -> None:
        """``silence`` fixes, by source, how long (ms) it may be silent before it counts as dead."""
        everything = list(rules)
        self.rules = {rule.name: rule for rule in everything if rule.enabled}
        self.catalogue = Catalogue([window for rule in everything for window in rule.reads])
        self.knobs = {name: knobs for rule in everything for name, knobs in rule.rhythm_knobs().items()}
        plans = [Plan(self.catalogue, list(self.rules.values()), code) for code in KIND_CODES.values()]
        self.plans = [None if plan.is_empty else plan for plan in plans]
        # By the byte of a kind's code: 1 for kinds that nobody reads, 0 for the others and what is no code.
        self.is_unread = bytes(plan is None for plan in self.plans).ljust(256, b"\0")
        self.forget_weeks = -(-forget_after_days // 7)
        self.horizon_days = duplicate_horizon_days
        self.silence = silence or {}
