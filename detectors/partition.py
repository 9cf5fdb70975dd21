"""One partition of the log in memory: all its people, and what each interaction and each passing of time does to them.

The whole is a function of the records applied, in their order. What it concludes waits in ``raised``, ``refused``,
``feeds``, ``forgotten`` and ``mentions`` (for the cohorts, with their offsets) until the caller takes it, and
``has_passed`` says that a tick has come since. Whose state changed is in ``dirty``, whose relationship in ``moved``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from detectors import relationship
from detectors.agenda import Agenda
from detectors.clocks import Clocks
from detectors.duplicates import remember
from detectors.finding import OPEN, UPDATED, Finding, Raised
from detectors.interaction import OUTBOUND, PARTIES, UNKNOWN_PARTY, Interaction
from detectors.normal import Normal
from detectors.stakeholder import WEEK_MS, Deadline, Episode, Stakeholder
from detectors.windows import DAY_MS
from detectors.wire import Tick, WireError, decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.core import Core, Plan

FUTURE_MS: Final = 300_000


class LogRecord(Protocol):
    """One record of the topic ``interactions``; ``timestamp`` (ms) is the broker's, below 0 for none."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Refused(NamedTuple):
    """A record that can't be applied, for the dead letters."""

    offset: int
    key: bytes | None
    value: bytes | None
    reason: str
    detail: str


class FeedNews(NamedTuple):
    """A source died (or lives again); ``since`` is its newest event (ms), ``at`` the event time of the conclusion."""

    source: str
    since: int
    at: int
    is_dead: bool


class Partition:
    """The people of one partition and the time that has passed for them."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.people: dict[bytes, Stakeholder] = {}
        self.normal = Normal(core.catalogue, core.knobs)
        self.clocks = Clocks(core.silence)
        self.agenda = Agenda()
        self.dirty: set[bytes] = set()
        self.moved: set[bytes] = set()
        self.raised: list[Raised] = []
        self.refused: list[Refused] = []
        self.feeds: list[FeedNews] = []
        self.forgotten: list[tuple[bytes, Stakeholder]] = []
        self.mentions: list[tuple[Interaction, int]] = []
        self.has_passed = False

    def apply(self, records: Iterable[LogRecord]) -> int:  # noqa: C901 - the hot loop: each call would cost every event
        """Apply records in the order of their offsets; gives how many were interactions."""
        people = self.people
        plans = self.core.plans
        clock_of = self.clocks.sources.get
        applied = 0
        for record in records:
            value = record.value
            key = record.key
            try:
                interaction = decode(value or b"")
            except WireError as error:
                self.refused.append(Refused(record.offset, key, value, "bad_interaction", str(error)))
                continue
            if isinstance(interaction, Tick):
                self.tick(interaction)
                continue
            at = interaction.occurred_at
            if not key or (record.timestamp >= 0 and at > record.timestamp + FUTURE_MS):
                self._refuse(record, at)
                continue
            applied += 1
            who = people.get(key)
            if who is None:
                who = self._welcome(key, at)
            elif record.offset <= who.offset:
                continue
            elif at > who.seen:
                if at // WEEK_MS > who.seen // WEEK_MS:
                    self.dirty.add(key)
                    self.moved.add(key)
                who.seen = at
            plan = plans[interaction.kind]
            if plan is not None:
                self._count(key, who, interaction, record.offset, plan)
            clock = clock_of(interaction.source)
            if clock is None or not clock.partitions:
                self._pass(interaction.source, at)
        return applied

    def tick(self, tick: Tick) -> None:
        """Let time pass for everyone, as far as each source's life allows."""
        clocks = self.clocks
        died = clocks.tick(tick)
        for source in list(self.agenda.heaps):
            self._run_due(source, clocks.clock(source).time)
        self.feeds.extend(FeedNews(source, since, clocks.time, is_dead=True) for source, since in died)
        self.feeds.extend(FeedNews(source, since, clocks.time, is_dead=False) for source, since in clocks.revived())
        self._sweep(clocks.time)
        self.has_passed = True

    def pass_all(self, at: int) -> None:
        """Let time pass to ``at`` (ms) for every source: the end of a replay without a broker."""
        for source in list(self.agenda.heaps):
            self._pass(source, at)
        self._sweep(at)

    def adopt(self, key: bytes, who: Stakeholder) -> None:
        """Take in a person from the stored state."""
        self.people[key] = who
        self.agenda.adopt(key, who, who.seen // WEEK_MS + self.core.forget_weeks)

    def _refuse(self, record: LogRecord, at: int) -> None:
        reason, detail = (
            ("in_the_future", f"occurred_at {at} ms; allowed: at most {FUTURE_MS} ms after {record.timestamp} ms")
            if record.key
            else ("no_stakeholder", "the record has no key; allowed: the stakeholder's id")
        )
        self.refused.append(Refused(record.offset, record.key, record.value, reason, detail))

    def _welcome(self, key: bytes, at: int) -> Stakeholder:
        who = self.people[key] = Stakeholder(-1, at)
        self.agenda.bid(key, at // WEEK_MS + self.core.forget_weeks)
        self.dirty.add(key)
        self.moved.add(key)
        return who

    def _count(self, key: bytes, who: Stakeholder, interaction: Interaction, offset: int, plan: Plan) -> None:
        ids = remember(who.ids, interaction, self.core.horizon_days)
        if ids is None:
            return
        who.ids = ids
        who.offset = offset
        self.dirty.add(key)
        if interaction.party != UNKNOWN_PARTY:
            who.party = PARTIES[interaction.party]
        at = interaction.occurred_at
        source = interaction.source
        if who.deadlines is not None:
            self._settle(key, who, source, at, offset)
        self.normal.pass_to(at // DAY_MS)
        plan.feed(who, interaction, offset, self.normal)
        if plan.is_mention and interaction.direction != OUTBOUND:
            self.mentions.append((interaction, offset))
        for rule in plan.rules:
            finding = rule.assess(who, interaction, self.normal)
            if finding is not None:
                self._conclude(key, who, rule.name, finding, at=at, offset=offset)
            due = rule.deadline(who, interaction, self.normal)
            if due is None:
                self.agenda.disarm(who, rule.name)
            else:
                self.agenda.arm(key, who, rule.name, Deadline(due, source))
        if plan.rhythms:
            relationship.settle(who, at, is_regular=self.normal.is_regular(who))
            self.moved.add(key)

    def _settle(self, key: bytes, who: Stakeholder, source: str, now: int, offset: int) -> None:
        """Let the rules whose deadline on ``source`` lies before ``now`` look at the person."""
        for name, deadline in list((who.deadlines or {}).items()):
            if deadline.source != source or deadline.due >= now:
                continue
            self.agenda.disarm(who, name)
            self.dirty.add(key)
            self.moved.add(key)
            rule = self.core.rules.get(name)
            finding = None if rule is None else rule.overdue(who, deadline.due, self.normal)
            if finding is not None:
                self._conclude(key, who, name, finding, at=deadline.due, offset=offset)

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
        """Make the finding the next version of its alert, and move the person to the type it names."""
        episode = who.episode(rule)
        status = finding.status
        started_at = finding.started_at
        version = 1
        if episode is not None and (episode.is_open or episode.started_at == started_at):
            started_at = episode.started_at
            version = episode.version + 1
            status = UPDATED if episode.is_open and status == OPEN else status
        elif status != OPEN:
            return
        shift = self._shift(who, rule, finding, at)
        state = (started_at, version, status, finding.severity, at, finding.value, finding.baseline, finding.threshold)
        if who.episodes is None:
            who.episodes = {}
        who.episodes[rule] = Episode(state)
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
            leaves = who.seen // WEEK_MS + self.core.forget_weeks
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
