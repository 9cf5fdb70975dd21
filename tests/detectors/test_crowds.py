"""Crowds: what makes one, who belongs to it, when it is told again and when it ends."""

from __future__ import annotations

import json
import random
from math import lgamma
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import crowds as module
from detectors.cohorts.many_at_once import ManyAtOnce
from detectors.crowd_knobs import CrowdKnobs
from detectors.crowds import Arrival, Crowd, Crowds, Usual
from detectors.windows import DAY_MS, HOUR_MS
from tests.benchmarks.crowds import measured

if TYPE_CHECKING:
    pass

START = 19_670 * DAY_MS
KNOBS = CrowdKnobs()


def facts(crowd: Crowd) -> tuple[Any, ...]:
    return tuple(getattr(crowd, name) for name in crowd.__slots__)


class Life:
    """A series with what it has told, in hours since its beginning; nobody came in the 60 days before."""

    def __init__(self, knobs: CrowdKnobs = KNOBS, known_days: int = 60) -> None:
        self.crowds = Crowds(knobs)
        self.crowds.begin(START, START - known_days * DAY_MS)
        self.told: list[Crowd] = []

    def pass_to(self, hour: float) -> None:
        while (crowd := self.crowds.advance(START + int(hour * HOUR_MS))) is not None:
            self.told.append(crowd)

    def come(self, hour: float, *names: str, is_critical: bool = False) -> None:
        self.pass_to(hour)
        at = START + int(hour * HOUR_MS)
        for name in names:
            crowd = self.crowds.take(Arrival(at, name, at - 1000, is_critical))
            self.told += [] if crowd is None else [crowd]

    def many(self, hour: float, number: int, name: str = "c") -> None:
        self.come(hour, *(f"{name}-{place}" for place in range(number)))

    def said(self) -> list[tuple[str, str, float, int]]:
        return [(each.status, each.why, (each.at - START) / HOUR_MS, each.size) for each in self.told]


def test_eight_at_once_where_nobody_is_usual_are_a_crowd_and_end_a_window_after_they_have_left_it() -> None:
    life = Life()
    life.many(5, 7)
    assert life.told == []
    life.many(6, 1, "last")
    life.pass_to(200)
    assert life.said() == [("open", "", 6, 8), ("resolved", "recovered", 53, 8)]
    opened, ended = life.told
    assert (opened.most, opened.limit, opened.started_at) == (8, 8, START + 5 * HOUR_MS)
    assert 0.005 < opened.usual < 0.03
    assert [each.stakeholder for each in opened.members] == [*(f"c-{place}" for place in range(7)), "last-0"]
    assert ended.members == opened.members
    assert all(each.is_folded and each.started_at < opened.at for each in opened.members)


def test_who_is_known_for_too_short_a_time_is_no_crowd() -> None:
    for days, found in ((13, 0), (14, 1)):
        life = Life(known_days=days)
        life.many(0, 30)
        assert len(life.told) == found, days
    fresh = Crowds(KNOBS)
    assert [fresh.take(Arrival(START, f"c-{n}", START, is_critical=False)) for n in range(40)] == [None] * 40


def test_a_critical_alert_counts_but_is_not_folded() -> None:
    life = Life()
    life.many(1, 7)
    life.come(1, "bad", is_critical=True)
    [opened] = life.told
    assert [each.stakeholder for each in opened.members if not each.is_folded] == ["bad"]


def test_the_same_person_counts_once_and_with_the_latest_alert() -> None:
    life = Life()
    life.many(1, 7)
    life.many(2, 7)
    assert life.told == []
    life.come(2, "one more")
    [opened] = life.told
    assert (opened.size, opened.most, len(opened.members)) == (8, 8, 8)
    assert {each.started_at for each in opened.members} == {START + 2 * HOUR_MS - 1000}


def test_it_is_told_again_when_it_has_grown_by_half_and_every_quarter_of_a_window_while_it_grows() -> None:
    life = Life()
    life.many(1, 8)
    life.many(2, 3, "d")
    assert len(life.told) == 1
    life.many(3, 1, "e")
    assert life.said()[1:] == [("updated", "", 3, 12)]
    life.many(4, 1, "f")
    life.many(20, 8, "g")  # 21 of them: grown by half
    life.many(30, 5, "h")
    life.pass_to(35.9)
    assert life.said()[2:] == [("updated", "", 10, 13), ("updated", "", 20 + 1 / 12, 21)]
    life.pass_to(44)
    assert life.said()[4:] == [("updated", "", 36, 26)]
    life.many(44, 1, "h")  # again: a further alert of somebody who belongs to it
    life.pass_to(200)
    assert life.said()[5:] == [("resolved", "recovered", 78, 26)]
    assert len(life.told[-1].members) == 27


def test_far_more_are_critical_at_once_and_for_good() -> None:
    life = Life()
    life.many(1, 31)
    assert len(life.told) == 1
    assert not life.told[-1].is_critical
    life.many(1, 1, "last")
    assert life.told[-1].is_critical
    life.pass_to(200)
    assert life.told[-1].is_critical


def test_whom_an_alert_has_told_of_is_not_folded_into_the_next() -> None:
    life = Life(CrowdKnobs(new_normal_days=7))
    for hour in range(8 * 24):
        life.many(hour, 2, f"h{hour}")
    assert [(status, why) for status, why, *_ in life.said() if status != "updated"] == [
        ("open", ""),
        ("resolved", "new_normal"),
    ]
    ended = life.told[-1]
    life.many(8 * 24, 300, "second")
    again = next(each for each in reversed(life.told) if each.status == "open")
    assert again.started_at > ended.at - DAY_MS
    assert {each.stakeholder.split("-")[0] for each in again.members if each.is_folded} >= {"second"}
    old = {(each.stakeholder, each.started_at) for each in ended.members}
    assert not old & {(each.stakeholder, each.started_at) for each in again.members if each.is_folded}


def test_what_goes_on_becomes_usual() -> None:
    life = Life()
    for hour in range(60 * 24):
        life.many(hour, 1, f"h{hour}")
    ends = [(why, hour) for status, why, hour, _ in life.said() if status == "resolved"]
    assert [why for why, _ in ends] == ["new_normal"]
    assert 20 < life.crowds.usual().mean < 28
    assert len([each for each in life.told if each.status == "open"]) == 1


def test_nothing_is_learnt_from_a_crowd() -> None:
    quiet, crowded = Life(), Life()
    for life in (quiet, crowded):
        for day in range(0, 40, 4):
            if life is crowded and day == 20:
                life.many(day * 24 + 5, 100, "crowd")
            life.many(day * 24 + 6, 1, f"d{day}")
    assert [(status, size) for status, _, _, size in crowded.said()] == [
        ("open", 8), ("updated", 32), ("updated", 100), ("updated", 101), ("resolved", 101)
    ]  # fmt: skip
    assert crowded.crowds.usual().mean == pytest.approx(quiet.crowds.usual().mean, rel=0.15)


def test_days_that_scatter_more_than_chance_need_more_people() -> None:
    limits = []
    for numbers in ((6,), (0, 0, 0, 24)):
        life = Life(CrowdKnobs(rise=1.5), known_days=0)
        for day in range(60):
            for place in range(numbers[day % len(numbers)]):
                life.many(day * 24 + place, 1, f"{day}-{place}")
        assert life.crowds.usual().mean == pytest.approx(6, rel=0.1)
        limits.append(life.crowds._least(life.crowds.usual()))
    assert limits[0] < limits[1]


def test_the_chance_is_that_of_a_negative_binomial() -> None:
    usual = Usual(2.0, 3.0)
    assert sum(usual.chance(number) for number in range(200)) == pytest.approx(1.0)
    assert sum(number * usual.chance(number) for number in range(200)) == pytest.approx(2.0)
    assert sum((number - 2.0) ** 2 * usual.chance(number) for number in range(200)) == pytest.approx(2 + 4 / 3)
    assert Usual(2.0, 1e7).chance(3) == pytest.approx(0.1804, rel=1e-3)  # Poisson
    assert lgamma(5) > 0


def test_beyond_the_most_people_are_counted_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_MEMBERS", 10)
    life = Life(CrowdKnobs(least_people=20))
    life.many(1, 25)
    life.come(1, "", "")
    life.many(7, 10, "later")
    life.many(100, 1, "z")
    opened, *_, ended = life.told
    assert (opened.most, opened.size, len(opened.members)) == (20, 20, 10)
    assert (ended.most, ended.size, len(ended.members)) == (37, 37, 10)
    assert ended.why == "recovered"
    assert len(json.dumps(life.crowds.to_tuple())) < 1500


@settings(max_examples=40, deadline=None)
@given(
    arrivals=st.lists(
        st.tuples(st.integers(0, 40 * 24), st.integers(1, 12), st.booleans(), st.sampled_from(["", "c", "d"])),
        max_size=40,
    ),
    cuts=st.sets(st.integers(0, 40), max_size=4),
    looks=st.lists(st.integers(0, 60 * 24), max_size=6),
)
def test_neither_restarts_nor_looks_in_between_change_anything(
    arrivals: list[tuple[int, int, bool, str]], cuts: set[int], looks: list[int]
) -> None:
    """Time may pass in any steps: only when people come decides."""
    whole, parts = Life(), Life()
    for place, (hour, number, is_critical, name) in enumerate(sorted(arrivals)):
        names = [f"{name}-{each}" if name else "" for each in range(number)]
        whole.come(hour, *names, is_critical=is_critical)
        for look in looks:
            if look <= hour:
                parts.pass_to(look)
        if place in cuts:
            stored = json.loads(json.dumps(parts.crowds.to_tuple()))
            parts.crowds = Crowds(KNOBS)
            parts.crowds.restore(stored)
        parts.come(hour, *names, is_critical=is_critical)
    whole.pass_to(2000)
    parts.pass_to(2000)
    assert list(map(facts, parts.told)) == list(map(facts, whole.told))
    assert parts.crowds.to_tuple() == whole.crowds.to_tuple()


@pytest.mark.parametrize("is_steady", [True, False])
@pytest.mark.parametrize("rate", [0.1, 2.0, 20.0])
def test_few_alerts_are_false_and_crowds_are_found_within_the_day(rate: float, is_steady: bool) -> None:
    result = measured(ManyAtOnce(), 12, rate, is_steady=is_steady)
    assert sum(result.false) <= 3
    assert sum(hours <= 24 for hours in result.hours) >= 11


def test_chance_alone_at_the_budget_is_about_as_seldom_as_the_formula_says() -> None:
    """Without margins (least people, rise) the formula's budget is met to within a factor of two."""
    knobs = CrowdKnobs(least_people=3, rise=1.5, budget=20, shared_by=10, learning_days=30)
    raised = 0
    for seed in range(20):
        draw = random.Random(seed)
        life, hour, place = Life(knobs, known_days=0), 0.0, 0
        while hour < 212 * 24:
            hour += draw.expovariate(4 / 24)
            place += 1
            life.come(hour, f"c-{place}")
        raised += sum(each.status == "open" for each in life.told)
    assert 0.3 <= raised / 20 <= 4.0
