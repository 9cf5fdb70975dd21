"""A dead feed is not a silent customer: what holds an absence rule, what releases it, and what cancels it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from detectors.clocks import MOST_SOURCES
from tests.detectors.lives import Run, at, core, distinct, life, run

BUYS_WEEKLY: Final = """
    day 0   10:00  purchase_made  shop  from=purchases
    day 7   10:00  purchase_made  shop  from=purchases
    day 14  10:00  purchase_made  shop  from=purchases
    day 21  10:00  purchase_made  shop  from=purchases
    day 28  10:00  purchase_made  shop  from=purchases
"""
DUE_DAY: Final = 68
"""The day of the deadline; it is at 00:22, and ticks come at 10:30."""


def lives_on(table: str, **knobs: Any) -> Run:
    return run(core("silent_stop", **{"calibration": 4.0, **knobs}), life(f"{BUYS_WEEKLY}\n{table}"))


def ticks(purchases: str, *days: float) -> str:
    """Ticks on these days by which ``tickets`` live on."""
    return "\n".join(f"day {day} 10:30 tick purchases={purchases} tickets={day}" for day in days)


def statuses(made: Run) -> list[str]:
    return [each.status for each in made.versions]


def test_a_living_source_lets_the_deadline_fire_by_ticks_alone() -> None:
    made = lives_on(ticks("68.1", DUE_DAY))
    assert [(each.status, each.rule) for each in made.versions] == [("open", "silent_stop")]
    assert made.news == []


def test_a_silent_source_holds_the_deadline_while_other_sources_go_on() -> None:
    made = lives_on(ticks("28.5", *range(30, 100)))
    assert made.versions == []
    assert made.partition.clocks.clock("tickets").time > at(99)


def test_the_dead_feed_is_told_exactly_once_after_five_ticks() -> None:
    made = lives_on(ticks("28.5", 29, 30, 31, 32, 33))
    assert made.news == []
    made.apply(life(ticks("28.5", *range(34, 90)), first_offset=50))
    (news,) = made.news
    assert (news.source, news.since, news.at, news.is_dead) == ("purchases", at(28.5), at(34, "10:30"), True)


def test_the_dead_feed_is_told_once_even_if_every_tick_is_followed_by_a_restart() -> None:
    made = lives_on("")
    for number, day in enumerate(range(29, 50)):
        made.apply(life(ticks("28.5", day), first_offset=50 + number))
        made.flush()
        made.restart()
    assert [news.is_dead for news in made.news] == [True]
    made.apply(life(ticks("50", 50), first_offset=80))
    died, back = made.news
    assert (back.limit_ms, back.died_at) == (died.limit_ms, died.at) == (at(1) - at(0), at(34, "10:30"))


def test_after_the_catch_up_a_true_silence_is_told_and_the_feed_lives_again() -> None:
    made = lives_on(f"{ticks('28.5', *range(30, 100))}\n{ticks('100', 100)}")
    (opened,) = made.versions
    assert (opened.status, at(DUE_DAY, "00:21") < opened.detected_at < at(DUE_DAY, "00:23")) == ("open", True)
    died, back = made.news
    assert (back.source, back.since, back.is_dead) == ("purchases", died.since, False)
    assert back.at == at(100, "10:30")


def test_after_the_catch_up_a_purchase_in_between_has_cancelled_the_alert() -> None:
    made = lives_on(f"""
        {ticks("28.5", *range(30, 100))}
        day 35  10:00  purchase_made  shop  from=purchases
        day 64  10:00  purchase_made  shop  from=purchases
        {ticks("100", 100)}
    """)
    assert made.versions == []
    assert [news.is_dead for news in made.news] == [True, False]


def test_a_feed_that_dies_again_is_told_again() -> None:
    made = lives_on(f"""
        {ticks("28.5", *range(30, 40))}
        {ticks("40", 40)}
        {ticks("40", *range(42, 50))}
    """)
    assert [(news.since, news.is_dead) for news in made.news] == [(at(28.5), True), (at(28.5), False), (at(40), True)]


def test_waiting_records_hold_the_deadline_though_the_source_is_not_late() -> None:
    made = lives_on(ticks("67.5+", DUE_DAY))
    assert made.versions == []
    made.apply(life(ticks("67.5", DUE_DAY), first_offset=50))
    assert statuses(made) == ["open"]


def test_a_source_that_falls_behind_holds_until_it_has_caught_up() -> None:
    made = lives_on(f"{ticks('50+', *range(60, 80))}")
    assert made.versions == []
    made.apply(life(ticks("80", 80), first_offset=50))
    assert statuses(made) == ["open"]
    assert [news.is_dead for news in made.news] == [True, False]


def test_a_source_of_which_nothing_is_known_yet_holds_without_an_alarm() -> None:
    made = lives_on(ticks("?", *range(30, 90)))
    assert made.versions == []
    assert made.news == []


def test_a_source_that_no_tick_mentions_goes_by_its_own_events() -> None:
    made = lives_on("day 80 10:00 purchase_made shop from=purchases by=bob")
    assert statuses(made) == ["open"]


def test_a_fixed_silence_overrules_what_is_learnt() -> None:
    rules = core("silent_stop", calibration=4.0)
    rules.silence["purchases"] = at(100) - at(0)
    made = run(rules, life(f"{BUYS_WEEKLY}\n{ticks('28.5', *range(30, 90))}"))
    assert statuses(made) == ["open"]
    assert made.news == []


COMPLAINS_ON_TWO_SOURCES: Final = """
    day 20  10:00  ticket_opened  mail     complaint  from=tickets
    day 21  10:00  call_made      phone    complaint  from=tickets
    day 22  10:00  mention_made   twitter  complaint  from=tickets
"""


def all_rules(table: str) -> Run:
    return run(core(), life(table))


def test_each_rule_rests_on_its_own_source() -> None:
    made = all_rules(f"{BUYS_WEEKLY}\n{COMPLAINS_ON_TWO_SOURCES}")
    made.apply(life(ticks("28.5", *range(30, 120, 5)), first_offset=50))
    assert [(each.rule, each.status) for each in made.versions] == [
        ("third_channel", "open"),
        ("third_channel", "resolved"),
    ]
    made.apply(life(ticks("120", 120), first_offset=150))
    assert [(each.rule, each.status) for each in made.versions[2:]] == [("silent_stop", "open")]
    assert made.versions[1].detected_at == at(36, "10:00")


@pytest.mark.parametrize("buys_first", [True, False])
def test_deadlines_of_one_person_fire_in_the_order_of_their_times(buys_first: bool) -> None:
    bought = BUYS_WEEKLY.replace("from=purchases", "from=tickets").strip().splitlines()
    said = COMPLAINS_ON_TWO_SOURCES.strip().splitlines()
    made = all_rules("\n".join([*bought, *said] if buys_first else [*said, *bought]))
    made.apply(life("day 120 00:00 tick tickets=120", first_offset=50))
    ended, stopped = made.versions[-2:]
    assert (ended.rule, ended.status, ended.shift) == ("third_channel", "resolved", ("mad_bro", "regular_joe"))
    assert (stopped.rule, stopped.status, stopped.shift) == ("silent_stop", "open", ("regular_joe", "at_risk"))
    assert ended.detected_at < stopped.detected_at


def test_deadlines_fire_once_whatever_follows_and_survive_a_restart_before_them() -> None:
    made = all_rules(f"{BUYS_WEEKLY}\n{COMPLAINS_ON_TWO_SOURCES}")
    made.flush()
    made.restart()
    for number, day in enumerate(range(100, 300, 5)):
        made.apply(life(ticks(str(day), day), first_offset=50 + number))
    fired = sorted((each.rule, each.status) for each in made.versions)
    assert fired == [
        ("silent_stop", "open"),
        ("silent_stop", "updated"),  # lost by then
        ("third_channel", "open"),
        ("third_channel", "resolved"),
    ]
    assert len(distinct(made.versions)) == 4


def test_deadlines_of_more_sources_than_have_a_clock_come_due_as_well() -> None:
    others = "\n".join(f"day 0 10:00 purchase_made shop from=shop{n} by=p{n}" for n in range(MOST_SOURCES))
    made = all_rules(f"{others}\n{BUYS_WEEKLY}")
    made.pass_all(at(120))
    assert [(each.person, each.rule) for each in made.versions] == [("ann", "silent_stop")]


def test_a_deadline_of_a_rule_that_is_switched_off_passes_in_silence() -> None:
    made = lives_on("")
    made.flush()
    made.core = core("third_channel")
    made.restart()
    assert made.partition.agenda.armed == 1
    made.pass_all(at(300))
    assert made.versions == []
    assert made.partition.agenda.armed == 0
