"""One partition of the log in memory: all its people, and what each interaction and each passing of time does to them.

The whole is a function of the records applied, in their order. What it concludes waits in ``raised``, ``refused``,
``feeds``, ``forgotten`` and ``told`` (for the cohorts, by the offset of the tick) until the caller takes it, and
``has_passed`` says that a tick has come since. Whose state changed is in ``dirty``, whose relationship in ``moved``,
who was only seen again in a new week in ``seen_anew``, which a crash may forget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from detectors import relationship
from detectors.agenda import Agenda, reconsider
from detectors.clocks import MOST_SOURCES, Clocks, FeedNews
from detectors.conclusions import Conclusions
from detectors.cuts import COMPLETION_KEY, NOTHING_APPLIED
from detectors.duplicates import remember
from detectors.finding import RESOLVED, Finding, Raised
from detectors.interaction import PARTIES, UNKNOWN_PARTY
from detectors.normal import Normal
from detectors.parties import acting_parties
from detectors.peek import ARRAY_16, KIND_AT, peek
from detectors.plan import UNREAD, WHOLE
from detectors.records import Refused
from detectors.seen import Seen, of, see
from detectors.stakeholder import WEEK_MS, Deadline, Stakeholder
from detectors.standing import REGULAR_JOE
from detectors.tally import Tally
from detectors.together import key_of
from detectors.traits import traits_of
from detectors.windows import DAY_MS
from detectors.wire import UNREADABLE, Tick, WireError, decode_event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.core import Core
    from detectors.plan import Plan
    from detectors.records import LogRecord
    from detectors.rules import Rule
    from detectors.tally import Rows

_decode_event: Final = decode_event  # compiled, a Final of the module is found at once, an imported name is looked up
_Tick: Final = Tick
FUTURE_MS: Final = 300_000
SEEN_WEEKS: Final = 4
SEEN_MS: Final = SEEN_WEEKS * WEEK_MS
"""How exactly the state at rest knows when somebody was last seen: else every visit would have to be stored."""
FUTURE_TICK_MS: Final = DAY_MS  # ingest may be told to take events as far ahead as that
MOST_KEY_BYTES: Final = 2048  # an identifier of 512 characters


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
        self.told: list[tuple[int, dict[str, dict[str, Rows]]]] = []
        self.tally = Tally()
        self.seen_anew: set[bytes] = set()
        self.has_passed = False
        self._conclusions = Conclusions(core, self.normal)
        self._depths: bytes = core.depths
        self._cares: list[int] = core.cares
        self._arrived = -1
        self._taken = NOTHING_APPLIED
        self._parties: list[str] = list(PARTIES)
        self._unknown_party: int = UNKNOWN_PARTY
        self._sources: dict[bytes, str] = {}
        self._before: dict[str, int] | None = None

    def apply(self, records: Iterable[LogRecord]) -> int:
        """Apply records in the order of their offsets; gives how many were interactions."""
        applied = 0
        for record in records:
            if record.offset > self.cut:
                applied += self.take(record.offset, record.timestamp, record.key, record.value)
        return applied

    def take(self, offset: int, arrived: int, key: bytes | None, value: bytes | None) -> int:
        """Apply one record; ``arrived`` is the broker's time (ms), below 0 for none. Gives 1 for an interaction."""
        data = value or b""
        depth = self._depths[data[KIND_AT]] if len(data) > KIND_AT and data[0] == ARRAY_16 else WHOLE
        if depth == UNREAD and self.glance(arrived, key, data, 0, len(data)):
            return 1
        is_tick = False
        refusal: tuple[str, str] | None = None
        try:
            self._arrived = arrived
            if depth != WHOLE:
                refusal = self._take_event(offset, key, see(data), data)
            else:
                event: Any = _decode_event(data)
                is_tick = type(event) is _Tick
                if is_tick:
                    refusal = self._take_tick(event, offset)
                else:
                    refusal = self._take_event(offset, key, of(event, event), b"")
        except (WireError, *UNREADABLE) as error:
            refusal = "bad_interaction", str(error)
        if refusal is None:
            return 0 if is_tick else 1
        self.refused.append(Refused(offset, arrived, key, value, *refusal))
        return 0

    def glance(self, arrived: int, key: bytes | None, data: bytes, start: int, end: int) -> bool:
        """Apply the interaction in ``data[start:end]`` if nobody reads its kind of its party; False: ``take`` must."""
        at, name, party = peek(data, start, end)
        source = self._sources.get(name)
        if source is None or not key or (at > arrived + FUTURE_MS and arrived >= 0):
            return False
        who = self.people.get(key)
        if who is None:
            return False
        cares = self._cares[data[start + KIND_AT]]
        if cares and cares & (acting_parties(who) if party == self._unknown_party else 1 << party):
            return False
        self._arrived = arrived
        self._see(key, who, at)
        self._hear(source, at)
        return True

    def tick(self, tick: Tick, offset: int) -> None:
        """Let time pass for everyone, as far as each source's life allows; ``offset`` is the tick's own."""
        clocks = self.clocks
        self._before = {source: clock.time for source, clock in clocks.sources.items() if clock.partitions}
        died = clocks.tick(tick)
        for source in sorted(self.agenda.heaps):
            self._run_due(source, clocks.clock(source).time)
        self._before = None
        self.tell(offset)
        self.feeds.extend(died)
        self.feeds.extend(clocks.revived())
        self._sweep(clocks.time)
        self.has_passed = True

    def tell(self, offset: int) -> None:
        """Have what was counted for the cohorts told, as of that offset."""
        if self.tally.rules:
            self.told.append((offset, self.tally.drain()))

    def pass_all(self, at: int) -> None:
        """Let time pass to ``at`` (ms) for every source: the end of a replay without a broker."""
        self.pass_to(dict.fromkeys((*self.clocks.sources, *self.agenda.heaps), at), at)

    def pass_to(self, times: dict[str, int], at: int) -> None:
        """Let time pass for each of these sources to a time (ms) of its own, and to ``at`` for the whole."""
        clocks = self.clocks
        for source, time in times.items():
            clock = clocks.clock(source)
            clock.time = max(clock.time, time)
            clock.newest = max(clock.newest, time)
        for source in sorted(times):
            self._run_due(source, clocks.clock(source).time)
        clocks.time = max(clocks.time, at)
        self._sweep(clocks.time)

    def pass_sources(self, times: dict[str, int]) -> None:
        """Let time pass to what other partitions have come to (ms), by source: a replay without ticks in several."""
        for source, at in times.items():
            self._hear(source, at)

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

    def _see(self, key: bytes, who: Stakeholder, at: int) -> None:
        if at > who.seen:
            if at // WEEK_MS > who.seen // WEEK_MS:
                self.seen_anew.add(key)
                if at // SEEN_MS > who.seen // SEEN_MS:
                    self.dirty.add(key)
            who.seen = at

    def _hear(self, source: str, at: int) -> None:
        """Let time pass by the interaction itself, unless ticks tell how far its source has come."""
        clock = self.clocks.sources.get(source)
        if clock is None or not clock.partitions:
            self._pass(source, at)

    def _learn(self, source: str) -> None:
        """Know the name's bytes from now on, so that a glance is enough."""
        if len(self._sources) < MOST_SOURCES:
            self._sources[source.encode()] = source

    def _take_tick(self, tick: Tick, offset: int) -> tuple[str, str] | None:
        refusal = self._too_early("at", tick.at, FUTURE_TICK_MS)
        if refusal is None:
            self.tick(tick, offset)
        return refusal

    def _take_event(self, offset: int, key: bytes | None, seen: Seen, data: bytes) -> tuple[str, str] | None:
        """Apply it, or give reason and detail of its refusal; ``data`` is the record if only its head was decoded.

        Raises as the decoder does.
        """
        if not key:
            return "no_stakeholder", "the record has no key; allowed: the stakeholder's id"
        at: int = seen.occurred_at
        refusal = self._too_early("occurred_at", at, FUTURE_MS)
        if refusal is not None:
            return refusal
        who = self.people.get(key)
        party: int = seen.party
        acting: int = acting_parties(who) if party == self._unknown_party else 1 << party
        plan: Plan | None = self.core.plan(seen.kind, acting)
        traits = traits_of(seen) if plan is not None and plan.asks_traits else 0
        if data and plan is not None and plan.asks_more(seen, traits):
            event: Any = _decode_event(data)
            seen = of(event, event)
        if who is None:
            if len(key) > MOST_KEY_BYTES or key == COMPLETION_KEY:
                allowed = f"1 to {MOST_KEY_BYTES}, and not a name of our own"
                return "bad_interaction", f"a stakeholder's id of {len(key)} bytes; allowed: {allowed}"
            who = self._welcome(key, at)
        elif offset <= who.offset:
            return None
        else:
            self._see(key, who, at)
        source: str = seen.source
        if plan is None:
            self._learn(source)
        else:
            self._count(key, who, seen, traits, offset, plan)
        self._hear(source, at)
        return None

    def _too_early(self, name: str, at: int, tolerance: int) -> tuple[str, str] | None:
        if 0 <= self._arrived < at - tolerance:
            return "in_the_future", f"{name} {at} ms; allowed: at most {tolerance} ms after {self._arrived} ms"
        return None

    def _welcome(self, key: bytes, at: int) -> Stakeholder:
        who = self.people[key] = Stakeholder(-1, at)
        self.agenda.bid(key, self._farewell(at))
        self.dirty.add(key)
        self.moved.add(key)
        return who

    def _count(  # noqa: C901, PLR0912, PLR0917 - hot
        self, key: bytes, who: Stakeholder, interaction: Seen, traits: int, offset: int, plan: Plan
    ) -> None:
        ids = remember(who.ids, interaction, self.core.horizon_days)
        if ids is None:
            return
        who.ids = ids
        if who.offset <= self._taken:  # else they have been counted since, and are among the dirty
            self.dirty.add(key)
        who.offset = offset
        party: int = interaction.party
        if party != self._unknown_party and who.party != self._parties[party]:
            relationship.meet(who, self._parties[party])
        at = interaction.occurred_at
        source = interaction.source
        if who.next_due < at:
            self._settle(key, who, source, at)
            reconsider(who)
        normal = self.normal
        if at // DAY_MS > normal.day:
            normal.pass_to(at // DAY_MS)
        if plan.tallies:
            self.tally.take(interaction, plan.tallies, who.trails)  # which hold what was before
        fed = plan.feed(who, interaction, traits, offset, normal)
        for name, is_end, rests, assess, deadline_of, waits_unasked in plan.asked(fed):
            if who.episode(name) is not None if is_end else who.episodes is not None or not rests:
                finding = assess(who, interaction, normal)
                if finding is not None:
                    self._conclude(key, who, name, finding, at=at, source=source)
            due: int | None = None
            if waits_unasked or who.open_episode(name) is not None:
                due = deadline_of(who, interaction, normal)
            if due is not None:
                self.agenda.arm(key, who, name, due, source)
            elif who.deadlines is not None and name in who.deadlines:
                self.agenda.disarm(who, name)
        if plan.rhythms:
            self.moved.add(key)
            if who.type != REGULAR_JOE and who.is_customer:
                relationship.settle(who, at, is_regular=normal.is_regular(who))

    def _farewell(self, seen: int) -> int:
        """The week in which to forget somebody last seen then, told only as exactly as ``seen`` is stored."""
        return (seen // SEEN_MS + 1) * SEEN_WEEKS + self.core.forget_weeks

    def _settle(self, key: bytes, who: Stakeholder, source: str, now: int) -> None:
        """Let the rules whose deadline on ``source`` lies before ``now`` look at the person, as often as they want."""
        while True:
            waiting = (who.deadlines or {}).items()
            over = [(each.due, name) for name, each in waiting if each.source == source and each.due < now]
            if not over:
                return
            due, name = min(over)
            self.agenda.disarm(who, name)
            self.dirty.add(key)
            self.moved.add(key)
            rule = self.core.rules.get(name)
            finding = None if rule is None else rule.overdue(who, due, self.normal)
            if rule is not None and finding is not None:
                self._heed(key, who, rule, finding, Deadline(due, source))

    def _heed(self, key: bytes, who: Stakeholder, rule: Rule, finding: Finding, over: Deadline) -> None:
        """Conclude what a rule found when its deadline was over, and set the next one that follows from it."""
        due, source = over
        kept = self._conclusions.kept_until(who, rule) if finding.status == RESOLVED else 0
        if kept > due:  # too soon to say that all is well
            self.agenda.arm(key, who, rule.name, kept, source)
            return
        self._conclude(key, who, rule.name, finding, at=due, source=source)
        if finding.look_at is not None and finding.look_at > due:
            self.agenda.arm(key, who, rule.name, finding.look_at, source)

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
            self._settle(key, who, source, now)

    def _conclude(self, key: bytes, who: Stakeholder, rule: str, finding: Finding, *, at: int, source: str) -> None:
        """Take in what a rule found: as evidence, or as the next version of its alert."""
        self.moved.add(key)
        raised = self._conclusions.conclude(key, who, rule, finding, at)
        if raised is None:
            return
        raised.arrived = self._arrived
        self.raised.append(raised)
        if raised.episode.version == 1:
            self._gather(raised, source)

    def _gather(self, raised: Raised, source: str) -> None:
        """Have the cohorts told of the opened alert, as of when it was concluded.

        That is no time which its source had passed at the last tick: so none of what is told comes late.
        """
        label = self.core.together.get(raised.rule)
        if label is None:
            return
        finding = raised.finding
        episode = raised.episode
        key = key_of(raised.rule, raised.party, label, finding.evidence)
        before = self._before
        passed = 0
        if before is not None:
            passed = before.get(source, 0)
        else:
            clock = self.clocks.sources.get(source)
            if clock is not None and clock.partitions:
                passed = clock.time
        person = raised.key.decode("utf-8", "replace")
        at = max(episode.detected_at, passed)
        self.tally.opened(key, at, source, person, episode.started_at, episode.severity == "critical")

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
