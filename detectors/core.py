"""The enabled rules and all that follows from them: windows, what each kind feeds, and the settings of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.dead_feed import DeadFeed
from detectors.interaction import KIND_CODES, KINDS, PARTIES, Kind
from detectors.parties import CUSTOMERS, EVERY_PARTY, acting_parties, party_bits
from detectors.past import untold
from detectors.plan import UNREAD, WHOLE, Plan
from detectors.relationship import Types
from detectors.rules import Rule
from detectors.tally import COHORT_RULES, CONTACT, counted_as
from detectors.together import MANY_AT_ONCE
from detectors.windows import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.normal import Normal
    from detectors.stakeholder import Stakeholder


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
        self._tallies = [counted_as(kind, counting) for kind in KINDS]
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
