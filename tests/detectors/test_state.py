"""A partition at rest: what is written, what comes back, and what becomes of it when rules come or go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.core import Core
from detectors.cuts import COMPLETION_KEY
from detectors.day_counts import log_of
from detectors.interaction import Kind
from detectors.partition import Partition
from detectors.relationship import add_role
from detectors.rules import Rule
from detectors.stakeholder import Deadline, Episode, Stakeholder
from detectors.state import StateReader, decode_stakeholder, encode_partition, encode_person, encode_stakeholder
from detectors.trails import marks
from detectors.windows import DAY_MS, Counter, Gaps, Trail, Window
from tests.detectors.lives import START_MS, Run, at, core, event, life, run, snapshot

KINDS: Final = (Kind.PAGE_VIEWED,)
MANY: Final = 1_025
BUYS_WEEKLY: Final = "\n".join(f"day {7 * week} 10:00 purchase_made shop" for week in range(5))


def test_a_person_comes_back_as_they_were() -> None:
    who = Stakeholder(7, 1_000)
    who.party, who.type, who.since, who.ids = "customer", "at_risk", 900, b"12345678"
    who.log = log_of([(0, 1), (2, 70_000)])
    who.trails = [b"", b"trail"]
    who.rhythms = [None]
    who.episodes = {"r": Episode((1, 2, "open", "info", 3, 4, 5.0, None, 6.0))}
    who.deadlines = {"r": Deadline(9, "s")}
    who.scores = {"at_risk": (1.5, 800)}
    investor, journalist = add_role(who, "investor"), add_role(who, "journalist")
    investor.type, investor.since, investor.scores = "silent_type", 850, {"silent_type": (2.0, 840)}
    back = decode_stakeholder(encode_stakeholder(who, 8))
    for name in ("offset", "seen", "party", "type", "since", "scores", "ids", "log", "trails", "rhythms", "deadlines"):
        assert getattr(back, name) == getattr(who, name)
    assert [each.to_standing() for each in back.roles or ()] == [investor.to_standing(), journalist.to_standing()]
    assert back.episodes is not None
    assert back.episodes["r"].to_tuple() == who.episodes["r"].to_tuple() == (1, 2, "open", "info", 3, 4, 5.0, None, 6.0)


def test_a_quiet_person_is_stored_without_empty_places_for_alerts() -> None:
    who = Stakeholder(7, 1_000)
    assert len(msgspec.msgpack.decode(encode_stakeholder(who, 8))) == 10
    back = decode_stakeholder(encode_stakeholder(who, 8))
    assert (back.episodes, back.deadlines, back.episode("r"), back.open_episode("r")) == (None, None, None, None)
    who.deadlines = {"r": Deadline(9, "s")}
    back = decode_stakeholder(encode_stakeholder(who, 8))
    assert (back.episodes, back.deadlines) == (None, who.deadlines)


def test_a_value_that_is_none_of_ours_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_stakeholder(b"\x91\x01")


def test_an_empty_changelog_gives_an_empty_partition() -> None:
    reader = StateReader(core())
    reader.begin()
    assert (reader.cut, reader.fill(10), reader.partition.people, reader.partition.cut) == (-1, False, {}, -1)


def test_people_come_back_a_few_at_a_time() -> None:
    made = run(core(), [event(n, START_MS, "purchase_made", person=f"p{n}") for n in range(5)])
    made.flush()
    reader = StateReader(made.core)
    for key, value, flushed_at in made.changelog:
        reader.read(key, value, flushed_at)
    reader.begin()
    assert [reader.fill(2), reader.fill(2), reader.fill(2), reader.fill(2)] == [True, True, False, False]
    assert snapshot(reader.partition) == snapshot(made.partition)
    assert (reader.cut, reader.partition.cut) == (4, 4)


def test_only_who_changed_is_written_again() -> None:
    made = run(core(), [event(n, START_MS, "purchase_made", person=f"p{n}") for n in range(3)])
    made.flush()
    made.changelog.clear()
    made.apply([event(3, START_MS + DAY_MS, "purchase_made", person="p1")])
    made.flush()
    assert [key for key, *_ in made.changelog] == [b"p1", COMPLETION_KEY]


def test_who_is_gone_is_written_as_a_tombstone() -> None:
    partition = Partition(core())
    assert encode_person(partition, b"nobody", 3) is None


def test_a_key_whose_newest_record_is_too_old_is_written_again() -> None:
    made = run(core(), life(BUYS_WEEKLY))
    old = encode_person(made.partition, b"ann", 1)
    made.flush()
    made.changelog.append((b"ann", old, 0))
    made.restart()
    assert made.partition.dirty == {b"ann"}
    made.flush()
    assert made.changelog[-2][0] == b"ann"


def test_armed_deadlines_and_open_alerts_survive() -> None:
    made = run(core(), life(BUYS_WEEKLY))
    made.flush()
    made.restart()
    assert made.partition.agenda.armed == 1
    made.pass_all(at(120))
    assert [each.status for each in made.versions] == ["open"]
    made.flush()
    made.restart()
    made.apply(life("day 121 10:00 purchase_made shop", first_offset=50))
    assert [(each.status, each.version) for each in made.versions] == [("open", 1), ("resolved", 2)]


# When rules come or go

POOL: Final = ("ape", "bee", "cat", "dog", "elk")


def a_rule(letter: str) -> tuple[type[Rule], tuple[Window, ...]]:
    """A rule that reads a counter, a trail and a rhythm of its own, named after it."""
    pages = Trail(f"{letter}_pages", KINDS, keep=2)
    own: tuple[Window, ...] = (Counter(f"{letter}_count", KINDS), pages, Gaps(f"{letter}_gaps", pages))

    @dataclass(frozen=True)
    class Lettered(Rule):
        """Only reads."""

        name: ClassVar[str] = letter
        kinds: ClassVar[tuple[Kind, ...]] = ()
        reads: ClassVar[tuple[Window, ...]] = own
        measures: ClassVar[tuple[str, str]] = ("pages", "pages")
        playbook: ClassVar[str] = "at_risk"

    return Lettered, own


def held(made: Run, windows: dict[str, tuple[Window, ...]]) -> dict[str, Any]:
    """What each rule finds in its windows, by the rule's name."""
    found: dict[str, Any] = {}
    who = made.partition.people[b"ann"]
    normal = made.partition.normal
    for name, (counter, trail, gaps) in windows.items():
        assert isinstance(counter, Counter)
        assert isinstance(trail, Trail)
        assert isinstance(gaps, Gaps)
        rhythm = who.rhythm(gaps)
        found[name] = (
            who.counted(counter, at(9), 90),
            [mark.id for mark in who.all_marks(trail)],
            rhythm and rhythm.to_tuple(),
            normal.total(counter),
            normal.rhythm(gaps).to_tuple(),
        )
    return found


names = st.sets(st.sampled_from(POOL), max_size=4)


@settings(max_examples=40)
@given(before=names, after=names)
def test_what_is_known_moves_to_its_place_when_rules_come_or_go(before: set[str], after: set[str]) -> None:
    rules = {name: a_rule(name) for name in before | after}
    records = [event(n, at(n % 4), "page_viewed") for n in range(12)]
    records += [event(n, at(4), "page_viewed") for n in range(12, 12 + MANY)]
    made = run(Core([rules[name][0]() for name in before]), records)
    known = held(made, {name: rules[name][1] for name in before})
    made.partition.dirty.add(b"ann")
    made.flush()
    made.core = Core([rules[name][0]() for name in after])
    made.restart()
    found = held(made, {name: rules[name][1] for name in after})
    assert {name: found[name] for name in before & after} == {name: known[name] for name in before & after}
    new = [found[name] for name in after - before]
    assert all(each[:4] == (0, [], None, 0.0) and each[4][0] == 0 for each in new)
    made.apply([event(9_999, at(5), "page_viewed")])
    counted = held(made, {name: rules[name][1] for name in after})
    assert all(counted[name][0] == found[name][0] + 1 for name in after)


def test_windows_that_only_come_at_the_end_leave_everything_in_place() -> None:
    (first, own), (second, _) = a_rule("ape"), a_rule("bee")
    made = run(Core([first()]), [event(0, at(0), "page_viewed")])
    made.flush()
    made.core = Core([first(), second()])
    made.restart()
    assert isinstance(own[1], Trail)
    who = made.partition.people[b"ann"]
    assert [mark.id for mark in marks(who.trails[own[1].code])] == ["i0"]


def test_the_completion_counts_the_people() -> None:
    made = run(core(), [event(n, START_MS, "purchase_made", person=f"p{n}") for n in range(3)])
    stored = msgspec.msgpack.decode(encode_partition(made.partition, 2))
    assert (stored["cut"], stored["entries"]) == (2, 3)
    assert stored["counters"] == [window.name for window in made.partition.core.catalogue.counters]
