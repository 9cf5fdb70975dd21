"""Counts of mentions from several partitions of people: whatever their interleaving, the same alerts, once each."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

import pytest

from detectors import cohort_partition
from detectors.cohort_partition import CohortPartition
from detectors.cohort_state import encode_cohorts, encode_series, restore_cohorts
from detectors.cohorts.mention_spike import MentionSpike
from detectors.counts import Progress, Tallied, decode_count, encode_count
from detectors.cuts import COMPLETION_KEY, CutReader
from detectors.spikes import ROW_MS, ROWS_A_DAY

START: Final = 1_700_000_100_000 // ROW_MS
DAYS: Final = 3
BURSTS: Final = {START + 40: 100, START + 80: 4_000}
PARTITIONS: Final = 2


class Record(NamedTuple):
    """A record of the topic ``cohort-counts``."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def mention(at: int, tone: str, place: int, offset: int, key: str = "Acme", number: int = 1) -> Tallied:
    """So many mentions of one tone, told at the tick of that offset."""
    return Tallied("mention_spike", key, place, offset, [((at, "tweets", tone, ()), (number, 0))])


def counts(rows: range) -> list[Tallied | Progress]:
    """Ordinary mentions with bursts, from both partitions of people, each telling how far it has come."""
    draw = random.Random(5)
    made: list[Tallied | Progress] = []
    offsets = [0] * PARTITIONS
    for row in rows:
        for number in range(BURSTS.get(row, max(0, round(draw.gauss(12, 3.5))))):
            place = number % PARTITIONS
            made.append(mention(row * ROW_MS, "negative", place, offsets[place]))
            offsets[place] += 1
        made += [Progress(place, PARTITIONS, {"tweets": (row + 1) * ROW_MS}) for place in range(PARTITIONS)]
    return made


ROWS: Final = range(START - DAYS * ROWS_A_DAY, START + 2 * ROWS_A_DAY)


def records(told: list[Tallied | Progress]) -> list[Record]:
    return [Record(offset, -1, None, encode_count(count)) for offset, count in enumerate(told)]


def said(partition: CohortPartition) -> list[tuple[str, int, int, int]]:
    return [
        (each.status, each.version, each.finding.started_at // ROW_MS - START, each.at // ROW_MS - START)
        for each in partition.raised
    ]


EXPECTED: Final = [("open", 1, 40, 41), ("updated", 2, 40, 81), ("resolved", 3, 40, 369)]


def test_a_burst_is_opened_updated_and_resolved_after_the_cooldown() -> None:
    partition = CohortPartition(MentionSpike())
    told = counts(ROWS)
    assert partition.apply(records(told)) == sum(isinstance(each, Tallied) for each in told)
    assert said(partition) == EXPECTED
    assert {each.key for each in partition.raised} == partition.dirty == {"Acme"}


def test_it_does_not_matter_which_partition_is_read_faster() -> None:
    told = counts(ROWS)
    first, second = ([each for each in told if each.partition == place] for place in range(PARTITIONS))
    partition = CohortPartition(MentionSpike())
    partition.apply(records(second))
    assert partition.raised == []
    partition.apply(records(first))
    assert said(partition) == EXPECTED


def test_a_mention_counts_once_however_often_it_comes() -> None:
    told = [each for count in counts(ROWS) for each in ((count, count) if isinstance(count, Tallied) else (count,))]
    partition = CohortPartition(MentionSpike())
    partition.apply(records(told))
    assert said(partition) == EXPECTED


def restarted(partition: CohortPartition, cut: int) -> CohortPartition:
    reader = CutReader()
    for key in partition.series:
        reader.read(key.encode(), encode_series(partition, key, cut))
    reader.read(COMPLETION_KEY, encode_cohorts(partition, cut))
    reader.finish()
    return restore_cohorts(reader, partition.rule)


@pytest.mark.parametrize("row", [START + 10, START + 41, START + 60, START + 82, START + 400])
def test_a_restart_before_between_and_after_the_versions_changes_nothing(row: int) -> None:
    log = records(counts(ROWS))
    place = next(
        n for n, each in enumerate(counts(ROWS)) if isinstance(each, Tallied) and each.rows[0][0][0] // ROW_MS == row
    )
    partition = CohortPartition(MentionSpike())
    partition.apply(log[: place + 3])
    again = restarted(partition, place + 2)
    again.raised = partition.raised
    again.apply(log[place + 3 :])
    assert said(again) == EXPECTED


def test_a_changelog_without_a_completion_gives_an_empty_partition() -> None:
    assert restore_cohorts(CutReader(), MentionSpike()).series == {}


def test_what_is_no_count_is_refused_and_the_rest_goes_on() -> None:
    partition = CohortPartition(MentionSpike())
    good = encode_count(mention(START * ROW_MS, "neutral", 0, 0))
    bad = [Record(0, -1, None, None), Record(1, -1, None, b"\x91\x01"), Record(2, -1, None, b"\xc1")]
    assert partition.apply([*bad, Record(3, -1, None, good)]) == 1
    assert [record.offset for record, detail in partition.refused if detail] == [0, 1, 2]


def test_nothing_closes_before_every_partition_has_told_its_time() -> None:
    partition = CohortPartition(MentionSpike())
    partition.apply(records([each for each in counts(ROWS) if each.partition == 0]))
    assert partition.raised == []
    assert len(partition.series["Acme"].waiting) == len(ROWS)


def test_a_rule_that_is_off_closes_nothing() -> None:
    partition = CohortPartition(MentionSpike(enabled=False))
    partition.apply(records(counts(ROWS)))
    assert partition.raised == []


def test_time_can_be_let_pass_to_the_end() -> None:
    partition = CohortPartition(MentionSpike())
    partition.apply(records([each for each in counts(range(ROWS.start, START + 45)) if isinstance(each, Tallied)]))
    partition.pass_all((START + 45) * ROW_MS)
    assert said(partition) == EXPECTED[:1]
    partition.pass_all((START + 400) * ROW_MS)
    assert said(partition) == [EXPECTED[0], ("resolved", 2, 40, 329)]
    partition.pass_all((START + 400) * ROW_MS)
    assert len(partition.raised) == 2


def test_a_burst_that_only_the_passing_of_time_closes_is_raised_as_well() -> None:
    partition = CohortPartition(MentionSpike())
    partition.apply(records(counts(range(ROWS.start, START + 40))))
    partition.apply(records([mention((START + 40) * ROW_MS, "negative", 0, 10**6, number=100)]))
    partition.pass_all((START + 42) * ROW_MS)
    assert said(partition) == EXPECTED[:1]


def test_rows_that_wait_without_end_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort_partition, "MOST_WAITING_ROWS", 2)
    partition = CohortPartition(MentionSpike())
    told: list[Tallied | Progress] = [mention((START + row) * ROW_MS, "neutral", 0, row) for row in range(4)]
    partition.apply(records([*told, mention(START * ROW_MS, "negative", 0, 9)]))
    assert partition.series["Acme"].waiting == {START: {"neutral": 1, "negative": 1}, START + 1: {"neutral": 1}}


def test_counts_of_another_rule_are_not_its_own() -> None:
    partition = CohortPartition(MentionSpike())
    partition.apply(records([Tallied("funnel_drop", "checkout", 0, 1, [((START, "page-views", "cart", ()), (1, 1))])]))
    assert partition.series == {}


@pytest.mark.parametrize("count", [mention(5, "neutral", 0, 1), Progress(0, 2, {"tweets": 5})])
def test_a_count_comes_back_as_it_was(count: Tallied | Progress) -> None:
    assert decode_count(encode_count(count)) == count
