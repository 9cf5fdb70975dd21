"""One partition of the log in memory: all its people, and what each interaction and each passing of time does to them.

The whole is a function of the records applied, in their order. What it concludes waits in ``raised``, ``refused``,
``feeds``, ``forgotten`` and ``mentions`` (for the cohorts, with their offsets) until the caller takes it, and
``has_passed`` says that a tick has come since. Whose state changed is in ``dirty``, whose relationship in ``moved``,
who was only seen again in a new week in ``seen_anew``, which a crash may forget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from detectors import relationship
from detectors.agenda import Agenda
from detectors.clocks import MOST_SOURCES, Clocks, FeedNews
from detectors.core import HEAD, UNREAD, WHOLE
from detectors.cuts import COMPLETION_KEY, NOTHING_APPLIED
from detectors.duplicates import remember
from detectors.finding import OPEN, UPDATED, Finding, Raised
from detectors.interaction import OUTBOUND, PARTIES, UNKNOWN_PARTY, Event
from detectors.normal import Normal
from detectors.peek import ARRAY_16, KIND_AT, peek
from detectors.stakeholder import WEEK_MS, Deadline, Episode, Stakeholder
from detectors.windows import DAY_MS
from detectors.wire import UNREADABLE, Tick, WireError, decode_event, decode_head

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.core import Core, Plan

FUTURE_MS: Final = 300_000
SEEN_WEEKS: Final = 4
SEEN_MS: Final = SEEN_WEEKS * WEEK_MS
"""How exactly the state at rest knows when somebody was last seen: else every visit would have to be stored."""
FUTURE_TICK_MS: Final = DAY_MS  # ingest may be told to take events as far ahead as that
MOST_KEY_BYTES: Final = 2048  # an identifier of 512 characters


class LogRecord(Protocol):
    """One record of the topic ``interactions``."""

    @property
    def offset(self) -> int:
        """Its place in the log."""

    @property
    def timestamp(self) -> int:
        """The broker's time (ms), below 0 for none."""

    @property
    def key(self) -> bytes | None:
        """The person's id."""

    @property
    def value(self) -> bytes | None:
        """The interaction in one of its wire forms, or a tick."""


class Refused(NamedTuple):
    """A record that can't be applied, for the dead letters."""

    offset: int
    key: bytes | None
    value: bytes | None
    reason: str
    detail: str


class Partition:
    """The people of one partition and the time that has passed for them.

    ``cut`` is the offset up to which a restored state has applied the log; what lies before is not applied again.
    """

    def __init__(self, core: Core) -> None:
        self.core = core
        self.cut = NOTHING_APPLIED
        self.people: dict[bytes, Stakeholder] = {}
        self.normal = Normal(core.catalogue, core.knobs)
        self.clocks = Clocks(core.silence, core.dead_feed)
        self.agenda = Agenda()
        self.dirty: set[bytes] = set()
        self.moved: set[bytes] = set()
        self.raised: list[Raised] = []
        self.refused: list[Refused] = []
        self.feeds: list[FeedNews] = []
        self.forgotten: list[tuple[bytes, Stakeholder]] = []
        self.mentions: list[tuple[Event, int]] = []
        self.seen_anew: set[bytes] = set()
        self.has_passed = False
        self._taken = NOTHING_APPLIED
        self._parties: list[str] = list(PARTIES)
        self._unknown_party: int = UNKNOWN_PARTY
        self._sources: dict[bytes, str] = {}

    def apply(self, records: Iterable[LogRecord]) -> int:  # noqa: C901, PLR0912, PLR0915 - the hot loop
        """Apply records in the order of their offsets; gives how many were interactions."""
        if self.cut != NOTHING_APPLIED:
            records = self._unapplied(records)
        people = self.people
        plans = self.core.plans
        depths = self.core.depths
        names = self._sources
        clocks = self.clocks.sources
        tick, head, whole = Tick, decode_head, decode_event  # compiled, a local is found much faster than a global
        applied = 0
        for record in records:
            value = record.value or b""
            key = record.key
            plan: Plan | None = None
            source: str | None = None
            try:
                depth = depths[value[KIND_AT]] if value and value[0] == ARRAY_16 else WHOLE
                if depth == UNREAD:
                    at, name = peek(value)
                    source = names.get(name)
                if source is None:
                    event: Any = head(value) if depth == HEAD else whole(value)
                    if type(event) is tick:
                        self._take_tick(record, event)
                        continue
                    at = event.occurred_at
                    source = event.source
                    plan = plans[event.kind]
                    if plan is None:
                        self._learn(source)
            except (WireError, IndexError, *UNREADABLE) as error:
                self.refused.append(Refused(record.offset, key, record.value, "bad_interaction", str(error)))
                continue
            arrived = record.timestamp
            if not key or (at > arrived + FUTURE_MS and arrived >= 0):
                self._refuse(record, at)
                continue
            offset = record.offset
            who = people.get(key)
            if who is None:
                if len(key) > MOST_KEY_BYTES or key == COMPLETION_KEY:
                    self._refuse_name(record, key)
                    continue
                who = self._welcome(key, at)
            elif offset <= who.offset:
                applied += 1
                continue
            elif at > who.seen:
                if at // WEEK_MS > who.seen // WEEK_MS:
                    self._see_anew(key, who, at)
                who.seen = at
            applied += 1
            if plan is not None:
                self._count(key, who, event, offset, plan)
            clock = clocks.get(source)
            if clock is None or not clock.partitions:
                self._pass(source, at)
        return applied

    def tick(self, tick: Tick) -> None:
        """Let time pass for everyone, as far as each source's life allows."""
        clocks = self.clocks
        died = clocks.tick(tick)
        for source in sorted(self.agenda.heaps):
            self._run_due(source, clocks.clock(source).time)
        self.feeds.extend(died)
        self.feeds.extend(clocks.revived())
        self._sweep(clocks.time)
        self.has_passed = True

    def pass_all(self, at: int) -> None:
        """Let time pass to ``at`` (ms) for every source: the end of a replay without a broker."""
        clocks = self.clocks
        for clock in clocks.sources.values():
            clock.time = max(clock.time, at)
            clock.newest = max(clock.newest, at)
        for source in sorted(self.agenda.heaps):
            self._run_due(source, clocks.clock(source).time)
        clocks.time = max(clocks.time, at)
        self._sweep(at)

    def take_dirty(self, cut: int) -> set[bytes]:
        """Whose state has changed since this was last asked; ``cut`` is the last offset applied."""
        dirty, self.dirty = self.dirty, set()
        self._taken = cut
        return dirty

    def adopt(self, key: bytes, who: Stakeholder) -> None:
        """Take in a person from the stored state, which is as of ``cut``."""
        self.people[key] = who
        if who.offset > self.cut:  # from a flush that was never completed
            self.dirty.add(key)
        self.agenda.adopt(key, who, self._farewell(who.seen))

    def _see_anew(self, key: bytes, who: Stakeholder, at: int) -> None:
        self.seen_anew.add(key)
        if at // SEEN_MS > who.seen // SEEN_MS:
            self.dirty.add(key)

    def _learn(self, source: str) -> None:
        """Know the name's bytes from now on, so that a glance is enough."""
        if len(self._sources) < MOST_SOURCES:
            self._sources[source.encode()] = source

    def _take_tick(self, record: LogRecord, tick: Tick) -> None:
        if 0 <= record.timestamp < tick.at - FUTURE_TICK_MS:
            self._refuse_future(record, "at", tick.at, FUTURE_TICK_MS)
        else:
            self.tick(tick)

    def _unapplied(self, records: Iterable[LogRecord]) -> list[LogRecord]:
        """Those that the restored state does not hold already; asked until the first such comes."""
        fresh = [record for record in records if record.offset > self.cut]
        if fresh:
            self.cut = NOTHING_APPLIED
        return fresh

    def _refuse(self, record: LogRecord, at: int) -> None:
        if record.key:
            self._refuse_future(record, "occurred_at", at, FUTURE_MS)
        else:
            detail = "the record has no key; allowed: the stakeholder's id"
            self.refused.append(Refused(record.offset, record.key, record.value, "no_stakeholder", detail))

    def _refuse_future(self, record: LogRecord, name: str, at: int, tolerance: int) -> None:
        detail = f"{name} {at} ms; allowed: at most {tolerance} ms after {record.timestamp} ms"
        self.refused.append(Refused(record.offset, record.key, record.value, "in_the_future", detail))

    def _refuse_name(self, record: LogRecord, key: bytes) -> None:
        detail = f"a stakeholder's id of {len(key)} bytes; allowed: 1 to {MOST_KEY_BYTES}, and not a name of our own"
        self.refused.append(Refused(record.offset, key, record.value, "bad_interaction", detail))

    def _welcome(self, key: bytes, at: int) -> Stakeholder:
        who = self.people[key] = Stakeholder(-1, at)
        self.agenda.bid(key, self._farewell(at))
        self.dirty.add(key)
        self.moved.add(key)
        return who

    def _count(self, key: bytes, who: Stakeholder, interaction: Event, offset: int, plan: Plan) -> None:  # noqa: C901, PLR0912 - hot, as ``apply``
        ids = remember(who.ids, interaction, self.core.horizon_days)
        if ids is None:
            return
        who.ids = ids
        if who.offset <= self._taken:  # else they have been counted since, and are among the dirty
            self.dirty.add(key)
        who.offset = offset
        party = interaction.party
        if party != self._unknown_party:
            who.party = self._parties[party]
        at = interaction.occurred_at
        source = interaction.source
        if who.deadlines is not None:
            for deadline in who.deadlines.values():
                if deadline.due < at and deadline.source == source:
                    self._settle(key, who, source, at, offset)
                    break
        normal = self.normal
        if at // DAY_MS > normal.day:
            normal.pass_to(at // DAY_MS)
        plan.feed(who, interaction, offset, normal)
        if plan.is_mention and interaction.direction != OUTBOUND:
            self.mentions.append((interaction, offset))
        for name, assess, deadline_of, waits_unasked in plan.rules:
            finding = assess(who, interaction, normal)
            if finding is not None:
                self._conclude(key, who, name, finding, at=at, offset=offset)
            if waits_unasked or who.episodes is not None:
                due = deadline_of(who, interaction, normal)
                if due is not None:
                    self.agenda.arm(key, who, name, Deadline(due, source))
                elif who.deadlines is not None:
                    self.agenda.disarm(who, name)
        if plan.rhythms:
            self.moved.add(key)
            if who.type in relationship.UNSETTLED:
                relationship.settle(who, at, is_regular=normal.is_regular(who))

    def _farewell(self, seen: int) -> int:
        """The week in which to forget somebody last seen then, told only as exactly as ``seen`` is stored."""
        return (seen // SEEN_MS + 1) * SEEN_WEEKS + self.core.forget_weeks

    def _settle(self, key: bytes, who: Stakeholder, source: str, now: int, offset: int) -> None:
        """Let the rules whose deadline on ``source`` lies before ``now`` look at the person."""
        waiting = (who.deadlines or {}).items()
        over = [(each.due, name) for name, each in waiting if each.source == source and each.due < now]
        if len(over) > 1:
            over.sort()
        for due, name in over:
            self.agenda.disarm(who, name)
            self.dirty.add(key)
            self.moved.add(key)
            rule = self.core.rules.get(name)
            finding = None if rule is None else rule.overdue(who, due, self.normal)
            if finding is not None:
                self._conclude(key, who, name, finding, at=due, offset=offset)

    def _pass(self, source: str, at: int) -> None:
        clock = self.clocks.clock(source)
        if at > clock.time:
            clock.time = at
            clock.newest = max(clock.newest, at)
            self._run_due(source, at)
            if at > self.clocks.time:
                self.clocks.time = at
                self._sweep(at)

    def _run_due(self, source: str, now: int) -> None:
        for key, who in self.agenda.due(source, now, self.people):
            self._settle(key, who, source, now, who.offset)

    def _conclude(self, key: bytes, who: Stakeholder, rule: str, finding: Finding, *, at: int, offset: int) -> None:
        """Make the finding the next version of its alert, and move the person to the type it names.

        What starts no later than the last episode goes on with it: an alert's id never comes twice. Nor does a version
        lie before the one that it follows, though a late event may have happened before that was concluded.
        """
        episode = who.episode(rule)
        status = finding.status
        started_at = finding.started_at
        version = 1
        asserted_at = at
        detected_at = at
        if episode is not None and (episode.is_open or started_at <= episode.started_at):
            started_at = episode.started_at
            version = episode.version + 1
            detected_at = max(at, episode.detected_at)
            asserted_at = at if status == OPEN else episode.asserted_at
            status = UPDATED if episode.is_open and status == OPEN else status
        elif status != OPEN:
            return
        shift = self._shift(who, rule, finding, at)
        measured = finding.value, finding.baseline, finding.threshold
        if who.episodes is None:
            who.episodes = {}
        who.episodes[rule] = Episode(
            (started_at, version, status, finding.severity, detected_at, asserted_at, *measured)
        )
        self.moved.add(key)
        raised = Raised(key=key, rule=rule, party=who.party, finding=finding, episode=who.episodes[rule])
        raised.offset = offset
        raised.shift = shift
        self.raised.append(raised)

    def _shift(self, who: Stakeholder, rule: str, finding: Finding, at: int) -> tuple[str, str] | None:
        if finding.status == OPEN:
            return relationship.move(who, finding.shift, at) if finding.shift else None
        if any(each.is_open for name, each in (who.episodes or {}).items() if name != rule):
            return None
        return relationship.calm(who, at, is_regular=self.normal.is_regular(who))

    def _sweep(self, at: int) -> None:
        """Forget the people from whom nothing came for too long."""
        week = at // WEEK_MS
        if week <= self.agenda.swept_week:
            return
        for key in list(self.agenda.leaving(week)):
            who = self.people.get(key)
            if who is None:
                continue
            leaves = self._farewell(who.seen)
            if leaves > week:
                self.agenda.bid(key, leaves)
            else:
                self._forget(key, who)

    def _forget(self, key: bytes, who: Stakeholder) -> None:
        for code, rhythm in enumerate(who.rhythms):
            if rhythm is not None:
                self.normal.rhythms[code].forget(rhythm)
        for name in list(who.deadlines or ()):
            self.agenda.disarm(who, name)
        del self.people[key]
        self.forgotten.append((key, who))
        self.dirty.add(key)
        self.moved.add(key)
