"""A clock a source: how long it may be silent, what holds it, and when it counts as dead."""

from __future__ import annotations

import pytest

from detectors.clocks import DEAD_TICKS, KNOWN_MS, MOST_SOURCES, OTHER, Clocks, FeedNews, SourceClock
from detectors.dead_feed import DeadFeed
from detectors.windows import DAY_MS, HOUR_MS
from detectors.wire import SourceProgress, Tick

T0 = 20_000 * DAY_MS


def progress(newest: int, *, partition: int = 0, lagging: bool = False, gap: int = 0) -> SourceProgress:
    return SourceProgress("shop", partition, newest, lagging, gap)


def ticked(clocks: Clocks, at: int, *told: SourceProgress) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """(who died, who lives again) by one tick, each with its newest event."""
    died = clocks.tick(Tick(at, list(told)))
    back = clocks.revived()
    assert all(news.is_dead for news in died)
    assert not any(news.is_dead for news in back)
    return [(news.source, news.since) for news in died], [(news.source, news.since) for news in back]


def death(clocks: Clocks, *told: SourceProgress, at: int) -> FeedNews:
    """What is told of a feed that dies by the last of these ticks."""
    for _ in range(DEAD_TICKS - 1):
        assert clocks.tick(Tick(at, list(told))) == []
    (news,) = clocks.tick(Tick(at, list(told)))
    return news


@pytest.mark.parametrize(
    ("gap", "fixed", "allowed"),
    [
        (0.0, None, DAY_MS),
        (60_000.0, None, HOUR_MS),
        (5.0 * HOUR_MS, None, 10 * HOUR_MS),
        (30.0 * DAY_MS, None, 7 * DAY_MS),
        (5.0 * HOUR_MS, 3 * HOUR_MS, 3 * HOUR_MS),
    ],
)
def test_a_source_may_be_silent_for_twice_its_longest_gap(gap: float, fixed: int | None, allowed: int) -> None:
    assert SourceClock(gap=gap).allowed_silence(fixed, DeadFeed()) == allowed


def test_the_longest_gap_halves_in_two_weeks_unless_it_comes_again() -> None:
    clock = SourceClock()
    clock.note(progress(T0, gap=8 * HOUR_MS))
    clock.note(progress(T0 + 14 * DAY_MS))
    assert clock.gap == pytest.approx(4 * HOUR_MS)
    clock.note(progress(T0 + 14 * DAY_MS, gap=5 * HOUR_MS))
    assert clock.gap == 5 * HOUR_MS


def test_news_of_a_death_give_the_limit_of_that_moment_and_so_do_those_of_the_new_life() -> None:
    clocks = Clocks({}, DeadFeed())
    news = death(clocks, progress(T0, gap=5 * HOUR_MS), at=T0 + 2 * DAY_MS)
    assert (news.limit_ms, news.at, news.died_at) == (10 * HOUR_MS, T0 + 2 * DAY_MS, T0 + 2 * DAY_MS)
    back = T0 + 3 * DAY_MS
    clocks.tick(Tick(back, [progress(back, gap=3 * DAY_MS)]))
    (news,) = clocks.revived()
    assert (news.limit_ms, news.at, news.died_at) == (10 * HOUR_MS, back, T0 + 2 * DAY_MS)


def test_a_death_of_an_earlier_version_s_state_lives_again_with_the_limit_of_today() -> None:
    clocks = Clocks({"shop": 3 * HOUR_MS}, DeadFeed())
    clocks.sources["shop"] = SourceClock(newest=T0, since=T0, late_ticks=9)
    clocks.tick(Tick(T0 + DAY_MS, [progress(T0 + DAY_MS)]))
    (news,) = clocks.revived()
    assert (news.limit_ms, news.died_at) == (3 * HOUR_MS, 0)


@pytest.mark.parametrize(
    ("watched", "gap", "fixed", "known"),
    [
        (KNOWN_MS, HOUR_MS, None, True),
        (KNOWN_MS - 1, HOUR_MS, None, False),  # less than a week
        (10 * DAY_MS, DAY_MS, None, True),
        (10 * DAY_MS - 1, DAY_MS, None, False),  # less than ten quiet stretches
        (90 * DAY_MS, 90 * DAY_MS, None, False),  # two events ever
        (90 * DAY_MS, 0, None, False),  # nobody told of any quiet stretch
        (0, 0, DAY_MS, True),
    ],
)
def test_a_source_is_known_after_a_week_and_ten_of_its_longest_gaps_or_by_a_setting(
    watched: int, gap: int, fixed: int | None, known: bool
) -> None:
    clock = SourceClock()
    clock.note(progress(0, partition=1, lagging=True))
    clock.note(progress(T0 + HOUR_MS))
    clock.note(progress(T0, partition=1))
    clock.note(progress(T0 + watched, gap=gap))
    assert clock.is_known(fixed) is known


def test_the_newest_event_never_goes_back() -> None:
    clock = SourceClock()
    clock.note(progress(T0))
    clock.note(progress(T0 - DAY_MS))
    assert (clock.newest, clock.partitions[0]) == (T0, (T0, False))


def test_while_it_lives_its_time_is_that_of_the_tick() -> None:
    clocks = Clocks({}, DeadFeed())
    assert ticked(clocks, T0 + DAY_MS, progress(T0)) == ([], [])
    assert clocks.clock("shop").time == T0 + DAY_MS


def test_past_the_allowed_silence_its_time_stands_still() -> None:
    clocks = Clocks({}, DeadFeed())
    ticked(clocks, T0 + DAY_MS + 1, progress(T0))
    assert clocks.clock("shop").time == T0
    assert clocks.time == T0 + DAY_MS + 1


def test_where_records_wait_its_time_is_that_of_the_slowest_such_partition() -> None:
    clocks = Clocks({}, DeadFeed())
    slow, slower = progress(T0 - HOUR_MS, partition=1, lagging=True), progress(T0 - DAY_MS, partition=2)
    ticked(clocks, T0, progress(T0), slow, slower)
    assert clocks.clock("shop").time == T0 - HOUR_MS


def test_what_comes_past_ingest_moves_no_source_that_ingest_tells_of() -> None:
    clocks = Clocks({}, DeadFeed())
    ticked(clocks, T0, progress(T0))
    clocks.clock("calls").newest = T0 + HOUR_MS
    ticked(clocks, T0 + 60_000, progress(T0 + 60_000))
    assert clocks.clock("shop").time == T0 + 60_000
    assert clocks.clock("calls").time == clocks.time == T0 + HOUR_MS


def test_its_time_is_never_past_the_tick_though_newer_events_are_known() -> None:
    clocks = Clocks({}, DeadFeed())
    ticked(clocks, T0, progress(T0 + HOUR_MS, lagging=True), progress(T0 + DAY_MS, partition=1))
    assert clocks.clock("shop").time == T0


def test_where_nothing_was_ever_read_its_time_does_not_begin() -> None:
    clocks = Clocks({}, DeadFeed())
    for hour in range(10):
        assert ticked(clocks, T0 + hour * HOUR_MS, progress(0, lagging=True)) == ([], [])
    assert clocks.clock("shop").time == 0


def test_a_source_of_which_ticks_say_nothing_never_counts_as_dead() -> None:
    clocks = Clocks({}, DeadFeed())
    clocks.clock("shop").newest = T0
    for day in range(20):
        assert ticked(clocks, T0 + day * DAY_MS) == ([], [])
    assert clocks.clock("shop").time == T0 + DAY_MS


def test_it_dies_once_by_the_fifth_late_tick_in_a_row_and_lives_again_once() -> None:
    clocks = Clocks({"shop": 2 * HOUR_MS}, DeadFeed())
    news = [ticked(clocks, T0 + (3 + hour) * HOUR_MS, progress(T0)) for hour in range(12)]
    assert [number for number, (died, _) in enumerate(news) if died] == [DEAD_TICKS - 1]
    assert news[DEAD_TICKS - 1][0] == [("shop", T0)]
    assert not any(back for _, back in news)
    later = T0 + 30 * HOUR_MS
    assert ticked(clocks, later, progress(later)) == ([], [("shop", T0)])
    assert ticked(clocks, later, progress(later)) == ([], [])


def test_a_tick_in_time_begins_the_count_of_late_ones_anew() -> None:
    clocks = Clocks({"shop": HOUR_MS}, DeadFeed())
    for day in range(6):
        late = [ticked(clocks, T0 + day * DAY_MS + 3 * HOUR_MS, progress(T0 + day * DAY_MS)) for _ in range(4)]
        assert not any(died for died, _ in late)
        ticked(clocks, T0 + (day + 1) * DAY_MS, progress(T0 + (day + 1) * DAY_MS))


def test_a_dead_feed_with_a_partition_nothing_is_known_of_stays_dead() -> None:
    clocks = Clocks({"shop": HOUR_MS}, DeadFeed())
    for hour in range(6):
        ticked(clocks, T0 + (2 + hour) * HOUR_MS, progress(T0))
    unknown = progress(0, partition=1, lagging=True)
    assert ticked(clocks, T0 + 9 * HOUR_MS, progress(T0 + 9 * HOUR_MS), unknown) == ([], [])
    read = progress(T0 + 9 * HOUR_MS, partition=1)
    assert ticked(clocks, T0 + 9 * HOUR_MS, read) == ([], [("shop", T0)])


def test_sources_beyond_128_share_one_clock() -> None:
    clocks = Clocks({}, DeadFeed())
    first = [clocks.clock(f"s{number}") for number in range(MOST_SOURCES)]
    assert clocks.clock("one more") is clocks.clock("and another") is clocks.clock(OTHER)
    assert clocks.clock("s0") is first[0]
    assert len(clocks.sources) == MOST_SOURCES + 1


def test_time_never_goes_back() -> None:
    clocks = Clocks({}, DeadFeed())
    ticked(clocks, T0, progress(T0))
    ticked(clocks, T0 - DAY_MS, progress(T0 - DAY_MS, lagging=True))
    assert (clocks.time, clocks.clock("shop").time) == (T0, T0)


def test_switched_off_the_rule_tells_nothing_and_holds_all_the_same() -> None:
    clocks = Clocks({"shop": HOUR_MS}, DeadFeed(enabled=False))
    for _ in range(DEAD_TICKS):
        assert ticked(clocks, T0 + DAY_MS, progress(T0)) == ([], [])
    assert clocks.clock("shop").time == T0
    assert ticked(clocks, T0 + DAY_MS, progress(T0 + DAY_MS)) == ([], [])
    assert clocks.clock("shop").time == T0 + DAY_MS
