"""What is counted for the cohorts: by whom nobody says, once each, and the same whatever happens in between."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.clocks import OTHER
from detectors.counts import INGEST_PATIENCE_MS, PATIENCE_MS, Tallied, progress, told
from detectors.interaction import Interaction
from detectors.partition import Partition
from detectors.seen import of
from detectors.tally import UNNAMED, tone_class
from detectors.windows import HOUR_MS
from detectors.wire import SourceProgress
from tests.detectors.draws import lives
from tests.detectors.lives import Record, at, core, event, life, run, run_in_parts, tick

HOUR_9 = at(3, "09:00")


def counted(table: str, *, rule: str, **settings: Any) -> dict[tuple[Any, ...], tuple[int, int]]:
    """The rows of one rule: key, hours since the first day, what, segment, by how many and how many failed."""
    cohorts = run(core(**settings), life(table)).partition.tally.rules.get(rule, {})
    return {
        (key, (time - at(0)) / HOUR_MS, what, *segment): numbers
        for key, rows in cohorts.items()
        for (time, _, what, segment), numbers in rows.items()
    }


def test_mentions_are_counted_by_brand_tone_and_five_minutes_unless_they_are_our_own() -> None:
    rows = counted(
        """
        day 0  10:01  mention_made    twitter  subject=acme  tone=0.5   by=ann
        day 0  10:04  post_published  blog     subject=acme  tone=0.9   by=bob
        day 0  10:05  review_written  blog     tone=-0.9
        day 0  10:05  review_written  blog     tone=-0.9  out
        """,
        rule="mention_spike",
    )
    assert rows == {("acme", 10, "positive"): (2, 0), (UNNAMED, 10 + 1 / 12, "negative"): (1, 0)}


def test_the_same_interaction_twice_counts_once() -> None:
    twice = "day 0 10:00 mention_made twitter id=a"
    assert counted(f"{twice}\n{twice}", rule="mention_spike") == {(UNNAMED, 10, "unknown"): (1, 0)}


def test_the_end_of_a_visit_is_a_trial_of_each_step_that_was_reached() -> None:
    table = """
        day 3  09:00  funnel_completed  site  step=order    subject=cart,payment
        day 3  09:04  funnel_exited     site  step=payment  subject=cart  by=bob
    """.replace("site ", "site  funnel=checkout ")
    assert counted(table, rule="funnel_drop") == {
        ("checkout", 81, "cart"): (2, 0),
        ("checkout", 81, "payment"): (2, 1),
    }


def test_who_does_not_say_which_steps_were_reached_is_taken_at_the_last_one() -> None:
    rows = counted("day 0 09:00 funnel_completed site step=order\nday 0 09:15 funnel_exited site", rule="funnel_drop")
    assert rows == {("", 9, "order"): (1, 0), ("", 9.25, ""): (1, 1)}


@pytest.mark.parametrize(
    ("second", "failures"),
    [
        ("day 1  08:59  funnel_exited  site  step=payment  subject=", 1),
        ("day 1  09:00  funnel_exited  site  step=payment  subject=", 2),
        ("day 1  08:59  funnel_exited  site  step=payment  subject=  by=bob", 2),
        ("day 0  08:00  funnel_exited  site  step=payment  subject=", 2),
    ],
)
def test_the_same_person_at_the_same_step_within_a_day_is_no_further_trial(second: str, failures: int) -> None:
    rows = counted(f"day 0 09:00 funnel_exited site step=payment subject=\n{second}", rule="funnel_drop")
    assert sum(failed for _, failed in rows.values()) == failures


def test_another_step_within_the_day_is_one_and_successes_are_never_dropped() -> None:
    rows = counted(
        """
        day 0  09:00  funnel_exited     site  step=payment  subject=cart
        day 0  10:00  funnel_exited     site  step=cart     subject=
        day 0  11:00  funnel_exited     site  step=payment  subject=cart
        day 0  12:00  funnel_completed  site  step=order    subject=cart,payment
        """,
        rule="funnel_drop",
    )
    assert rows == {
        ("", 9, "cart"): (1, 0),
        ("", 9, "payment"): (1, 1),
        ("", 10, "cart"): (1, 1),
        ("", 11, "cart"): (1, 0),
        ("", 12, "cart"): (1, 0),
        ("", 12, "payment"): (1, 0),
    }


def test_segments_are_apart() -> None:
    partition = Partition(core())
    tally = partition.tally
    for device in ("mobile", "desktop", "mobile"):
        left = Interaction(46, HOUR_9 + 1, "i", "views", 0, page="/pricing", step="exit", segment={"device": device})
        tally.page(of(left, left))
    partition.tell(7)
    assert list(told(partition, 2)) == [
        Tallied(
            "exit_rate",
            "/pricing",
            2,
            7,
            [
                ((HOUR_9, "views", "", (("device", "mobile"),)), (2, 2)),
                ((HOUR_9, "views", "", (("device", "desktop"),)), (1, 1)),
            ],
        )
    ]


def test_contacts_are_those_of_customers_by_day_and_brand_of_which_it_is_known_whether_they_complain() -> None:
    rows = counted(
        """
        day 0  09:00  ticket_opened  mail   complaint
        day 0  19:00  ticket_opened  mail   content  by=bob  subject=parcel
        day 0  19:00  call_made      phone  content  out
        day 0  19:00  call_made      phone  content  as=employee  by=cem
        day 0  19:00  call_made      phone  by=eve
        day 1  19:00  call_made      phone  content  as=unknown  by=dan
        day 1  19:00  mention_made   twitter  complaint  subject=acme
        """,
        rule="complaint_wave",
    )
    assert rows == {
        (UNNAMED, 0, "tickets"): (2, 1),
        (UNNAMED, 24, "tickets"): (1, 0),
        ("acme", 24, "tickets"): (1, 1),
    }


def test_lurking_is_counted_by_where_it_comes_from_or_looks() -> None:
    rows = counted(
        """
        day 0  09:00  traffic_referred  site  page=/  referrer=ft.com
        day 0  09:59  traffic_referred  site  page=/careers  as=investor
        day 0  09:59  traffic_referred  site  page=/news
        """,
        rule="lurking_traffic",
    )
    assert rows == {("financial sites", 9, ""): (1, 0), ("careers pages", 9, ""): (1, 0)}


def test_a_rule_that_is_off_is_not_counted_for() -> None:
    partition = Partition(core(cohort_rules=("exit_rate",)))
    partition.apply([event(0, at(0), "mention_made"), event(1, at(0), "funnel_exited"), event(2, at(0), "call_made")])
    assert partition.tally.rules == {}


def test_a_tick_has_all_told_that_was_counted_since_the_last() -> None:
    said = [event(0, at(0), "mention_made"), tick(1, at(0, "00:10")), tick(2, at(0, "00:20"))]
    said += [event(3, at(0), "mention_made")]
    made = run(core(cohort_rules=("mention_spike",)), said)
    row = {(at(0), "tickets", "unknown", ()): (1, 0)}
    assert made.told == [(1, {"mention_spike": {UNNAMED: row}})]
    assert made.partition.tally.rules == {"mention_spike": {UNNAMED: row}}


@given(records=lives(("mention_made", "funnel_exited", "funnel_completed", "call_made", "page_left")), data=st.data())  # type: ignore[arg-type]
def test_restarts_and_splits_tell_the_same_at_the_same_ticks(records: list[Record], data: st.DataObject) -> None:
    restarts = data.draw(st.sets(st.integers(1, len(records)), max_size=4))
    whole = run(core(), records)
    again = run_in_parts(core(), records, (), restarts=restarts)
    assert again.told == whole.told
    assert again.partition.tally.rules == whole.partition.tally.rules


@pytest.mark.parametrize(
    ("tone", "name"),
    [
        (None, "unknown"),
        (-0.051, "negative"),
        (-0.05, "neutral"),
        (0.0, "neutral"),
        (0.05, "neutral"),
        (0.06, "positive"),
    ],
)
def test_a_tone_has_one_of_four_classes(tone: float | None, name: str) -> None:
    assert tone_class(tone) == name


def test_a_source_that_no_tick_tells_of_is_waited_for_two_days() -> None:
    partition = Partition(core())
    partition.apply([event(0, at(0), "mention_made", source="forum"), tick(1, at(1))])
    early = progress(partition, 0, 2)
    partition.apply([tick(2, at(5))])
    assert (early.times["forum"], early.times[OTHER]) == (at(1), at(1) - PATIENCE_MS)
    late = progress(partition, 0, 2)
    assert late.times["forum"] == late.times[OTHER] == at(5) - PATIENCE_MS


def test_a_dead_source_is_waited_for_two_days_by_the_others_time_of_which_ticks_tell() -> None:
    def sources(newest: int) -> list[SourceProgress]:
        return [SourceProgress("shop", 0, newest), SourceProgress("app", 0, at(0))]

    partition = Partition(core())
    partition.apply([tick(0, at(1), *sources(at(1))), tick(1, at(9), *sources(at(9)))])
    dead = at(9) - PATIENCE_MS
    assert progress(partition, 0, 1).times == {"shop": at(9), "app": dead, OTHER: dead}


def test_when_ingest_stands_its_sources_are_waited_for_three_months() -> None:
    partition = Partition(core())
    partition.apply([tick(0, at(1), SourceProgress("shop", 0, at(1)))])
    partition.apply([event(1, at(60), "mention_made", source="forum")])
    assert progress(partition, 0, 1).times["shop"] == at(1)
    partition.apply([event(2, at(120), "mention_made", source="forum")])
    assert progress(partition, 0, 1).times["shop"] == at(120) - INGEST_PATIENCE_MS
