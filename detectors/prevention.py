"""The smallest change of what somebody did that would have kept an alert from being raised.

Found by trying: their life is lived again from the first counted event on, each time with one change, such as an event
left out, later, or one more in time. The rules are asked, not known, so it holds for any rule. All around the person
stays as it was, and what came after the alert is not considered. How much is tried is bounded.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from detectors.again import Again
from detectors.finding import OPEN
from detectors.interaction import KIND_CODES
from detectors.recount import Step
from detectors.windows import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.again import Lived
    from detectors.core import Core
    from detectors.finding import Raised
    from detectors.interaction import Event
    from detectors.recount import Conclusion, Life
    from detectors.trails import Mark

MOST_STEPS: Final = 100_000
"""Steps that may be lived again, in all: a few seconds."""
MINUTE_MS: Final = 60_000
SHIFTS_MS: Final = (
    *(hours * HOUR_MS for hours in (0, 1, 2, 4, 8, 16, 24)),
    *(days * DAY_MS for days in (2, 4, 8, 16, 32, 64, 90)),
)
"""By how much an event is moved until it is enough; then the least that is enough is looked for in between."""


class Prevention(NamedTuple):
    """What would each have been enough; ``counted`` is what the alert was raised and updated from, the oldest first.

    ``without``: any one of these left out; ``newest``: as none alone is, so many of the newest left out (0: no help);
    ``later``: this one so much later (ms); ``added``: one more event, of any of these kinds, at ``by`` (ms) at the
    latest. ``is_complete`` is False if there was more to try.
    """

    counted: list[Mark]
    are_complaints: bool
    without: list[Mark]
    newest: int
    later: tuple[Mark, int] | None
    added: list[int]
    by: int
    is_complete: bool


def troubles(conclusions: Sequence[Conclusion], last: int) -> list[Conclusion]:
    """The versions of the alert of ``conclusions[last]`` that told of trouble, from when it was last raised to then."""
    started_at = conclusions[last].raised.episode.started_at
    found: list[Conclusion] = []
    for each in conclusions[: last + 1]:
        episode = each.raised.episode
        if episode.started_at == started_at and episode.is_open:
            found = [each] if episode.status == OPEN else [*found, each]
    return found


def prevention(core: Core, life: Life, versions: Sequence[Conclusion]) -> Prevention | None:
    """What would have kept the alert from being raised, and from standing at the last of these ``troubles`` of it.

    None if that can't be told: what is known of the life, lived again as it was, does not raise it.
    """
    if not versions:
        return None
    last = versions[-1]
    steps = life.steps[: max(0, last.steps - life.skipped)]
    known = {step.offset for step in steps}
    marks = {mark.offset: mark for each in versions for mark in each.raised.finding.evidence if mark.offset in known}
    if not marks:
        return None
    if last.around is not None:
        steps.append(Step(last.around))
    counted = sorted(marks.values(), key=lambda mark: (mark.at, mark.offset))
    search = _Search(core, life._replace(steps=steps), versions[0], counted)
    return search.found() if search.is_faithful() else None


class _Search:
    """Tries changes of the ``counted`` events, which stand at ``places`` of what is lived again."""

    def __init__(self, core: Core, life: Life, opened: Conclusion, counted: list[Mark]) -> None:
        self._opened = opened
        self._rule = core.rules[opened.raised.rule]
        self._counted = counted
        place_of = {step.offset: place for place, step in enumerate(life.steps)}
        first = min(place_of[mark.offset] for mark in counted)
        self._places = [place_of[mark.offset] - first for mark in counted]
        self._again = Again(core, life, self._rule.name, first=first, most=MOST_STEPS)
        self._usual = self._again.live()
        self._by = (opened.raised.episode.asserted_at - opened.is_of_event) // MINUTE_MS * MINUTE_MS

    def is_faithful(self) -> bool:
        """Whether the life, lived again as it was, raises the alert."""
        wanted = _figures(self._opened.raised)
        return any(_figures(each) == wanted for each in self._usual.opened)

    def found(self) -> Prevention:
        """What is enough: against silence one more event; against what was done, less of it, or later."""
        is_of_event = self._opened.is_of_event
        added = [] if is_of_event else self._added()
        without = [] if added else self._without()
        newest = 0 if added or without else self._newest()
        later = self._later() if is_of_event else None
        if is_of_event and not (without or newest or later):
            added = self._added()
        return Prevention(
            self._counted,
            all(event.complaint is True for event in self._events()),
            without,
            newest,
            later,
            added,
            self._by,
            self._again.left >= 0,
        )

    def _is_enough(self, steps: list[Step]) -> bool:
        """Whether with these steps there is this alert less, none of the rule stands, and no other comes instead."""
        if self._again.left < 0:
            return False
        lived = self._again.live(steps)
        is_less = len(lived.opened) < len(self._usual.opened)
        return is_less and not lived.stands and self._of_rule(lived) < self._of_rule(self._usual)

    def _of_rule(self, lived: Lived) -> int:
        return sum(each.rule == self._rule.name for each in lived.opened)

    def _events(self) -> list[Event]:
        known = (self._again.events[place] for place in self._places)
        return [event for event in known if event is not None]

    def _without(self) -> list[Mark]:
        """The counted events any one of which, left out, is enough."""
        each = zip(self._counted, self._places, strict=True)
        return [mark for mark, place in each if self._is_enough(self._again.without((place,)))]

    def _newest(self) -> int:
        """How many of the newest, left out, are enough; 0 if not even all are."""
        several = range(2, len(self._places) + 1)
        return next((many for many in several if self._is_enough(self._again.without(self._places[-many:]))), 0)

    def _later(self) -> tuple[Mark, int] | None:
        """The counted event that needs to be moved least, the newest among equals, and by how much."""
        best: tuple[Mark, int] | None = None
        for mark, place in zip(reversed(self._counted), reversed(self._places), strict=True):
            if best is not None:
                less = best[1] - _unit(best[1])
                if less <= 0 or not self._is_enough(self._again.later(place, less)):
                    continue
            shift = self._least_shift(place)
            if shift and (best is None or shift < best[1]):
                best = mark, shift
        return best

    def _least_shift(self, place: int) -> int:
        """By how much (ms) the event there must be moved; 0 if even 90 days are too little."""
        for fails, works in pairwise(SHIFTS_MS):
            if not self._is_enough(self._again.later(place, works)):
                continue
            unit = _unit(works)
            low, high = fails // unit, works // unit
            while high - low > 1:
                middle = (low + high) // 2
                if self._is_enough(self._again.later(place, middle * unit)):
                    high = middle
                else:
                    low = middle
            return high * unit
        return 0

    def _added(self) -> list[int]:
        """The kinds of which one more event in time is enough: kinds that were counted if any, else others."""
        counted = list(dict.fromkeys(mark.kind for mark in reversed(self._counted)))
        others = [KIND_CODES[kind] for kind in self._rule.kinds if KIND_CODES[kind] not in counted]
        for kinds in (counted, others):
            found = [kind for kind in kinds if self._is_enough(self._with_one_more(kind))]
            if found:
                return found
        return []

    def _with_one_more(self, kind: int) -> list[Step]:
        """One more event of the kind, like the newest that is known of it, else like the newest that was counted."""
        alike = [event for event in self._again.events if event is not None and event.kind == kind]
        return self._again.with_one_more((alike or self._events())[-1], kind, self._by)


def _figures(raised: Raised) -> tuple[str, int, int, float, float]:
    episode = raised.episode
    return raised.rule, episode.started_at, episode.asserted_at, episode.value, episode.threshold


def _unit(shift_ms: int) -> int:
    """What such a shift is told in: up to two days hours, then days."""
    return HOUR_MS if shift_ms <= 2 * DAY_MS else DAY_MS
