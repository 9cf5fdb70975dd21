"""The windows that rules declare, and their catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import pytest

from detectors.core import Core
from detectors.day_counts import add_count
from detectors.interaction import Kind
from detectors.rules import Rule
from detectors.stakeholder import Stakeholder
from detectors.windows import DAY_MS, MAX_COUNTERS, Catalogue, Counter, Gaps, Trail, Window
from tests.detectors.lives import START_MS, event, run

KINDS: Final = (Kind.PAGE_VIEWED,)


@pytest.mark.parametrize("keep", [0, 256])
def test_a_trail_keeps_1_to_255(keep: int) -> None:
    with pytest.raises(ValueError, match=f"^keep is {keep}; allowed: 1 to 255$"):
        Trail("pages", KINDS, keep=keep)


def test_codes_follow_the_names_within_each_sort_of_window() -> None:
    pages = Trail("pages", KINDS, keep=1)
    windows: list[Window] = [Counter("z", KINDS), pages, Counter("a", KINDS), Gaps("gaps", pages), pages]
    catalogue = Catalogue(windows)
    assert [(window.name, window.code) for window in catalogue.counters] == [("a", 0), ("z", 1)]
    assert [(window.name, window.code) for window in catalogue.trails] == [("pages", 0)]
    assert [(window.name, window.code) for window in catalogue.rhythms] == [("gaps", 0)]
    assert [window.name for window in Catalogue(windows, {"z"}).counters] == ["z", "a"]


def test_two_definitions_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^two windows are named 'a'; allowed: one definition a name$"):
        Catalogue([Counter("a", KINDS), Counter("a", KINDS)])


def test_more_counters_than_their_code_can_tell_are_refused() -> None:
    Catalogue([Counter(f"c{number}", KINDS) for number in range(MAX_COUNTERS)])
    with pytest.raises(ValueError, match=r"^65 counters are declared; allowed: 64$"):
        Catalogue([Counter(f"c{number}", KINDS) for number in range(MAX_COUNTERS + 1)])


def test_a_counter_may_remember_more_days() -> None:
    half_a_year, quarter = Counter("half_a_year", KINDS, days=180), Counter("quarter", KINDS)

    @dataclass(frozen=True)
    class Counting(Rule):
        """Only reads."""

        name: ClassVar[str] = "counting"
        playbook: ClassVar[str] = "newcomer"
        kinds: ClassVar[tuple[Kind, ...]] = ()
        reads: ClassVar[tuple[Window, ...]] = (half_a_year, quarter)

    views = [event(offset, START_MS + day * DAY_MS, "page_viewed") for offset, day in enumerate((0, 1, 100, 181))]
    who = run(Core([Counting()]), views).partition.people[b"ann"]
    until = START_MS + 181 * DAY_MS
    assert (who.counted(half_a_year, until, 200), who.counted(quarter, until, 200)) == (3, 2)


def test_a_stretch_of_days_ends_with_the_day_of_the_event() -> None:
    window = Counter("pages", KINDS)
    Catalogue([window])
    who = Stakeholder(-1, 0)
    for day in (98, 99, 100, 101):
        who.log = add_count(who.log, window.code, day)
    assert who.counted(window, 100 * DAY_MS + 5, 2) == 2
    assert who.counted(window, 101 * DAY_MS, 90) == 4
