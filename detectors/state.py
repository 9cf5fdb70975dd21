"""A partition at rest: one value a person, and one for the partition, which completes each flush (see ``cuts``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from detectors.clocks import SourceClock
from detectors.cuts import CutReader
from detectors.day_counts import counted_days, log_of
from detectors.partition import Partition
from detectors.relationship import add_role
from detectors.rhythm import Population, PopulationTuple, Rhythm, RhythmTuple
from detectors.stakeholder import Deadline, Episode, EpisodeTuple, Stakeholder
from detectors.standing import StandingTuple
from detectors.tally import Row

if TYPE_CHECKING:
    from detectors.core import Core
    from detectors.normal import Normal
    from detectors.windows import Catalogue

T = TypeVar("T")


class StoredNormal(msgspec.Struct, array_like=True):
    """Population statistics at rest, by name of window."""

    day: int
    totals: dict[str, float]
    rhythms: dict[str, PopulationTuple]


class StoredPartition(msgspec.Struct):
    """What a partition knows beside its people. ``entries`` is how many those are."""

    cut: int
    entries: int
    counters: list[str]
    trails: list[str]
    rhythms: list[str]
    normal: StoredNormal
    clocks: dict[str, SourceClock]
    time: int
    swept_week: int
    tally: dict[str, dict[str, list[tuple[Row, tuple[int, int]]]]] = {}
    ticked: int = 0


class StoredStakeholder(msgspec.Struct, array_like=True, gc=False):
    """A person at rest: one value of the state changelog. ``cut`` is the offset that its flush was made at."""

    cut: int
    offset: int
    seen: int
    party: str
    type: str
    since: int
    ids: bytes
    log: bytes
    trails: list[bytes]
    rhythms: list[RhythmTuple | None]
    episodes: dict[str, EpisodeTuple] | None = None
    deadlines: dict[str, Deadline] | None = None
    scores: dict[str, tuple[float, int]] | None = None
    roles: list[StandingTuple] | None = None


_encode = msgspec.msgpack.Encoder().encode
_partition = msgspec.msgpack.Decoder(StoredPartition).decode
_stakeholder = msgspec.msgpack.Decoder(StoredStakeholder).decode


def encode_stakeholder(who: Stakeholder, cut: int) -> bytes:
    """The person at rest."""
    return _encode(who.to_tuple(cut))


def decode_stakeholder(value: bytes) -> Stakeholder:
    """The person from rest; raises msgspec.DecodeError on a value that is none of ours."""
    stored = _stakeholder(value)
    who = Stakeholder(stored.offset, stored.seen)
    who.party = stored.party
    who.type = stored.type
    who.since = stored.since
    who.ids = stored.ids
    who.log = stored.log
    who.trails = stored.trails
    who.rhythms = [rhythm and Rhythm.from_tuple(rhythm) for rhythm in stored.rhythms]
    if stored.episodes:
        who.episodes = {rule: Episode(state) for rule, state in stored.episodes.items()}
    who.deadlines = stored.deadlines
    who.scores = stored.scores
    for party, kind, since, scores in stored.roles or ():
        role = add_role(who, party)
        role.type, role.since, role.scores = kind, since, scores or None
    return who


def encode_person(partition: Partition, key: bytes, cut: int) -> bytes | None:
    """The person's value in the changelog; None, a tombstone, when they are forgotten."""
    who = partition.people.get(key)
    return None if who is None else encode_stakeholder(who, cut)


def encode_partition(partition: Partition, cut: int) -> bytes:
    """The value of :data:`~detectors.cuts.COMPLETION_KEY` that completes the flush at ``cut``."""
    catalogue = partition.core.catalogue
    return _encode(
        StoredPartition(
            cut=cut,
            entries=len(partition.people),
            counters=[window.name for window in catalogue.counters],
            trails=[window.name for window in catalogue.trails],
            rhythms=[window.name for window in catalogue.rhythms],
            normal=stored_normal(partition.normal, catalogue),
            clocks=partition.clocks.sources,
            ticked=partition.clocks.ticked,
            time=partition.clocks.time,
            swept_week=partition.agenda.swept_week,
            tally={
                rule: {key: list(rows.items()) for key, rows in cohorts.items()}
                for rule, cohorts in partition.tally.rules.items()
            },
        )
    )


def stored_normal(normal: Normal, catalogue: Catalogue) -> StoredNormal:
    """The population statistics at rest."""
    return StoredNormal(
        normal.day,
        {window.name: normal.totals[window.code] for window in catalogue.counters},
        {window.name: normal.rhythms[window.code].to_tuple() for window in catalogue.rhythms},
    )


def load_normal(normal: Normal, stored: StoredNormal, core: Core) -> None:
    """Take back what was stored; windows that are new since begin with nothing."""
    normal.day = stored.day
    normal.totals = [stored.totals.get(window.name, 0.0) for window in core.catalogue.counters]
    for window in core.catalogue.rhythms:
        if window.name in stored.rhythms:
            learnt = Population.from_tuple(stored.rhythms[window.name], core.knobs.get(window.name))
            normal.rhythms[window.code] = learnt


class StateReader:
    """Makes a partition again from the records of its changelog, given in their order."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.partition = Partition(core)
        self._cuts = CutReader()
        self._move: _Move | None = None
        self.read = self._cuts.read

    @property
    def cut(self) -> int:
        """The last offset that the state has applied; -1 for none."""
        return self._cuts.cut

    def begin(self) -> None:
        """Set up the partition as of ``cut``, yet without its people."""
        self._cuts.finish()
        if self._cuts.completion is None:
            return
        partition = self.partition
        stored = _partition(self._cuts.completion)
        load_normal(partition.normal, stored.normal, self.core)
        partition.clocks.sources = stored.clocks
        partition.clocks.ticked = stored.ticked
        partition.clocks.time = stored.time
        partition.agenda.swept_week = stored.swept_week
        partition.tally.rules = {
            rule: {key: dict(rows) for key, rows in cohorts.items()} for rule, cohorts in stored.tally.items()
        }
        partition.cut = self.cut
        partition.take_dirty(self.cut)
        partition.dirty |= self._cuts.stale
        move = _Move(stored, self.core.catalogue)
        self._move = move if move.is_needed else None

    def fill(self, at_most: int) -> bool:
        """Take in up to so many of the people; False when all are there."""
        waiting = self._cuts.entries
        for _ in range(min(at_most, len(waiting))):
            key, value = waiting.popitem()
            who = decode_stakeholder(value)
            if self._move is not None:
                self._move(who)
            self.partition.adopt(key, who)
        return bool(waiting)


class _Move:
    """Translates window codes of the time of writing into today's, when rules came or went in between."""

    def __init__(self, stored: StoredPartition, catalogue: Catalogue) -> None:
        today = {window.name: window.code for window in (*catalogue.counters, *catalogue.trails, *catalogue.rhythms)}
        self.counters = [today.get(name) for name in stored.counters]
        self.trails = [today.get(name) for name in stored.trails]
        self.rhythms = [today.get(name) for name in stored.rhythms]
        self.is_needed = any(
            code != place for codes in (self.counters, self.trails, self.rhythms) for place, code in enumerate(codes)
        )

    def __call__(self, who: Stakeholder) -> None:
        counters = dict(enumerate(self.counters))
        kept = [(counters.get(counter), rest) for counter, rest in counted_days(who.log)]
        who.log = log_of([(code, rest) for code, rest in kept if code is not None])
        who.trails = _placed(who.trails, self.trails, b"")
        who.rhythms = _placed(who.rhythms, self.rhythms, None)


def _placed(values: list[T], codes: list[int | None], empty: T) -> list[T]:
    placed = {code: value for value, code in zip(values, codes, strict=False) if code is not None}
    return [placed.get(code, empty) for code in range(max(placed, default=-1) + 1)]
