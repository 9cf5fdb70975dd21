"""What follows from what a rule found: the next version of its alert, and how the person's type moves by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.finding import OPEN, RANKS, RESOLVED, UPDATED, Raised
from detectors.stakeholder import Episode

if TYPE_CHECKING:
    from detectors.core import Core
    from detectors.finding import Finding
    from detectors.normal import Normal
    from detectors.rules import Rule
    from detectors.stakeholder import Stakeholder
    from detectors.standing import Standing


class Conclusions:
    """Draws them for the people of one partition, of whom ``normal`` knows what is usual."""

    __slots__ = ("_core", "_normal")

    def __init__(self, core: Core, normal: Normal) -> None:
        self._core = core
        self._normal = normal

    def conclude(self, key: bytes, who: Stakeholder, rule: str, finding: Finding, at: int) -> Raised | None:
        """Move the person to the type that the finding names; gives the next version of its alert, if it makes one.

        What starts no later than the last episode goes on with it: an alert's id never comes twice. Nor does a version
        lie before the one that it follows, though a late event may have happened before that was concluded.
        """
        if finding.is_evidence:
            self._shift(who, rule, finding, at)
            return None
        episode = who.episode(rule)
        status = finding.status
        started_at = finding.started_at
        version = 1
        asserted_at = at
        detected_at = at
        if episode is not None and (
            episode.is_open or started_at <= episode.started_at or self._comes_back(rule, episode, at)
        ):
            started_at = episode.started_at
            version = episode.version + 1
            detected_at = max(at, episode.detected_at)
            asserted_at = at if status == OPEN and not finding.is_further else episode.asserted_at
            status = UPDATED if episode.is_open and status == OPEN else status
        elif status != OPEN:
            return None
        elif finding.shift is not None and self._is_told(who, finding.shift, finding.severity):
            self._shift(who, rule, finding, at)  # evidence, no news
            return None
        standing, shift = self._shift(who, rule, finding, at)
        measured = finding.value, finding.baseline, finding.threshold
        if who.episodes is None:
            who.episodes = {}
        who.episodes[rule] = Episode(
            (started_at, version, status, finding.severity, detected_at, asserted_at, *measured)
        )
        raised = Raised(key=key, rule=rule, party=standing.party, finding=finding, episode=who.episodes[rule])
        raised.shift = shift
        return raised

    def kept_until(self, who: Stakeholder, rule: Rule) -> int:
        """Until when (ms) the type that the rule shows is kept; 0 if the person is of no such type."""
        types = self._core.types
        kept = 0
        for kind in rule.shows:
            standing = types.role(who, kind)
            if standing is not None and standing.type == kind:
                kept = max(kept, types.kept_until(standing))
        return kept

    def _comes_back(self, rule: str, episode: Episode, at: int) -> bool:
        """Whether trouble at the time ``at`` is that of the ended episode, come back."""
        known = self._core.rules[rule]
        return bool(known.reopens) and episode.status == RESOLVED and at - episode.detected_at < self._core.types.again

    def _is_told(self, who: Stakeholder, kind: str, severity: str) -> bool:
        """Whether the person is of the type, and an open alert that is no less severe tells of it."""
        role = self._core.types.role(who, kind)
        if role is None or role.type != kind:
            return False
        for name, each in (who.episodes or {}).items():
            rule = self._core.rules.get(name)
            if rule is not None and each.is_open and kind in rule.shows and RANKS[each.severity] >= RANKS[severity]:
                return True
        return False

    def _shift(self, who: Stakeholder, rule: str, finding: Finding, at: int) -> tuple[Standing, tuple[str, str] | None]:
        """Let the person's standing take in the finding; gives the standing, and (from, to) if its type changed."""
        types = self._core.types
        if finding.shift is not None:
            standing = types.role_for(who, finding.shift)
            others = [kind for kind in self._shown_only_by(who, rule) if kind != finding.shift]
            return standing, types.show(standing, finding.shift, finding.severity, at, others)
        kinds: list[str] = []
        over: list[str] = []
        if finding.lifts is not None:
            kinds = over = [finding.lifts]
        elif finding.status != OPEN:
            kinds, over = list(self._core.rules[rule].shows), self._shown_only_by(who, rule)
        told: Standing = who
        shift: tuple[str, str] | None = None
        for kind in kinds:
            role = types.role(who, kind)
            if role is None:
                continue
            told = role
            if kind in over:
                shift = types.cease(role, kind, at, is_regular=self._normal.is_regular(who)) or shift
        return told, shift

    def _shown_only_by(self, who: Stakeholder, rule: str) -> list[str]:
        """The types that the rule shows, and no open alert of another rule."""
        shown: set[str] = set()
        for name, each in (who.episodes or {}).items():
            if each.is_open and name != rule and name in self._core.rules:
                shown.update(self._core.rules[name].shows)
        return [kind for kind in self._core.rules[rule].shows if kind not in shown]
