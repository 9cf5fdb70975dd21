"""What one kind of interaction does: the windows that it feeds, and the rules that are asked about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from detectors.day_counts import add_count
from detectors.interaction import KINDS
from detectors.parties import party_bits
from detectors.rhythm import Rhythm
from detectors.tally import CONTACT
from detectors.trails import add_mark
from detectors.windows import DAY_MS, Counter, Gaps, Trail, Window

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.rules import Rule
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder

Asked = tuple[str, bool, bool, Any, Any, bool]

UNREAD: Final = 1
"""Nobody reads the kind of customers: a glance will do, at the party as well where another's is read."""
HEAD: Final = 2
"""Nobody asks for more than the first fields, unless one of the plan's ``wants`` says of them that it does."""
WHOLE: Final = 0


class Plan:
    """What one kind of interaction of somebody of these parties does: the windows it feeds, the rules that react."""

    __slots__ = (
        "_asked", "_fed", "asks_traits", "counters", "depth", "rhythms", "rules", "tallies", "trails", "wants",
    )  # fmt: skip

    def __init__(self, windows: list[Window], rules: list[Rule], code: int, parties: int, tallies: int) -> None:
        """Find what concerns the kind of this code, for the parties of these bits; the windows are those of both."""
        kind = KINDS[code]
        self.counters = [each for each in windows if isinstance(each, Counter)]
        self.trails = [each for each in windows if isinstance(each, Trail)]
        self.rhythms = [each for each in windows if isinstance(each, Gaps)]
        asked = [rule for rule in rules if kind in rule.kinds and party_bits(rule.parties) & parties]
        asked.sort(key=lambda rule: not rule.is_urgent)
        # Windows (bits) of which one must have been fed (0: asked anyway), and the rule: its name, whether it needs an
        # alert of its own, or of any rule, and how to ask.
        self.rules: list[tuple[int, Asked]] = [
            (
                sum(window.bit for window in rule.asked_for),
                (rule.name, kind in rule.ends, bool(rule.rests_on), rule.assess, rule.deadline, rule.waits_unasked),
            )
            for rule in asked
        ]
        self._fed: dict[int, Fed] = {}
        self._asked: dict[int, list[Asked]] = {}
        self.tallies = tallies
        curious = [each for each in windows if not each.reads_head]
        self.asks_traits = any(each.traits for each in windows)
        self.wants = [each for each in curious if each.tests_head and (each.traits or each.when is not None)]
        is_modest = len(self.wants) == len(curious) and all(rule.reads_head for rule in asked)
        self.depth = HEAD if is_modest and not tallies & ~CONTACT else WHOLE

    def asks_more(self, head: Seen, traits: int) -> bool:
        """Whether anybody asks for more of the interaction than its first fields."""
        if self.depth == WHOLE:
            return True
        asked = False
        for window in self.wants:  # a loop: compiled, ``any`` of a generator takes ten times as long
            needed = window.traits
            asked = asked or (needed & traits == needed and (window.when is None or window.when(head)))
        return asked

    def asked(self, fed: int) -> list[Asked]:
        """The rules to ask when the windows of these bits were fed; the most urgent first."""
        asked = self._asked.get(fed)
        if asked is None:
            asked = self._asked[fed] = [rule for needed, rule in self.rules if not needed or needed & fed]
        return asked

    def feed(self, who: Stakeholder, interaction: Seen, traits: int, offset: int, normal: Normal) -> int:
        """Count the interaction in every window of its kind whose condition it meets; gives these windows' bits."""
        at: int = interaction.occurred_at
        windows = self._fed.get(traits)
        if windows is None:
            windows = self._fed[traits] = Fed(self, traits)
        fed = 0
        for counter in windows.counters:
            if counter.when is None or counter.when(interaction):
                fed |= counter.bit
                who.log = add_count(who.log, counter.code, at // DAY_MS, counter.days)
                normal.totals[counter.code] += 1.0
        for gaps in windows.rhythms:
            if gaps.when is None or gaps.when(interaction):
                fed |= gaps.bit
                _beat(who, gaps, at, normal)
        for trail in windows.trails:
            if trail.when is None or trail.when(interaction):
                fed |= trail.bit
                trails = who.trails
                code = trail.code
                while len(trails) <= code:
                    trails.append(b"")
                trails[code] = add_mark(trails[code], trail, interaction, offset)
        return fed


class Fed:
    """The windows of a plan that take an interaction with these traits, if they set no condition besides."""

    __slots__ = ("counters", "rhythms", "trails")

    def __init__(self, plan: Plan, traits: int) -> None:
        self.counters = [each for each in plan.counters if each.traits & traits == each.traits]
        self.rhythms = [each for each in plan.rhythms if each.traits & traits == each.traits]
        self.trails = [each for each in plan.trails if each.traits & traits == each.traits]


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
