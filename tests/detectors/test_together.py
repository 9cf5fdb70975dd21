"""The key of people who shift for the same reason, and what the cohorts are told of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.clocks import OTHER
from detectors.counts import Opened, decode_count, encode_count, progress, told
from detectors.partition import Partition
from detectors.playbooks import PLAYBOOKS
from detectors.rules import Rule, discover
from detectors.tally import MOST_NAMED, Tally
from detectors.together import DETAIL_CHARACTERS, MANY_AT_ONCE, key_at, key_of, where_of
from detectors.wire import SourceProgress
from tests.detectors.draws import lives
from tests.detectors.lives import Record, at, core, life, run, run_in_parts, tick

EXITS = """
    day 20  09:00  funnel_exited  site  step=cart
    day 20  09:10  funnel_exited  site  step=cart
    day 20  09:20  funnel_exited  site  step=payment
    day 20  09:30  funnel_exited  site  step=payment
"""


class Counted:
    def __init__(self, excerpt: str | None) -> None:
        self.excerpt = excerpt


@pytest.mark.parametrize(
    ("label", "excerpts", "key", "where"),
    [
        ("", ["a"], "r:customer", {"rule": "r", "party": "customer"}),
        ("step", [], "r:customer", {"rule": "r", "party": "customer"}),
        ("step", ["a", None], "r:customer", {"rule": "r", "party": "customer"}),
        ("step", ["a", "b:c"], "r:customer:step:b:c", {"rule": "r", "party": "customer", "step": "b:c"}),
    ],
)
def test_the_key_is_rule_party_and_the_newest_detail(
    label: str, excerpts: list[str | None], key: str, where: dict[str, str]
) -> None:
    assert key_of("r", "customer", label, [Counted(each) for each in excerpts]) == key
    assert where_of(key) == where
    assert key_at(where) == key
    assert key_at(dict(sorted(where.items()))) == key


def test_nobody_knows_the_party_and_long_details_are_cut() -> None:
    assert key_of("r", "", "step", [Counted("x" * 500)]) == f"r:unknown:step:{'x' * DETAIL_CHARACTERS}"


def test_the_people_of_private_rules_are_not_told_of() -> None:
    rules = discover()
    told_of = {name for name, rule in rules.items() if rule.is_gathered()}
    assert {"silent_stop", "exit_spike", "third_channel"} <= told_of
    for name, rule in rules.items():
        if name in told_of:
            assert PLAYBOOKS[rule.playbook].audience == "team"
    assert not told_of & {"copy_cat", "press_turned", "talent_unused", "advocate_quiet", "partner_cooling"}
    assert core(cohort_rules=("exit_rate",)).together == {}
    assert core().together["exit_spike"] == "step"


def test_a_rule_may_stay_out_of_it() -> None:
    class Alone(Rule):
        playbook = "newcomer"
        gathers = False

    assert not Alone.is_gathered()


def opened(partition: Partition) -> dict[str, list[tuple[Any, ...]]]:
    made: dict[str, list[tuple[Any, ...]]] = {}
    for each in told(partition, 3):
        if isinstance(each, Opened):
            made.setdefault(each.key, []).extend(each.people)
    return made


def test_an_opened_alert_is_told_once_with_its_person_and_step() -> None:
    partition = run(core("exit_spike", calibration=0.1), life(EXITS)).partition
    partition.tell(99)
    [(key, people)] = opened(partition).items()
    assert key == "exit_spike:customer:step:payment"
    [(when, source, person, started_at, is_critical)] = people
    assert (when, person, started_at, is_critical) == (at(20, "09:20"), "ann", at(20, "09:00"), False)
    assert source


def test_an_alert_of_a_deadline_is_told_at_the_tick_by_which_it_came_due() -> None:
    bought = life("\n".join(f"day {7 * week} 10:00 purchase_made shop from=shop" for week in range(5)))
    days = (29, 60, 70, 71)
    log = [*bought, *(tick(5 + n, at(day), SourceProgress("shop", 0, at(day))) for n, day in enumerate(days))]
    made = run(core("silent_stop", calibration=4.0), log)
    rows = {offset: rules[MANY_AT_ONCE] for offset, rules in made.told if MANY_AT_ONCE in rules}
    assert list(rows) == [7]
    [row] = rows[7]["silent_stop:customer"]
    assert row == (made.versions[0].detected_at, "shop", "ann", (("started_at", str(at(28, "10:00"))),))
    assert at(60) < row[0] < at(70)


def test_what_comes_late_is_as_of_what_its_source_had_passed_at_the_last_tick() -> None:
    ticks = [tick(0, at(30), SourceProgress("tickets", 0, at(30)))]
    late = [record._replace(offset=1 + n) for n, record in enumerate(life(EXITS.replace("site", "site from=tickets")))]
    partition = run(core("exit_spike", calibration=0.1), [*ticks, *late]).partition
    partition.tell(99)
    [[(when, *_)]] = opened(partition).values()
    assert when == at(30)


@given(records=lives(("purchase_made", "funnel_exited", "call_made")), data=st.data())  # type: ignore[arg-type]
def test_restarts_and_splits_tell_of_the_same_people(records: list[Record], data: st.DataObject) -> None:
    restarts = data.draw(st.sets(st.integers(1, len(records)), max_size=4))
    whole = run(core(), records)
    again = run_in_parts(core(), records, (), restarts=restarts)
    assert again.told == whole.told


def test_people_beyond_the_most_are_counted() -> None:
    partition = Partition(core())
    tally: Tally = partition.tally
    for number in range(MOST_NAMED + 3):
        tally.opened("k", 100 + number, "s", f"c-{number}", 7, number == 0)
    tally.opened("k", 101, "s", "c-1", 7, False)
    partition.tell(4)
    [made] = told(partition, 0)
    assert isinstance(made, Opened)
    assert (made.rule, made.key, made.partition, made.offset) == (MANY_AT_ONCE, "k", 0, 4)
    assert made.people[:2] == [(100, "s", "c-0", 7, True), (101, "s", "c-1", 7, False)]
    assert (len(made.people), made.unnamed) == (MOST_NAMED, [(100 + MOST_NAMED - 1, "s", 3)])
    assert decode_count(encode_count(made)) == made
    rows = [(row[2], numbers) for row, numbers in made.rows]
    assert (rows[0], rows[1][0], rows[-1]) == (("c-0", (1, 1)), "c-1", ("", (3, 0)))


def test_progress_says_since_when_people_are_known() -> None:
    partition = Partition(core())
    assert progress(partition, 1, 4).since == 0
    partition.apply([tick(0, at(9), SourceProgress("a", 0, at(8)), SourceProgress("b", 0, at(6)))])
    made = progress(partition, 1, 4)
    assert (made.partition, made.partitions, made.since) == (1, 4, at(6))
    assert set(made.times) == {"a", "b", OTHER}
