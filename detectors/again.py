"""The end of somebody's life lived again, as it was or with one change, and all around them as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from detectors.finding import OPEN
from detectors.interaction import Event
from detectors.partition import Partition
from detectors.state import decode_stakeholder, encode_stakeholder, load_normal
from detectors.wire import decode_event, encode_compact

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from detectors.core import Core
    from detectors.finding import Raised
    from detectors.recount import Around, Life, Step

ADDED_ID: Final = "one more"


class Lived(NamedTuple):
    """The alerts that were raised, and whether one of the rule stands at the end."""

    opened: list[Raised]
    stands: bool


class Again:
    """The steps of a life from ``first`` on; ``events`` are theirs, None where only time passes.

    ``left`` is how many steps may still be lived: it is for the caller to stop when it is below 0.
    """

    def __init__(self, core: Core, life: Life, rule: str, *, first: int, most: int) -> None:
        self._core = core
        self._key = life.key
        self._rule = rule
        times = life.steps[0].around.times if life.before is not None else {}
        partition = self._play(life.before, times, life.steps[:first])
        who = partition.people.get(life.key)
        self._before = None if who is None else encode_stakeholder(who, 0)
        self._passed = {source: clock.time for source, clock in partition.clocks.sources.items()}
        self._steps = life.steps[first:]
        self.events = [_event(step) for step in self._steps]
        self._times = [
            step.around.time if event is None else max(step.around.time, event.occurred_at)
            for step, event in zip(self._steps, self.events, strict=True)
        ]
        self.left = most

    def live(self, steps: Sequence[Step] | None = None) -> Lived:
        """Live these steps; by default those that were."""
        lived = self._steps if steps is None else steps
        self.left -= len(lived)
        partition = self._play(self._before, self._passed, lived)
        who = partition.people.get(self._key)
        opened = [each for each in partition.raised if each.episode.status == OPEN]
        return Lived(opened, who is not None and who.open_episode(self._rule) is not None)

    def without(self, places: Collection[int]) -> list[Step]:
        """The steps, where the events at these places did not happen."""
        return [step._replace(value=None) if place in places else step for place, step in enumerate(self._steps)]

    def later(self, place: int, by_ms: int) -> list[Step]:
        """The steps, where the event at this place happened so much later; then it also became known later."""
        event = self.events[place]
        assert event is not None  # noqa: S101 - asked only of what was counted
        moved = msgspec.structs.replace(event, occurred_at=event.occurred_at + by_ms)
        return self._with(self.without((place,)), moved, place + 1)

    def with_one_more(self, event: Event, kind: int, at: int) -> list[Step]:
        """The steps, and one event like this one, but of this kind, at the time ``at`` (ms)."""
        return self._with(self._steps, msgspec.structs.replace(event, id=ADDED_ID, kind=kind, occurred_at=at), 0)

    def _with(self, steps: list[Step], event: Event, earliest: int) -> list[Step]:
        """The steps with the event where its time has come, at ``earliest`` at that place."""
        at = event.occurred_at
        place = earliest
        while place < len(steps) and self._times[place] <= at:
            place += 1
        around = _not_after(steps[place].around, at) if place < len(steps) else self._after_all(steps[-1].around, at)
        inserted = steps[0]._replace(around=around, value=encode_compact(event), arrived=-1)
        return [*steps[:place], inserted, *steps[place:]]

    def _after_all(self, around: Around, at: int) -> Around:
        """What is around when everybody's time has come to ``at`` at least."""
        sources = [event.source for event in self.events if event is not None]
        times = {**dict.fromkeys(sources, 0), **around.times}
        times = {source: max(time, at) for source, time in times.items()}
        return around._replace(time=max(around.time, at), times=times, has_ticked=True)

    def _play(self, state: bytes | None, passed: dict[str, int], steps: Sequence[Step]) -> Partition:
        """Go on from this state, for which time has passed so far already."""
        partition = Partition(self._core)
        for source, time in passed.items():
            partition.clocks.clock(source).time = time
        offset = 0
        if state is not None:
            known = decode_stakeholder(state)
            offset = known.offset + 1
            partition.adopt(self._key, known)
        for number, step in enumerate(steps, offset):
            self._surround(partition, step.around)
            if step.value is not None:
                partition.take(number, step.arrived, self._key, step.value)
        return partition

    def _surround(self, partition: Partition, around: Around) -> None:
        load_normal(partition.normal, around.normal, self._core)
        clocks = partition.clocks
        for source in around.ticking:
            clocks.clock(source).partitions[0] = (0, False)
        who = partition.people.get(self._key)
        if who is not None:
            who.seen = max(who.seen, around.seen)
        times = around.times
        if not around.has_ticked:  # then what is due is only looked at where time has moved
            times = {source: time for source, time in times.items() if time > clocks.clock(source).time}
        partition.pass_to(times, around.time)


def _event(step: Step) -> Event | None:
    event = None if step.value is None else decode_event(step.value)
    return event if isinstance(event, Event) else None


def _not_after(around: Around, at: int) -> Around:
    times = {source: min(time, at) for source, time in around.times.items()}
    return around._replace(time=min(around.time, at), times=times)
