"""Counts from several partitions of people: whatever their interleaving, the same alerts, once each."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import pytest

from detectors import cohort_partition, cohort_series
from detectors.cohort_partition import FORGOTTEN_MS, CohortPartition
from detectors.cohort_series import Series
from detectors.cohort_state import encode_cohorts, encode_series, restore_cohorts
from detectors.cohorts import CohortRule, discover
from detectors.cohorts.complaint_wave import ComplaintWave
from detectors.cohorts.funnel_drop import FunnelDrop
from detectors.cohorts.mention_spike import MentionSpike
from detectors.counts import Count, Progress, Tallied, encode_count
from detectors.cuts import COMPLETION_KEY, CutReader
from detectors.spikes import ROW_MS, ROWS_A_DAY
from detectors.windows import DAY_MS, HOUR_MS
from tests.detectors.tallies import a_contact, a_lurk, a_mention, a_trial, an_alert, time_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def counts(rows: range) -> list[Tallied | Progress]:
    """Ordinary mentions with bursts, from both partitions of people, each telling how far it has come."""
    draw = random.Random(5)
    made: list[Tallied | Progress] = []
    offsets = [0] * PARTITIONS
    for row in rows:
        for number in range(BURSTS.get(row, max(0, round(draw.gauss(12, 3.5))))):
            place = number % PARTITIONS
            made.append(a_mention("Acme", row * ROW_MS + number, "negative", "tweets", place, offsets[place]))
            offsets[place] += 1
        made += [Progress(place, PARTITIONS, {"tweets": (row + 1) * ROW_MS}) for place in range(PARTITIONS)]
    return made


ROWS: Final = range(START - DAYS * ROWS_A_DAY, START + 2 * ROWS_A_DAY)
ACME: Final = "mention_spike:Acme"


def spikes(**knobs: Any) -> CohortPartition:
    return CohortPartition([MentionSpike(**knobs)])


def records(told: Sequence[Count | Progress]) -> list[Record]:
    return [Record(offset, -1, None, encode_count(count)) for offset, count in enumerate(told)]


def said(partition: CohortPartition) -> list[tuple[str, int, int, int]]:
    return [
        (each.status, each.version, each.finding.started_at // ROW_MS - START, each.at // ROW_MS - START)
        for each in partition.raised
    ]


EXPECTED: Final = [("open", 1, 40, 41), ("updated", 2, 40, 81), ("resolved", 3, 40, 369)]


def test_a_burst_is_opened_updated_and_resolved_after_the_cooldown() -> None:
    partition = spikes()
    told = counts(ROWS)
    assert partition.apply(records(told)) == sum(isinstance(each, Tallied) for each in told)
    assert said(partition) == EXPECTED
    assert {each.key for each in partition.raised} == {"Acme"}
    assert [each.told_at // ROW_MS - START for each in partition.raised] == [41, 81, 81]
    assert partition.dirty == {ACME}


def test_it_does_not_matter_which_partition_is_read_faster() -> None:
    told = counts(ROWS)
    first, second = ([each for each in told if each.partition == place] for place in range(PARTITIONS))
    partition = spikes()
    partition.apply(records(second))
    assert partition.raised == []
    partition.apply(records(first))
    assert said(partition) == EXPECTED


def test_a_mention_counts_once_however_often_it_comes() -> None:
    told = [each for count in counts(ROWS) for each in ((count, count) if isinstance(count, Tallied) else (count,))]
    partition = spikes()
    partition.apply(records(told))
    assert said(partition) == EXPECTED


def restarted(partition: CohortPartition, cut: int = 7) -> CohortPartition:
    reader = CutReader()
    for name in partition.series:
        reader.read(name.encode(), encode_series(partition, name, cut))
    reader.read(COMPLETION_KEY, encode_cohorts(partition, cut))
    reader.finish()
    again = restore_cohorts(reader, partition.rules.values())
    again.raised = partition.raised
    return again


@pytest.mark.parametrize("row", [START + 10, START + 41, START + 60, START + 82, START + 400])
def test_a_restart_before_between_and_after_the_versions_changes_nothing(row: int) -> None:
    log = records(counts(ROWS))
    place = next(
        n for n, each in enumerate(counts(ROWS)) if isinstance(each, Tallied) and time_of(each) // ROW_MS == row
    )
    partition = spikes()
    partition.apply(log[: place + 3])
    again = restarted(partition)
    again.apply(log[place + 3 :])
    assert said(again) == EXPECTED


def test_a_changelog_without_a_completion_gives_an_empty_partition() -> None:
    assert restore_cohorts(CutReader(), [MentionSpike()]).series == {}


def test_the_series_of_a_rule_that_is_gone_are_dropped() -> None:
    partition = spikes()
    partition.apply(records(counts(range(START, START + 2))))
    partition.rules = {"funnel_drop": FunnelDrop()}
    again = restarted(partition)
    assert (again.series, again.dirty) == ({}, {ACME})
    assert encode_series(again, ACME, 8) is None


def test_what_is_no_count_is_refused_and_the_rest_goes_on() -> None:
    partition = spikes()
    good = encode_count(a_mention("Acme", START * ROW_MS, "neutral", "tweets", 0, 0))
    foreign = encode_count(trial(0, rule="gone"))
    unwanted = encode_count(a_contact("Acme", START * ROW_MS, True, "tickets", 0, 0))
    bad = [None, b"\x91\x01", b"\xc1", foreign, unwanted]
    told = [Record(offset, -1, None, value) for offset, value in enumerate([*bad, good])]
    assert partition.apply(told) == 1
    assert [record.offset for record, detail in partition.refused if detail] == [0, 1, 2, 3, 4]
    assert partition.refused[3][1] == "rule 'gone'; allowed: mention_spike"


def test_nothing_closes_before_every_partition_has_told_its_time() -> None:
    partition = spikes()
    partition.apply(records([each for each in counts(ROWS) if each.partition == 0]))
    assert partition.raised == []
    assert len(partition.series[ACME].waiting) == len(ROWS)


def test_a_rule_that_is_off_counts_nothing_and_keeps_what_it_knows() -> None:
    partition = spikes(enabled=False)
    partition.apply(records(counts(ROWS)))
    assert (partition.raised, partition.series) == ([], {})
    known = spikes()
    known.apply(records(counts(range(START, START + 3))))
    known.rules = partition.rules
    off = restarted(known)
    off.pass_all((START + 9) * ROW_MS)
    assert off.series[ACME].state.to_tuple() == known.series[ACME].state.to_tuple()


def test_time_can_be_let_pass_to_the_end() -> None:
    partition = spikes()
    partition.apply(records([each for each in counts(range(ROWS.start, START + 45)) if isinstance(each, Tallied)]))
    partition.pass_all((START + 45) * ROW_MS)
    assert said(partition) == EXPECTED[:1]
    partition.pass_all((START + 400) * ROW_MS)
    assert said(partition) == [EXPECTED[0], ("resolved", 2, 40, 329)]
    assert partition.raised[1].finding.summary == "Acme is mentioned about as often as usual again."
    partition.pass_all((START + 400) * ROW_MS)
    assert len(partition.raised) == 2


def test_a_burst_that_only_the_passing_of_time_closes_is_raised_as_well() -> None:
    partition = spikes()
    partition.apply(records(counts(range(ROWS.start, START + 40))))
    mentions = [a_mention("Acme", (START + 40) * ROW_MS, "negative", "tweets", 0, 10**6 + n) for n in range(100)]
    partition.apply(records(list(mentions)))
    partition.pass_all((START + 42) * ROW_MS)
    assert said(partition) == EXPECTED[:1]


def test_where_too_many_wait_the_oldest_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort_partition, "MOST_WAITING", 2)
    partition = spikes()
    told: list[Tallied | Progress] = [
        a_mention("Acme", (START + row) * ROW_MS, "neutral", "tweets", 0, row) for row in range(4)
    ]
    partition.apply(records([*told, a_mention("Acme", START * ROW_MS, "negative", "tweets", 0, 9)]))
    series = partition.series[ACME]
    assert series.waiting == {(START + row) * ROW_MS: {"neutral": 1} for row in (2, 3)}
    assert (series.waiting_size, series.state.spikes.row) == (2, START + 2)


def trial(hour: float, *, rule: str = "funnel_drop", failed: bool = False, **fields: Any) -> Tallied:
    made = {"key": "checkout", "step": "payment", "segment": {}, "source": "page-views", "partition": 0, "offset": 0}
    at = int(START * ROW_MS + hour * HOUR_MS)
    return a_trial(**{**made, "rule": rule, "at": at, "failed": failed, **fields})


def progress(hour: float, **sources: float) -> Progress:
    times = {source.replace("_", "-"): int(START * ROW_MS + at * HOUR_MS) for source, at in sources.items()}
    return Progress(0, 1, {"page-views": int(START * ROW_MS + hour * HOUR_MS), **times})


def drops(*told: Tallied | Progress) -> tuple[CohortPartition, Series]:
    partition = CohortPartition([FunnelDrop(wait_minutes=0.0), MentionSpike(), ComplaintWave()])
    partition.apply(records(list(told)))
    return partition, next(iter(partition.series.values()))


def test_an_attempt_waits_until_its_time_has_passed_for_all() -> None:
    partition, series = drops(trial(1), trial(2, offset=1), progress(2))
    assert series.state.drops.steps["payment"].count == 1
    partition.pass_time(progress(2.1))
    assert series.state.drops.steps["payment"].count == 2


def test_an_attempt_is_waited_for_until_it_is_known_who_left_whenever_ticks_come() -> None:
    counts = [trial(1), trial(1.25, offset=1), trial(1, failed=True, offset=2)]
    told: list[tuple[Tallied | Progress, ...]] = [
        (*counts[:2], progress(1.5), counts[2], progress(2)),
        (counts[0], progress(1.01), counts[1], progress(1.3), progress(1.4), counts[2], progress(1.6), progress(2)),
    ]
    ended = []
    for records_of in told:
        partition = CohortPartition([FunnelDrop(wait_minutes=30.0)])
        partition.apply(records(list(records_of)))
        [series] = partition.series.values()
        step = series.state.drops.steps["payment"]
        assert (step.count, step.last) == (3, int(START * ROW_MS + 1.25 * HOUR_MS))
        ended.append(series.state.to_tuple())
    assert ended[0] == ended[1]


def test_every_row_of_a_tally_counts_and_a_tally_counts_once() -> None:
    mixed = trial(1)
    mixed.rows = [(mixed.rows[0][0], (3, 1)), (trial(1.5).rows[0][0], (2, 2))]
    _, series = drops(mixed, mixed, progress(2))
    assert series.state.drops.steps["payment"].count == 5


def test_a_late_attempt_counts_as_of_now_and_a_late_mention_not_at_all() -> None:
    _, series = drops(trial(5), progress(9), trial(1, offset=1), progress(10))
    assert series.state.drops.steps["payment"].count == 2
    assert series.state.drops.steps["payment"].last == START * ROW_MS + 9 * HOUR_MS
    mention = a_mention("Acme", START * ROW_MS, "neutral", "page-views", 0, 0)
    partition, series = drops(progress(9), mention)
    assert series.waiting == {}
    assert partition.dirty == {ACME}


def test_a_late_contact_counts_in_the_day_that_is_open() -> None:
    at = START * ROW_MS
    _, series = drops(progress(50), a_contact("Acme", at, True, "page-views", 0, 0))
    assert list(series.waiting) == [(at + 50 * HOUR_MS) // DAY_MS * DAY_MS]


def test_a_series_waits_for_each_of_its_sources() -> None:
    partition, series = drops(trial(1), trial(2, source="app", offset=1), progress(9, app=1.5))
    assert series.state.drops.steps["payment"].count == 1
    partition.pass_time(progress(500, app=1.5))
    assert series.state.drops.steps["payment"].count == 1
    partition.pass_time(progress(500, app=9))
    assert series.state.drops.steps["payment"].count == 2


def test_of_many_sources_only_the_first_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort_series, "MOST_SOURCES", 1)
    _, series = drops(trial(1), trial(2, source="app", offset=1), progress(9))
    assert series.sources == ("page-views",)
    assert series.state.drops.steps["payment"].count == 2


def test_keys_beyond_the_most_are_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort_partition, "MOST_SERIES", 2)
    told = [trial(1, key=f"funnel {number}", offset=number) for number in range(4)]
    partition, _ = drops(*told, a_mention("Acme", START * ROW_MS, "neutral", "tweets", 0, 9))
    assert list(partition.series) == ["funnel_drop:funnel 0", "funnel_drop:funnel 1", ACME]


def test_a_series_is_forgotten_after_three_months_and_its_place_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort_partition, "MOST_SERIES", 1)
    partition, _ = drops(trial(1), progress(2), progress(1 + FORGOTTEN_MS / HOUR_MS))
    assert partition.series
    partition.dirty.clear()
    partition.apply(records([progress(26 + FORGOTTEN_MS / HOUR_MS)]))
    assert (partition.series, partition.dirty) == ({}, {"funnel_drop:checkout"})
    partition.count(trial(30 + FORGOTTEN_MS / HOUR_MS, key="other"))
    assert list(partition.series) == ["funnel_drop:other"]


@pytest.mark.parametrize("days", [89, 91])
def test_what_comes_after_three_months_begins_anew_whether_it_was_forgotten_or_not(days: int) -> None:
    late = trial(1 + days * 24, offset=1)
    forgotten, _ = drops(trial(1), progress(2), progress(days * 24), late, progress(2 + days * 24))
    _, series = drops(trial(1), late, progress(2), progress(2 + days * 24))
    assert series.state.drops.steps["payment"].count == (2 if days < 90 else 1)
    [other] = forgotten.series.values()
    assert other.state.to_tuple() == series.state.to_tuple()


def test_a_series_with_an_alert_is_not_forgotten() -> None:
    told = [trial(hour, offset=hour, failed=hour >= 800) for hour in range(820)]
    partition, series = drops(*told, progress(820), progress(820 + 20 * 24))
    assert [each.status for each in partition.raised] == ["open"]
    partition.swept_day = 0
    series.last_at = 0
    partition.pass_time(progress(820 + 21 * 24))
    assert partition.series


def test_each_step_has_an_alert_of_its_own_and_its_end() -> None:
    told: list[Tallied | Progress] = []
    for hour in range(1100):
        for number, step in enumerate(("shipping", "payment")):
            failed = hour % 5 == 0 or 700 + 60 * number <= hour < 800
            told.append(trial(hour + number / 10, step=step, failed=failed, offset=2 * hour + number))
        told.append(progress(hour + 0.5))
    partition, series = drops(*told)
    assert [(each.finding.part, each.status, each.version) for each in partition.raised] == [
        ("shipping", "open", 1),
        ("payment", "open", 1),
        ("payment", "resolved", 2),
        ("shipping", "resolved", 2),
    ] or [(each.finding.part, each.status, each.version) for each in partition.raised] == [
        ("shipping", "open", 1),
        ("payment", "open", 1),
        ("shipping", "resolved", 2),
        ("payment", "resolved", 2),
    ]
    assert series.lives == {}


def test_an_end_without_an_alert_is_nothing() -> None:
    told = [trial(hour, offset=hour, failed=hour >= 800) for hour in range(820)]
    partition, series = drops(*told, progress(820))
    series.lives.clear()
    partition.raised.clear()
    partition.pass_time(progress(820 + 29 * 24))
    assert partition.raised == []


def shifts(draw: random.Random, at: int, person: int, number: int) -> list[Count]:
    """Alerts of people, opened at once; some are critical, some come again, and some people have two of them."""
    return [
        an_alert("exit_spike:customer", at, f"c-{draw.randrange(10**4)}", "page-views", person, 0, is_critical=not each)
        for each in range(number)
    ]


def slot_counts(draw: random.Random, at: int, partitions: int, *, worse: bool, burst: bool) -> list[Count]:
    """What happens in three hours, without offsets."""
    made: list[Count] = []
    for number in range(6):
        when, person = at + draw.randrange(3 * HOUR_MS), draw.randrange(partitions)
        segment = {"device": draw.choice(["mobile", "desktop"])}
        failed = draw.random() < (0.9 if worse and segment["device"] == "mobile" else 0.2)
        complaint = draw.random() < (0.8 if worse else 0.1)
        made += [
            trial(0, at=when, failed=failed, segment=segment, partition=person),
            trial(0, at=when, failed=failed, segment=segment, partition=person, rule="exit_rate", key="/a", step=""),
            a_contact("Acme", when, complaint, "tickets", person, 0),
            *(a_lurk("LinkedIn", when, "page-views", person, 0) for _ in range(9 if worse else 1)),
            *shifts(draw, when, person, 4 if worse else number // 5),
        ]
        if number == 0:
            made += [a_mention("Acme", when, "negative", "tweets", person, 0) for _ in range(200 if burst else 3)]
    return made


@cache
def lanes(partitions: int) -> list[list[Count | Progress]]:
    """Seventy days of every sort of count, troubles among them, by partition of people; every seventh comes late."""
    draw = random.Random(11)
    told: list[list[Count | Progress]] = [[] for _ in range(partitions)]
    late: list[Count] = []
    begun = START * ROW_MS // DAY_MS * DAY_MS
    for slot in range(70 * 8):
        at = begun + slot * 3 * HOUR_MS
        made = slot_counts(draw, at, partitions, worse=60 * 8 <= slot < 64 * 8, burst=slot == 500)
        held, late = late, made[::7]
        for count in [*held, *(each for number, each in enumerate(made) if number % 7)]:
            lane = told[count.partition]
            lane.append(msgspec.structs.replace(count, offset=len(lane)))
        for person, lane in enumerate(told):
            times = dict.fromkeys(("page-views", "tickets", "tweets"), at + 3 * HOUR_MS)
            lane.append(Progress(person, partitions, times, begun))
    return told


ALL: Final[list[CohortRule]] = [made() for made in discover().values()]


def outcome(partition: CohortPartition) -> list[tuple[Any, ...]]:
    return sorted(
        (
            each.finding.rule, each.finding.part, each.finding.started_at, each.version, each.status, each.at,
            each.told_at, each.finding.summary, each.finding.severity, sorted(each.finding.where.items()),
            list(each.finding.people),
        )
        for each in partition.raised
    )  # fmt: skip


@cache
def expected(partitions: int) -> list[tuple[Any, ...]]:
    """What is said if the partitions of people are read one after the other."""
    partition = CohortPartition(ALL)
    for lane in lanes(partitions):
        partition.apply(records(lane))
    return outcome(partition)


def test_every_rule_has_something_to_say_of_that_log() -> None:
    assert {rule for rule, *_ in expected(1)} == {rule.name for rule in ALL}


@pytest.mark.parametrize("partitions", [2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_neither_the_interleaving_nor_restarts_change_anything(seed: int, partitions: int) -> None:
    draw = random.Random(seed)
    places = [0] * partitions
    log: list[Count | Progress] = []
    told = lanes(partitions)
    while any(place < len(lane) for place, lane in zip(places, told, strict=True)):
        lane = draw.randrange(partitions)
        length = draw.choice([1, 50, 3000])
        log += told[lane][places[lane] : places[lane] + length]
        places[lane] = min(places[lane] + length, len(told[lane]))
    partition = CohortPartition(ALL)
    at = 0
    while at < len(log):
        length = draw.choice([1, 2000, 9000])
        partition.apply(records(log[at : at + length]))
        partition = restarted(partition)
        at += length
    assert outcome(partition) == expected(partitions)


def test_the_number_of_partitions_of_people_is_of_no_account() -> None:
    spread: list[Count | Progress] = []
    for each in lanes(1)[0]:
        if isinstance(each, Progress):
            spread += [Progress(person, 3, each.times, each.since) for person in range(3)]
        else:
            spread.append(msgspec.structs.replace(each, partition=each.offset % 3))
    partition = CohortPartition(ALL)
    partition.apply(records(spread))
    assert outcome(partition) == expected(1)
