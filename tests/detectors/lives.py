"""Lives as one writes them down, and ways to run them through the core: in batches, with restarts, with crashes.

A life is a table, one line an event; ``#`` begins a comment:

    day 41  10:00  ticket_opened  mail  complaint  "broken"
    day 41  10:05  purchase_made  shop  from=purchases  by=bob  id=o-17
    day 55  00:00  tick           purchases=41.5  tickets=55+  mail=?

After day (from 2024-01-01 UTC), time and kind comes the channel, then in any order ``complaint`` or ``content`` (no
complaint), ``in`` or ``out``, ``from=`` the source, ``by=`` whom, ``as=`` the party, ``id=``, ``tone=`` (-1 to 1),
``score=9/10``, ``page=``, ``funnel=``, ``step=``, ``referrer=``, ``campaign=``, ``subject=``, ``thread=`` and a quoted
text. A tick says the day of each source's newest event, ``+`` when records wait, ``?`` when nothing of the source was
read yet. The lines are in the order of arrival.
"""

from __future__ import annotations

import shlex
from copy import deepcopy
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from detectors.core import Core
from detectors.cuts import COMPLETION_KEY
from detectors.interaction import (
    CHANNEL_CODES,
    DIRECTION_CODES,
    KIND_CODES,
    PARTY_CODES,
    Channel,
    Direction,
    Interaction,
    Kind,
    Party,
)
from detectors.partition import SEEN_MS, Partition
from detectors.rules import discover
from detectors.state import StateReader, encode_partition, encode_person, stored_normal
from detectors.tally import COHORT_RULES
from detectors.windows import DAY_MS
from detectors.wire import SourceProgress, Tick, encode_compact, encode_json, encode_tick

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from detectors.clocks import FeedNews
    from detectors.finding import Raised
    from detectors.stakeholder import Stakeholder

START_MS: Final = 1_704_067_200_000
SOURCE: Final = "tickets"


class Record(NamedTuple):
    """A record of the topic ``interactions``."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Version(NamedTuple):
    """One published version of one alert; ``evidence`` are the offsets of the events that it counts."""

    person: str
    rule: str
    started_at: int
    version: int
    status: str
    severity: str
    detected_at: int
    value: float
    baseline: float | None
    threshold: float
    summary: str
    shift: tuple[str, str] | None
    evidence: tuple[int, ...]
    evidence_total: int

    @property
    def name(self) -> tuple[str, str, int, int]:
        """What an alert's id and version stand for."""
        return self.person, self.rule, self.started_at, self.version


def at(day: float, clock: str = "00:00") -> int:
    """Epoch milliseconds of that day of a life; the clock has hours, minutes, and if need be seconds."""
    hours, minutes, seconds = (*map(float, clock.split(":")), 0.0)[:3]
    return START_MS + round(day * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000)


def life(table: str, first_offset: int = 0) -> list[Record]:
    """The records of a life written down; offsets go up by one from line to line."""
    lines = (line.split("#")[0].strip() for line in table.splitlines())
    return [_record(line, first_offset + place) for place, line in enumerate(line for line in lines if line)]


def _record(line: str, offset: int) -> Record:
    word, day, clock, kind, *rest = shlex.split(line, posix=False)
    assert word == "day", f"{line!r} begins with {word!r}; allowed: day"
    moment = at(float(day), clock)
    if kind == "tick":
        return tick(offset, moment, *(_progress(each) for each in rest))
    channel, *words = rest
    known = dict(each.split("=", 1) for each in words if "=" in each and not each.startswith('"'))
    texts = [each.strip('"') for each in words if each.startswith('"')]
    return event(
        offset,
        moment,
        kind,
        channel=channel,
        person=known.get("by", "ann"),
        source=known.get("from", SOURCE),
        name=known.get("id"),
        complaint=True if "complaint" in words else False if "content" in words else None,
        text=texts[0] if texts else None,
        party=known.get("as", Party.CUSTOMER),
        direction="outbound" if "out" in words else "inbound" if "in" in words else "none",
        **_details(known),
    )


def _details(known: dict[str, str]) -> dict[str, Any]:
    details: dict[str, Any] = {name: known[name] for name in _TEXTS if name in known}
    if "tone" in known:
        details["tone"] = float(known["tone"])
    if "score" in known:
        score, best = known["score"].split("/")
        details |= {"score": float(score), "score_scale": (0.0, float(best))}
    return details


_TEXTS: Final = ("page", "funnel", "step", "referrer", "campaign", "subject", "thread")


def _progress(word: str) -> SourceProgress:
    source, newest = word.split("=")
    if newest == "?":
        return SourceProgress(source, 0, 0, lagging=True)
    return SourceProgress(source, 0, at(float(newest.rstrip("+"))), lagging=newest.endswith("+"))


def event(
    offset: int,
    moment: int,
    kind: str,
    *,
    channel: str = "mail",
    person: str = "ann",
    source: str = SOURCE,
    name: str | None = None,
    complaint: bool | None = None,
    text: str | None = None,
    party: str = Party.CUSTOMER,
    direction: str = Direction.NONE,
    **details: Any,
) -> Record:
    """The record of one interaction; ``name`` is its id, by default unique, ``details`` are further fields.

    They come in turn in the compact form, which is decoded only as far as somebody reads, and as JSON.
    """
    interaction = Interaction(
        kind=KIND_CODES[Kind(kind)],
        occurred_at=moment,
        id=name or f"i{offset}",
        source=source,
        channel=CHANNEL_CODES[Channel(channel)],
        party=PARTY_CODES[Party(party)],
        direction=DIRECTION_CODES[Direction(direction)],
        complaint=complaint,
        text=text,
        **details,
    )
    return Record(offset, -1, person.encode(), encode_json(interaction) if offset % 2 else encode_compact(interaction))


def tick(offset: int, moment: int, *progress: SourceProgress) -> Record:
    """The record of a tick."""
    return Record(offset, -1, None, encode_tick(Tick(moment, list(progress))))


def core(
    only: str | None = None,
    *,
    beside: Collection[str] = (),
    days: int = 400,
    horizon: int = 7,
    cohort_rules: Sequence[str] = COHORT_RULES,
    others: Mapping[str, dict[str, Any]] = MappingProxyType({}),
    **knobs: Any,
) -> Core:
    """Every rule with its defaults, or ``only`` the one of that name, with these knobs.

    Those that it rests on, and those ``beside`` it, are asked as well, with the knobs of their name in ``others``; all
    else is off.
    """
    found = discover()
    asked = {*found[only].rests_on, *beside} if only else set(found)
    rules = [
        made(**knobs) if name == only else made(**{"enabled": name in asked, **others.get(name, {})})
        for name, made in sorted(found.items())
    ]
    return Core(rules, forget_after_days=days, duplicate_horizon_days=horizon, cohort_rules=cohort_rules)


class Run:
    """A partition with its changelog.

    ``versions`` are all that were published, repetitions after a crash included, ``news`` those of the feeds, ``told``
    what the cohorts were told.
    """

    def __init__(self, core: Core) -> None:
        self.core = core
        self.partition = Partition(core)
        self.changelog: list[tuple[bytes, bytes | None, int]] = []
        self.versions: list[Version] = []
        self.news: list[FeedNews] = []
        self.told: list[Any] = []
        self.position = 0

    def apply(self, records: Sequence[Record]) -> None:
        """Apply one batch and publish what follows from it."""
        self.partition.apply(records)
        if records:
            self.position = max(self.position, records[-1].offset + 1)
        self.versions += [version(raised) for raised in self.partition.raised]
        self.partition.raised.clear()
        self.told += self.partition.told
        self.partition.told.clear()
        self.news += self.partition.feeds
        self.partition.feeds.clear()

    def pass_all(self, moment: int) -> None:
        """Let time pass for every source."""
        self.partition.pass_all(moment)
        self.apply(())

    def flush(self, *, completes: bool = True) -> None:
        """Write what changed since the last flush; a crash may come before the value that completes it."""
        cut = self.position - 1
        for key in sorted(self.partition.take_dirty(cut)):
            self.changelog.append((key, encode_person(self.partition, key, cut), cut))
        if completes:
            self.changelog.append((COMPLETION_KEY, encode_partition(self.partition, cut), cut))

    def restart(self) -> None:
        """Forget all that is in memory and begin with what the changelog says."""
        reader = StateReader(self.core)
        for key, value, flushed_at in self.changelog:
            reader.read(key, value, flushed_at)
        reader.begin()
        while reader.fill(2):
            pass
        self.partition = reader.partition


def version(raised: Raised) -> Version:
    """What is published of a conclusion."""
    finding, episode = raised.finding, raised.episode
    return Version(
        raised.key.decode(),
        raised.rule,
        episode.started_at,
        episode.version,
        episode.status,
        finding.severity,
        episode.detected_at,
        finding.value,
        finding.baseline,
        finding.threshold,
        finding.summary,
        raised.shift,
        tuple(mark.offset for mark in finding.evidence),
        finding.evidence_total,
    )


def run(core: Core, records: Sequence[Record], *, until: int | None = None) -> Run:
    """The life in one batch, and then let time pass ``until`` then."""
    return run_in_parts(core, records, [], until=until)


def run_in_parts(
    core: Core,
    records: Sequence[Record],
    ends: Collection[int],
    *,
    restarts: Collection[int] = (),
    until: int | None = None,
) -> Run:
    """The life in batches that end before the places ``ends``; at ``restarts`` the worker starts anew."""
    running = Run(core)
    places = sorted({0, *ends, *restarts, len(records)})
    for first, last in pairwise(places):
        running.apply(records[first:last])
        if last in restarts:
            running.flush()
            running.restart()
    if until is not None:
        running.pass_all(until)
    return running


def run_with_crash(
    core: Core, records: Sequence[Record], *, flushed: int, crashed: int, again_from: int, until: int | None = None
) -> Run:
    """Flush before the place ``flushed``, crash before ``crashed`` in the middle of a flush, read on ``again_from``.

    ``again_from`` is at most ``flushed``: before it, records come again that the state holds already.
    """
    running = Run(core)
    running.apply(records[:flushed])
    running.flush()
    running.apply(records[flushed:crashed])
    running.flush(completes=False)
    running.restart()
    running.apply(records[again_from:])
    if until is not None:
        running.pass_all(until)
    return running


def distinct(versions: Sequence[Version]) -> dict[tuple[str, str, int, int], Version]:
    """Each version once, by its name; two of one name must be equal."""
    known: dict[tuple[str, str, int, int], Version] = {}
    for each in versions:
        assert known.setdefault(each.name, each) == each, f"{known[each.name]} was published again as {each}"
    return known


def snapshot(partition: Partition) -> dict[str, Any]:
    """All that decides what the partition will say in future; what a restart must not change."""
    return {
        "people": {key: _person(who) for key, who in partition.people.items()},
        "normal": stored_normal(partition.normal, partition.core.catalogue),
        "clocks": (deepcopy(partition.clocks.sources), partition.clocks.ticked, partition.clocks.time),
        "agenda": (partition.agenda.armed, partition.agenda.swept_week),
        "tally": partition.tally.rules,
    }


def _person(who: Stakeholder) -> tuple[Any, ...]:
    return (
        who.offset,
        who.seen // SEEN_MS,
        who.party,
        who.type,
        who.since,
        dict(who.scores or {}),
        [role.to_standing() for role in who.roles or ()],
        who.ids,
        who.log,
        tuple(who.trails),
        tuple(rhythm and rhythm.to_tuple() for rhythm in who.rhythms),
        {rule: each.to_tuple() for rule, each in (who.episodes or {}).items()},
        dict(who.deadlines or {}),
    )
