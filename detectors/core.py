"""The enabled rules and all that follows from them: windows, what each kind feeds, and the settings of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.counts import MENTIONING
from detectors.dead_feed import DeadFeed
from detectors.interaction import KIND_CODES, KINDS, PARTY_CODES
from detectors.relationship import Types
from detectors.rhythm import Rhythm
from detectors.windows import DAY_MS, Catalogue, add_count, add_mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.interaction import Event, Party
    from detectors.normal import Normal
    from detectors.rules import Rule
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Gaps


UNREAD: Final = 1
"""Nobody reads the kind: a glance will do."""
HEAD: Final = 2
"""Nobody asks for more than the first fields, unless one of the plan's ``wants`` says of them that it does."""
WHOLE: Final = 0


class Plan:
    """What one kind of interaction does: the windows it feeds and the rules that react."""

    __slots__ = ("counters", "depth", "is_mention", "rhythms", "rules", "trails", "wants")

    def __init__(self, catalogue: Catalogue, rules: list[Rule], code: int) -> None:
        """Find what concerns the kind of this code."""
        kind = KINDS[code]
        self.counters = [each for each in catalogue.counters if kind in each.kinds]
        self.trails = [each for each in catalogue.trails if kind in each.kinds]
        self.rhythms = [each for each in catalogue.rhythms if kind in each.kinds]
        asked = sorted((rule for rule in rules if kind in rule.kinds), key=lambda rule: not rule.is_urgent)
        self.rules = [
            (rule.name, _mask(rule.parties), rule.assess, rule.deadline, rule.waits_unasked) for rule in asked
        ]
        self.is_mention = kind in MENTIONING
        windows = [*self.counters, *self.trails, *self.rhythms]
        curious = [each for each in windows if not each.reads_head]
        self.wants = [each.when for each in curious if each.when is not None and each.tests_head]
        self.depth = WHOLE
        if not (windows or asked or self.is_mention):
            self.depth = UNREAD
        elif len(self.wants) == len(curious) and all(rule.reads_head for rule in asked) and not self.is_mention:
            self.depth = HEAD

    def feed(self, who: Stakeholder, interaction: Event, offset: int, normal: Normal) -> None:
        """Count the interaction in every window of its kind whose condition it meets."""
        at: int = interaction.occurred_at
        day = at // DAY_MS
        for counter in self.counters:
            if counter.when is None or counter.when(interaction):
                who.log = add_count(who.log, counter.code, day)
                normal.totals[counter.code] += 1.0
        for gaps in self.rhythms:
            if gaps.when is None or gaps.when(interaction):
                _beat(who, gaps, at, normal)
        for trail in self.trails:
            if trail.when is None or trail.when(interaction):
                trails = who.trails
                code = trail.code
                while len(trails) <= code:
                    trails.append(b"")
                trails[code] = add_mark(trails[code], trail, interaction, offset)


def _mask(parties: Iterable[Party]) -> int:
    """A bit for the code of each party."""
    return sum(1 << PARTY_CODES[party] for party in parties)


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

    __slots__ = (
        "catalogue",
        "dead_feed",
        "depths",
        "forget_weeks",
        "horizon_days",
        "knobs",
        "plans",
        "rules",
        "silence",
        "types",
    )

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        forget_after_days: int = 400,
        duplicate_horizon_days: int = 7,
        silence: dict[str, int] | None = None,
        dead_feed: DeadFeed | None = None,
        types: Types | None = None,
    ) -> None:
        """``silence`` fixes, by source, how long (ms) it may be silent before it counts as dead."""
        everything = list(rules)
        self.rules = {rule.name: rule for rule in everything if rule.enabled}
        self.catalogue = Catalogue([window for rule in everything for window in rule.reads])
        self.knobs = {name: knobs for rule in everything for name, knobs in rule.rhythm_knobs().items()}
        plans = [Plan(self.catalogue, list(self.rules.values()), code) for code in KIND_CODES.values()]
        self.plans = [None if plan.depth == UNREAD else plan for plan in plans]
        # By the byte of a kind's code, how much of such an interaction to decode; what is no code is WHOLE.
        self.depths = bytes([plan.depth for plan in plans]).ljust(256, bytes([WHOLE]))
        self.forget_weeks = -(-forget_after_days // 7)
        self.horizon_days = duplicate_horizon_days
        self.silence = silence or {}
        self.dead_feed = dead_feed or DeadFeed()
        self.types = types or Types()
