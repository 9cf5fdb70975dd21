"""When whom to look at again: deadlines by the clock of the source they rest on, and farewells by week.

One entry a person and source waits in a heap, at the earliest of their deadlines or before; a deadline that moved
later is found out when its entry comes up. So a purchase that puts a deadline off costs no entry.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from detectors.stakeholder import NEVER, Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detectors.stakeholder import Stakeholder


class Agenda:
    """The waiting deadlines and farewells of one partition; ``armed`` counts the people with a deadline."""

    __slots__ = ("armed", "farewells", "heaps", "swept_week")

    def __init__(self) -> None:
        self.heaps: dict[str, list[tuple[int, bytes]]] = {}
        self.farewells: dict[int, list[bytes]] = {}
        self.armed = 0
        self.swept_week = 0

    def arm(self, key: bytes, who: Stakeholder, rule: str, due: int, source: str) -> None:
        """Set the rule's deadline for the person, by the time of that source."""
        deadlines = who.deadlines
        if deadlines is None:
            deadlines = who.deadlines = {}
            self.armed += 1
        before = deadlines.get(rule)
        if before is not None and before.due == due and before.source == source:
            return
        waiting = _earliest(deadlines, source)
        deadlines[rule] = Deadline(due, source)
        who.next_due = min(who.next_due, due)
        if waiting is None or due < waiting:
            heappush(self.heaps.setdefault(source, []), (due, key))

    def disarm(self, who: Stakeholder, rule: str) -> None:
        """Drop the rule's deadline for the person, if there is one."""
        deadlines = who.deadlines
        if deadlines is not None and deadlines.pop(rule, None) is not None and not deadlines:
            who.deadlines = None
            who.next_due = NEVER
            self.armed -= 1

    def adopt(self, key: bytes, who: Stakeholder, farewell_week: int) -> None:
        """Take in a person from the stored state."""
        self.bid(key, farewell_week)
        if who.deadlines is not None:
            self.armed += 1
            reconsider(who)
            for source in {deadline.source for deadline in who.deadlines.values()}:
                self._queue(key, who, source)

    def due(self, source: str, now: int, people: dict[bytes, Stakeholder]) -> Iterator[tuple[bytes, Stakeholder]]:
        """The people with a deadline on ``source`` before ``now``; the caller settles each before asking on."""
        heap = self.heaps.get(source)
        while heap and heap[0][0] < now:
            entry = heappop(heap)
            while heap and heap[0] == entry:  # entries put off to the same time are one
                heappop(heap)
            key = entry[1]
            who = people.get(key)
            if who is None or who.deadlines is None:
                continue
            earliest = _earliest(who.deadlines, source)
            if earliest is not None and earliest < now:
                yield key, who
            self._queue(key, who, source)

    def bid(self, key: bytes, week: int) -> None:
        """Look at the person again in that week, to see whether to forget them."""
        self.farewells.setdefault(max(week, self.swept_week + 1), []).append(key)

    def leaving(self, week: int) -> Iterator[bytes]:
        """The people to look at in the weeks up to ``week``."""
        if not self.swept_week:
            self.swept_week = min([week, *self.farewells]) - 1
        while self.swept_week < week:
            self.swept_week += 1
            yield from self.farewells.pop(self.swept_week, ())

    def _queue(self, key: bytes, who: Stakeholder, source: str) -> None:
        earliest = None if who.deadlines is None else _earliest(who.deadlines, source)
        if earliest is not None:
            heappush(self.heaps.setdefault(source, []), (earliest, key))


def reconsider(who: Stakeholder) -> None:
    """Know again how long nothing comes due for the person."""
    who.next_due = min((each.due for each in (who.deadlines or {}).values()), default=NEVER)


def _earliest(deadlines: dict[str, Deadline], source: str) -> int | None:
    earliest: int | None = None
    for each in deadlines.values():
        due = each.due
        if each.source == source and (earliest is None or due < earliest):
            earliest = due
    return earliest
