"""The benchmark that adds up many companies: its rows are those of the verdicts."""

from streams.demo.casting import Planted
from tests.benchmarks.seeds import HEAD, Tally
from tests.streams.demo.direct import START
from tests.streams.demo.test_verdict import HOUR, alert, planted


def test_rows_add_up_what_was_planted_found_missed_and_raised_besides_with_the_median_delay() -> None:
    tally = Tally()
    assert tally.add([planted(), planted(who="c-2")], [alert(at=24 * HOUR), alert(who="c-3")]) == [
        "missed: exit_spike of c-2",
        "besides: exit_spike of c-3, 2026-01-01: ",
    ]
    assert tally.add([planted()], [alert(at=72 * HOUR)]) == []
    spike = ["exit_spike", "3", "2", "1", "1", "66.7%", "66.7%", "2.0"]
    assert [row.split() for row in tally.rows()] == [spike, ["all", *spike[1:]]]


def test_a_rule_that_found_nothing_has_no_precision_and_one_without_a_shift_no_recall() -> None:
    tally = Tally()
    tally.add([Planted("dead_feed", None, START)], [alert()])
    rows = {row.split()[0]: row.split()[5:] for row in tally.rows()}
    assert rows["dead_feed"] == ["-", "0.0%", "-"]
    assert rows["exit_spike"] == ["0.0%", "-", "-"]
    assert {len(row) for row in tally.rows()} == {len(HEAD)}


def test_a_missed_shift_of_a_cohort_is_named_by_where_it_is() -> None:
    [line] = Tally().add([Planted("exit_rate", None, START, {"page": "/pricing"})], [])
    assert line == "missed: exit_rate of {'page': '/pricing'}"
