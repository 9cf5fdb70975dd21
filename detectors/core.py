"""The enabled rules and all that follows from them: windows, what each kind feeds, and the settings of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from detectors.dead_feed import DeadFeed
from detectors.interaction import KIND_CODES, KINDS, PARTIES, PARTY_CODES, Kind, Party
from detectors.past import untold
from detectors.relationship import Types
from detectors.rhythm import Rhythm
from detectors.rules import Rule
from detectors.tally import CONTACTING, MENTIONING, TRYING
from detectors.together import MANY_AT_ONCE
from detectors.windows import DAY_MS, Catalogue, Counter, Gaps, Trail, Window, add_count, add_mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder

Asked = tuple[str, bool, bool, Any, Any, bool]

UNREAD: Final = 1
"""Nobody reads the kind of customers: a glance will do, at the party as well where another's is read."""
HEAD: Final = 2
"""Nobody asks for more than the first fields, unless one of the plan's ``wants`` says of them that it does."""
WHOLE: Final = 0
EVERY_PARTY: Final = (1 << len(PARTIES)) - 1
PARTY_BITS: Final = {party.value: 1 << code for party, code in PARTY_CODES.items()}
"""Parties as a set are a number with these bits."""
MENTION: Final = 1
VISIT: Final = 2
PAGE: Final = 4
CONTACT: Final = 8
LURK: Final = 16
"""What an interaction is counted as for the cohorts; bits of a plan's ``tallies``."""
UNKNOWN: Final = PARTY_BITS[Party.UNKNOWN]
CUSTOMERS: Final = PARTY_BITS[Party.CUSTOMER] | UNKNOWN
COHORT_RULES: Final = (
    "complaint_wave", "exit_rate", "funnel_drop", "lurking_traffic", MANY_AT_ONCE, "mention_spike"
)  # fmt: skip
"""The rules of cohorts for which interactions, or opened alerts, are counted."""


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
        self.asks_traits = tallies & CONTACT != 0 or any(each.traits for each in windows)
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


def _tallies(kind: Kind, rules: set[str]) -> int:
    """What an interaction of the kind is counted as."""
    asked = (
        ("mention_spike", MENTIONING, MENTION),
        ("funnel_drop", TRYING, VISIT),
        ("exit_rate", (Kind.PAGE_LEFT,), PAGE),
        ("complaint_wave", CONTACTING, CONTACT),
        ("lurking_traffic", (Kind.TRAFFIC_REFERRED,), LURK),
    )
    return sum(bit for rule, kinds, bit in asked if rule in rules and kind in kinds)


def party_bits(parties: Iterable[Party]) -> int:
    """The parties as a set of bits."""
    return sum(PARTY_BITS[party] for party in set(parties))


def acting_parties(who: Stakeholder | None) -> int:
    """The parties, as bits, for which somebody acts of whom an interaction does not say it."""
    if who is None or not who.party:
        return UNKNOWN
    parties: int = PARTY_BITS[who.party]
    for role in who.roles or ():
        parties |= PARTY_BITS[role.party]
    return parties


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
        "_enabled",
        "_needing",
        "_parties",
        "_plans",
        "_tallies",
        "cares",
        "catalogue",
        "dead_feed",
        "depths",
        "doubting",
        "forget_weeks",
        "horizon_days",
        "knobs",
        "rules",
        "silence",
        "together",
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
        cohort_rules: Iterable[str] = COHORT_RULES,
    ) -> None:
        """``silence`` fixes, by source, how long (ms) it may be silent before it counts as dead.

        ``cohort_rules`` are the rules of cohorts for which to count.
        """
        everything = list(rules)
        self.rules = {rule.name: rule for rule in everything if rule.enabled}
        common = {window.name for rule in everything if party_bits(rule.parties) & CUSTOMERS for window in rule.reads}
        self.catalogue = Catalogue([window for rule in everything for window in rule.reads], common)
        # By a window's name: the parties of the rules that read it.
        self._parties: dict[str, int] = {window.name: 0 for window in self.catalogue.windows}
        for rule in self.rules.values():
            for window in rule.reads:
                self._parties[window.name] |= party_bits(rule.parties)
        self.knobs = {name: knobs for rule in everything for name, knobs in rule.rhythm_knobs().items()}
        self._enabled = list(self.rules.values())
        doubting = [rule for rule in self._enabled if type(rule).unclear is not Rule.unclear]
        self.doubting = [(rule.name, party_bits(rule.parties), rule.unclear) for rule in doubting]
        self._needing = [(rule.name, party_bits(rule.parties)) for rule in self._enabled if rule.needs_meaning]
        self._plans: dict[int, Plan] = {}
        counting = set(cohort_rules)
        self._tallies = [_tallies(kind, counting) for kind in KINDS]
        # The rules whose opened alerts the cohorts are told of, each with the detail that people must be alike in.
        self.together: dict[str, str] = {
            rule.name: rule.detail for rule in self._enabled if MANY_AT_ONCE in counting and rule.is_gathered()
        }
        # By a kind's code: of which parties anybody reads it, and how much of such an interaction to decode at first.
        self.cares = [self._caring(kind) for kind in KINDS]
        plans = [self.plan(code, CUSTOMERS) for code in KIND_CODES.values()]
        depths = bytes([UNREAD if plan is None else plan.depth for plan in plans])
        self.depths = depths.ljust(256, bytes([WHOLE]))
        self.forget_weeks = -(-forget_after_days // 7)
        self.horizon_days = duplicate_horizon_days
        self.silence = silence or {}
        self.dead_feed = dead_feed or DeadFeed()
        self.types = types or Types()

    def plan(self, kind: int, parties: int) -> Plan | None:
        """What an interaction of this kind does, of somebody of the parties of these bits; None if nothing."""
        if not self.cares[kind] & parties:
            return None
        key = kind << len(PARTIES) | parties
        plan = self._plans.get(key)
        if plan is None:
            tallies = self._tallies[kind] & (-1 if parties & CUSTOMERS else ~CONTACT)
            windows = [
                window
                for window in self.catalogue.windows
                if KINDS[kind] in window.kinds and self._parties[window.name] & parties
            ]
            plan = self._plans[key] = Plan(windows, self._enabled, kind, parties, tallies)
        return plan

    def unclear(self, who: Stakeholder, normal: Normal) -> dict[str, str]:
        """The rules that can't judge the person yet, and why."""
        acting = acting_parties(who)
        doubts: dict[str, str] = {}
        meaningless = untold(who) if self._needing else None
        if meaningless is not None:
            for name, parties in self._needing:
                if parties & acting:
                    doubts[name] = meaningless
        for name, parties, ask in self.doubting:
            doubt = ask(who, normal) if parties & acting else None
            if doubt is not None:
                doubts[name] = doubt
        return doubts

    def _caring(self, kind: Kind) -> int:
        """Of which parties anybody reads the kind."""
        tallies = self._tallies[KIND_CODES[kind]]
        if tallies & ~CONTACT:
            return EVERY_PARTY
        cares = CUSTOMERS if tallies else 0
        for window in self.catalogue.windows:
            cares |= self._parties[window.name] if kind in window.kinds else 0
        for rule in self._enabled:
            cares |= party_bits(rule.parties) if kind in rule.kinds else 0
        return cares
