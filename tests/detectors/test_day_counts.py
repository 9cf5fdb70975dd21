"""Counts a day against a naive model."""

from __future__ import annotations

from collections import Counter as Bag

from hypothesis import given
from hypothesis import strategies as st

from detectors.day_counts import COUNTER_DAYS, add_count, count, daily
from detectors.windows import MAX_COUNTERS

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
