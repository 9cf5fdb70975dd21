"""An alert recomputed: the log of a partition applied anew, with one person and one rule watched.

Beside what the rule concludes, a recount keeps what it takes to live a part of the person's life again, otherwise than
it was (:mod:`detectors.prevention`): each counted event, and what was around it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from detectors.interaction import Event
from detectors.partition import Partition
from detectors.state import StoredNormal, encode_stakeholder, stored_normal
from detectors.wire import decode_event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.core import Core
    from detectors.finding import Raised
    from detectors.records import LogRecord

PART: Final = 5_000
"""Events of the person after which what lies further back is only kept as their state."""


class Around(NamedTuple):
    """What a rule may ask for besides the person: how far time has come, in all and by source (ms), and what is normal.

    ``ticking`` are the sources whose time ticks tell, ``has_ticked`` whether a tick came since the person's last event,
    ``seen`` is their newest event of any kind (ms).
    """

    time: int
    times: dict[str, int]
    has_ticked: bool
    ticking: frozenset[str]
    seen: int
    normal: StoredNormal


class Step(NamedTuple):
    """One event of the person, and what was around just before it; with no ``value`` only time has passed."""

    around: Around
    value: bytes | None = None
    offset: int = -1
    arrived: int = -1


class Life(NamedTuple):
    """A part of the person's life: ``before`` is their state after the first ``skipped`` steps, None for nobody yet."""

    key: bytes
    skipped: int
    before: bytes | None
    steps: list[Step]


class Conclusion(NamedTuple):
    """One version of an alert, the steps up to it, and what was around if it took none of them, but only time.

    ``is_of_event`` says of one that tells of trouble whether an event of the person showed it, not their silence.
    """

    raised: Raised
    steps: int
    around: Around | None
    is_of_event: bool


class Recount:
    """One partition from the first record that the log still has; ``conclusions`` are the rule's about the person."""

    def __init__(self, core: Core, key: bytes, rule: str) -> None:
        self.partition = Partition(core)
        self.conclusions: list[Conclusion] = []
        self.applied = 0
        self._key = key
        self._rule = rule
        self._has_ticked = False
        self._lived = 0
        self._parts = deque([Life(key, 0, None, [])], maxlen=2)

    def apply(self, records: Iterable[LogRecord]) -> None:
        """Apply records in the order of their offsets."""
        partition = self.partition
        key = self._key
        for record in records:
            step = self._step(record) if record.key == key else None
            partition.take(record.offset, record.timestamp, record.key, record.value)
            self.applied += 1
            if step is not None:
                who = partition.people.get(key)
                if who is None or who.offset != record.offset:
                    step = None  # nobody reads its kind, or it came before
                else:
                    self._parts[-1].steps.append(step)
                    self._lived += 1
                    self._has_ticked = False
            if partition.raised:
                self._conclude(step)
        partition.tally.drain()
        for untaken in (partition.refused, partition.feeds, partition.forgotten, partition.told):
            untaken.clear()
        for unstored in (partition.dirty, partition.moved, partition.seen_anew):
            unstored.clear()

    def life(self) -> Life:
        """The last of the person's events, 5,000 at least if there were as many."""
        oldest = self._parts[0]
        return oldest._replace(steps=[step for part in self._parts for step in part.steps])

    def _step(self, record: LogRecord) -> Step:
        if len(self._parts[-1].steps) >= PART:
            who = self.partition.people.get(self._key)
            state = None if who is None else encode_stakeholder(who, 0)
            self._parts.append(Life(self._key, self._lived, state, []))
        return Step(self._around(), record.value, record.offset, record.timestamp)

    def _around(self) -> Around:
        partition = self.partition
        clocks = partition.clocks
        who = partition.people.get(self._key)
        if partition.has_passed:
            partition.has_passed = False
            self._has_ticked = True
        return Around(
            clocks.time,
            {source: clock.time for source, clock in clocks.sources.items()},
            self._has_ticked,
            frozenset(source for source, clock in clocks.sources.items() if clock.partitions),
            0 if who is None else who.seen,
            stored_normal(partition.normal, partition.core.catalogue),
        )

    def _conclude(self, step: Step | None) -> None:
        """Keep what the rule has concluded about the person, at this step of theirs or by somebody else's record."""
        raised, self.partition.raised = self.partition.raised, []
        for each in raised:
            if each.key != self._key or each.rule != self._rule:
                continue
            around = self._around() if step is None else None
            self.conclusions.append(Conclusion(each, self._lived, around, _is_of_event(each, step)))


def _is_of_event(raised: Raised, step: Step | None) -> bool:
    """What silence shows is concluded as of a deadline, which lies before the event at which it is noticed."""
    if step is None:
        return False
    event = decode_event(step.value or b"")
    return isinstance(event, Event) and raised.episode.asserted_at == event.occurred_at
