"""Deadlines by source and farewells by week: each comes up once, at its time, and stale entries do not pile up."""

from __future__ import annotations

from detectors.agenda import Agenda
from detectors.stakeholder import Deadline, Stakeholder


def due(agenda: Agenda, source: str, now: int, people: dict[bytes, Stakeholder]) -> list[bytes]:
    """Who is due; each is settled by dropping what is over."""
    came = []
    for key, who in agenda.due(source, now, people):
        came.append(key)
        for rule, deadline in list((who.deadlines or {}).items()):
            if deadline.source == source and deadline.due < now:
                agenda.disarm(who, rule)
    return came


def test_a_deadline_comes_up_after_its_time_not_at_it_and_once() -> None:
    agenda, ann = Agenda(), Stakeholder(0, 0)
    agenda.arm(b"ann", ann, "r", 10, "s")
    people = {b"ann": ann}
    assert due(agenda, "s", 10, people) == []
    assert due(agenda, "other", 99, people) == []
    assert due(agenda, "s", 11, people) == [b"ann"]
    assert due(agenda, "s", 99, people) == []
    assert agenda.armed == 0


def test_a_deadline_put_off_comes_up_at_its_new_time() -> None:
    agenda, ann = Agenda(), Stakeholder(0, 0)
    people = {b"ann": ann}
    agenda.arm(b"ann", ann, "r", 10, "s")
    agenda.arm(b"ann", ann, "r", 20, "s")
    assert due(agenda, "s", 15, people) == []
    assert due(agenda, "s", 21, people) == [b"ann"]


def test_an_earlier_deadline_of_another_rule_comes_up_first() -> None:
    agenda, ann = Agenda(), Stakeholder(0, 0)
    people = {b"ann": ann}
    agenda.arm(b"ann", ann, "r", 20, "s")
    agenda.arm(b"ann", ann, "q", 10, "s")
    assert due(agenda, "s", 11, people) == [b"ann"]
    assert due(agenda, "s", 21, people) == [b"ann"]


def test_a_deadline_that_moved_to_another_source_waits_there() -> None:
    agenda, ann = Agenda(), Stakeholder(0, 0)
    people = {b"ann": ann}
    agenda.arm(b"ann", ann, "r", 10, "s")
    agenda.arm(b"ann", ann, "r", 30, "t")
    assert due(agenda, "s", 99, people) == []
    assert due(agenda, "t", 31, people) == [b"ann"]


def test_who_is_gone_or_has_no_deadline_left_does_not_come_up() -> None:
    agenda, ann = Agenda(), Stakeholder(0, 0)
    agenda.arm(b"ann", ann, "r", 10, "s")
    assert due(agenda, "s", 99, {}) == []
    agenda.arm(b"ann", ann, "r", 10, "s")
    agenda.disarm(ann, "no such rule")
    assert agenda.armed == 1
    agenda.disarm(ann, "r")
    agenda.disarm(ann, "r")
    assert agenda.armed == 0
    assert due(agenda, "s", 99, {b"ann": ann}) == []


def test_dropping_and_setting_again_and_again_does_not_pile_up_entries() -> None:
    agenda, ann = Agenda(), Stakeholder(0, 0)
    people = {b"ann": ann}
    for now in range(0, 2_000, 10):
        agenda.disarm(ann, "r")
        agenda.arm(b"ann", ann, "r", now + 25, "s")
        assert due(agenda, "s", now, people) == []
    assert len(agenda.heaps["s"]) <= 8


def test_an_adopted_person_waits_once_for_each_source() -> None:
    agenda, ann, bob = Agenda(), Stakeholder(0, 0), Stakeholder(0, 0)
    ann.deadlines = {"q": Deadline(20, "s"), "r": Deadline(10, "s"), "p": Deadline(5, "t")}
    agenda.adopt(b"ann", ann, 3)
    agenda.adopt(b"bob", bob, 4)
    assert agenda.armed == 1
    assert agenda.heaps == {"s": [(10, b"ann")], "t": [(5, b"ann")]}
    assert agenda.farewells == {3: [b"ann"], 4: [b"bob"]}


def test_a_farewell_from_before_the_first_sweep_comes_with_it() -> None:
    agenda = Agenda()
    agenda.bid(b"ann", 58)
    assert list(agenda.leaving(2_800)) == [b"ann"]
    assert agenda.swept_week == 2_800


def test_farewells_come_week_by_week() -> None:
    agenda = Agenda()
    agenda.bid(b"ann", 100)
    assert list(agenda.leaving(98)) == []
    agenda.bid(b"late", 50)
    agenda.bid(b"bob", 101)
    assert list(agenda.leaving(99)) == [b"late"]
    assert list(agenda.leaving(99)) == []
    assert list(agenda.leaving(105)) == [b"ann", b"bob"]
    assert agenda.farewells == {}
