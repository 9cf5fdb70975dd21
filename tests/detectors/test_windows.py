"""Counts a day and trails against naive models, and the catalogue of windows."""

from __future__ import annotations

from collections import Counter as Bag
from dataclasses import dataclass
from typing import ClassVar, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core import Core
from detectors.interaction import Interaction, Kind
from detectors.past import text_of
from detectors.rules import Rule
from detectors.seen import Seen, of
from detectors.stakeholder import Stakeholder
from detectors.windows import (
    COUNTER_DAYS,
    DAY_MS,
    MAX_COUNTERS,
    Catalogue,
    Counter,
    Gaps,
    Mark,
    Trail,
    Window,
    add_count,
    add_mark,
    count,
    daily,
    marks,
)
from detectors.wire import decode
from tests.detectors.lives import START_MS, event, run

KINDS: Final = (Kind.PAGE_VIEWED,)
days = st.integers(19_700, 19_700 + 2 * COUNTER_DAYS) | st.integers(0, 3) | st.just(47_481)
events = st.tuples(st.sampled_from((0, 1, 2, MAX_COUNTERS - 1)), days, st.sampled_from((1, 1, 1, 2, 1023, 1030)))


@given(st.lists(events, max_size=30), st.data())
def test_counts_are_those_of_a_naive_model_on_every_day_that_a_window_can_reach(
    drawn: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    log = b""
    model: Bag[tuple[int, int]] = Bag()
    for counter, day, times in drawn:
        for _ in range(times):
            log = add_count(log, counter, day)
        model[counter, day] += times
    for counter in {each[0] for each in drawn}:
        newest = max(day for each, day, _ in drawn if each == counter)
        first = data.draw(st.integers(newest - COUNTER_DAYS, newest))
        last = data.draw(st.integers(first, newest + 1))
        expected = sum(times for (each, day), times in model.items() if each == counter and first <= day <= last)
        assert count(log, counter, first, last) == expected
        by_day = {day: times for (each, day), times in model.items() if each == counter and first <= day <= last}
        assert daily(log, counter, first, last) == by_day
        assert count(log, counter, 0, newest - COUNTER_DAYS - 1) == 0, "days out of every window are kept"


def test_a_day_of_more_than_1023_goes_on_in_further_entries() -> None:
    log = b""
    for _ in range(2_500):
        log = add_count(log, 5, 20_000)
    log = add_count(log, 5, 19_999)
    assert count(log, 5, 20_000, 20_000) == 2_500
    assert count(log, 5, 19_999, 20_000) == 2_501
    assert len(log) == 4 * 4


def test_the_first_and_the_last_day_are_both_included() -> None:
    log = b""
    for day in (10, 11, 12, 13):
        log = add_count(log, 0, day)
    assert count(log, 0, 11, 12) == 2
    assert count(log, 0, 12, 11) == 0
    assert count(log, 1, 10, 13) == 0


def test_days_before_1970_hold_nothing() -> None:
    log = b""
    log = add_count(log, 0, 0)
    log = add_count(log, 1, 5)
    assert count(log, 0, -89, 0) == 1
    assert count(log, 1, -89, -1) == 0


def test_ever_older_days_do_not_pile_up() -> None:
    log = b""
    for day in range(20_000, 10_000, -1):
        log = add_count(log, 7, day)
    assert len(log) == 4 * (COUNTER_DAYS + 1)


def test_counters_are_counted_apart() -> None:
    log = b""
    log = add_count(log, 1, 20_000)
    log = add_count(log, 2, 20_200)
    log = add_count(log, 0, 20_200)
    assert [count(log, counter, 19_990, 20_200) for counter in (0, 1, 2)] == [1, 1, 1]


def a_page(at: int, number: int, text: str | None = None) -> Seen:
    page = decode(event(number, at, "page_viewed", text=text).value or b"")
    assert isinstance(page, Interaction)
    return of(page, page)


texts = st.none() | st.text(max_size=130)


@given(st.integers(1, 6), st.booleans(), st.lists(st.tuples(st.integers(0, 12), texts), max_size=20))
def test_a_trail_holds_the_newest_in_their_order(keep: int, excerpt: bool, drawn: list[tuple[int, str | None]]) -> None:
    window = Trail("pages", KINDS, keep=keep, quotes=text_of if excerpt else None)
    trail, model = b"", list[Mark]()
    for offset, (at, text) in enumerate(drawn):
        page = a_page(at, offset, text)
        trail = add_mark(trail, window, page, offset)
        quote = (text or "")[:120] or None
        model.append(Mark(at, offset, page.kind, page.channel, f"i{offset}", quote if excerpt else None))
        model.sort(key=lambda mark: (mark.at, mark.offset))
        del model[: max(0, len(model) - keep)]
        assert list(marks(trail)) == model


def test_a_trail_may_quote_something_else_than_the_text() -> None:
    window = Trail("pages", KINDS, keep=2, quotes=lambda interaction: interaction.id if interaction.text else None)
    assert not window.reads_head
    trail = add_mark(add_mark(b"", window, a_page(1, 1), 1), window, a_page(2, 2, "seen"), 2)
    assert [mark.excerpt for mark in marks(trail)] == [None, "i2"]


def test_an_empty_trail_has_no_marks() -> None:
    assert list(marks(b"")) == []


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


def test_a_stretch_of_a_trail_is_open_at_its_start_and_ends_with_the_newest() -> None:
    window = Trail("pages", KINDS, keep=5)
    Catalogue([window])
    who = Stakeholder(-1, 0)
    assert who.newest(window, 5) == who.all_marks(window) == []
    who.trails.append(b"")
    assert who.newest(window, 5) == []
    for at in (5, 6, 10, 11):
        who.trails[0] = add_mark(who.trails[0], window, a_page(at, at), at)
    assert [mark.at for mark in who.newest(window, 5)] == [10, 11]
    assert [mark.at for mark in who.newest(window, 6)] == [6, 10, 11]
    assert [mark.at for mark in who.newest(window, 100)] == [5, 6, 10, 11]
    assert [mark.at for mark in who.all_marks(window)] == [5, 6, 10, 11]


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
