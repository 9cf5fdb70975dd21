"""Two sets of rules over the same interactions: the monitor's alerts, whatever the partitions and processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from detectors.interaction import Interaction
from detectors.wire import SourceProgress, Tick, decode, encode_compact, encode_tick
from streams.backtest import lanes as lanes_module
from streams.backtest.backtest import Backtest, Page
from streams.backtest.history import PAGE
from streams.backtest.lanes import Beside, Here, LaneError, open_lanes
from streams.backtest.messages import Alerts, Batch
from streams.files.detecting import Detection
from tests.sinks.samples import alert
from tests.streams.backtest.lived import DEFAULTS, events, lived, rules
from tests.streams.commands.samples import DAY, START, complaint, purchase

if TYPE_CHECKING:
    from streams.files.recordings import BadLine

FIXED = rules(silent_stop={"calibration": 3.0})
TWO_CHANNELS = rules(silent_stop={"calibration": 3.0}, third_channel={"channels": 2})


def company(people: int = 30) -> list[dict[str, Any]]:
    """Buyers of whom every third stops, every fifth complains on three channels, and all that is told of by time."""
    records = []
    for number in range(people):
        person = f"c-{number}"
        weeks = 7 if number % 3 == 0 else 30
        records += [purchase(7 * week + number / 100, person) for week in range(weeks)]
        if number % 5 == 0:
            records += [
                complaint(40 + day + number / 100, channel, person=person)
                for day, channel in enumerate(("phone", "chat", "twitter"))
            ]
    return sorted(records, key=lambda record: record["occurred_at"])


def test_with_one_partition_the_alerts_are_those_of_detect() -> None:
    detected = Alerts()
    for version in Detection(FIXED, lambda bad: pytest.fail(str(bad))).run(events(company())):
        detected.hear(version)
    outcome, _ = lived(company(), TWO_CHANNELS, old=FIXED)
    assert {told.rule for told in detected.values()} == {"many_at_once", "silent_stop", "third_channel"}
    assert outcome.old == detected
    assert outcome.new != detected


@pytest.mark.parametrize("partitions", [2, 3, 8])
def test_partitions_change_nothing_where_nothing_is_learnt_of_others(partitions: int) -> None:
    whole, _ = lived(company(), TWO_CHANNELS, old=FIXED)
    divided, _ = lived(company(), TWO_CHANNELS, old=FIXED, partitions=partitions)
    assert divided == whole
    assert whole.people == 30
    assert whole.interactions == len(company())


def test_processes_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_module, "cores", lambda: 2)
    broken = purchase(50, "c-9") | {"kind": "yodelled"}
    here = lived([*company(), broken], TWO_CHANNELS, partitions=3)
    beside = lived([*company(), broken], TWO_CHANNELS, partitions=3, beside=True)
    assert beside == here
    assert len(here[0].old) > 5


def test_an_absence_comes_due_by_what_people_of_other_partitions_do() -> None:
    alone = [purchase(7 * week, "c-1") for week in range(6)]
    others = [purchase(100 + day, "c-2") for day in range(PAGE)]
    outcome, _ = lived([*alone, *others], partitions=4)
    assert [told.stakeholder for told in outcome.old.values()] == ["c-1"]


def test_the_last_page_lets_time_pass_for_all_as_well() -> None:
    alone = [purchase(7 * week, "c-1") for week in range(6)]
    outcome, _ = lived([*alone, purchase(300, "c-2")], partitions=4)
    assert [told.stakeholder for told in outcome.old.values()] == ["c-1"]


def test_mentions_of_all_partitions_make_one_alert_about_the_brand() -> None:
    counts = {**dict.fromkeys(range(400), 3), **dict.fromkeys(range(400, 406), 60), 407: 1, 900: 1}
    records = [
        purchase(
            row * 300 / 86_400 + place * 1e-5,
            f"fan-{row}-{place}",
            kind="mention_made",
            source="tweets",
            channel="twitter",
            subject="Acme",
        )
        for row, count in counts.items()
        for place in range(count)
    ]
    one, four = (lived(records, rules(mention_spike={"enabled": False}), partitions=number)[0] for number in (1, 4))
    assert {(told.rule, told.stakeholder) for told in four.old.values()} == {("mention_spike", None)}
    assert four.old == one.old
    assert four.new == {}


def test_what_cannot_be_read_is_named_once_and_the_rest_is_judged() -> None:
    broken = purchase(1) | {"kind": "yodelled"}
    outcome, bad = lived([purchase(0), broken, purchase(2)])
    assert (outcome.interactions, outcome.people) == (2, 1)
    assert [(each.name, each.line) for each in bad] == [("a", 1)]
    assert bad[0].reason.startswith("bad_interaction: Invalid enum value 'yodelled'")


def test_what_both_sides_refuse_is_named_once() -> None:
    _, bad = lived([purchase(0, "x" * 3_000)])
    assert [each.reason.partition(":")[0] for each in bad] == ["bad_interaction"]


def test_the_span_is_that_of_the_interactions() -> None:
    outcome, _ = lived([purchase(3), purchase(5, kind="page_viewed"), purchase(90)])
    assert (outcome.first, outcome.newest) == (START + 3 * DAY, START + 90 * DAY)


def test_of_nothing_comes_nothing() -> None:
    outcome, bad = lived([])
    assert (outcome.interactions, outcome.people, outcome.old, outcome.new, bad) == (0, 0, {}, {}, [])


# Records of the log


def logged(*pages: dict[int, list[tuple[int, int, bytes | None, bytes | None]]]) -> tuple[Any, list[BadLine]]:
    """What comes of the log's own records, by partition."""
    sides = (DEFAULTS, rules(dead_feed={"enabled": False}))
    bad: list[BadLine] = []
    backtest = Backtest(sides, [Here(sides, range(2))], 2, bad.append, has_ticks=True)
    for records in pages:
        backtest.take(Page(records, lambda number, offset: (f"interactions-{number}", offset), 0, 0))
    return backtest.outcome(), bad


def compact(record: dict[str, Any]) -> tuple[bytes, bytes]:
    [event] = events([record])
    assert event.key is not None
    assert event.value is not None
    return event.key, event.value


def _decoded(value: bytes) -> Interaction:
    interaction = decode(value)
    assert isinstance(interaction, Interaction)
    return interaction


def tick(day: float, purchases: float) -> bytes:
    at = int(START + day * DAY)
    return encode_tick(Tick(at, [SourceProgress("purchases", 0, int(START + purchases * DAY), longest_gap_ms=1)]))


def test_in_the_log_ticks_alone_let_time_pass() -> None:
    buys = [compact(purchase(7 * week)) for week in range(6)]
    alone = [(offset, -1, *record) for offset, record in enumerate(buys)]
    told = (0, -1, None, tick(35, 35))
    later = [(1, -1, *compact(purchase(300, "c-2")))]
    ticked = [(6, -1, None, tick(35, 35))]
    for without in (logged({0: alone}, {1: later}, {}), logged({0: [*alone, *ticked], 1: [told]}, {1: later}, {})):
        assert without[0].old == {}
    outcome, _ = logged({0: [*alone, *ticked], 1: [told]}, {0: [(7, -1, None, tick(300, 300))], 1: later})
    assert [alert.rule for alert in outcome.old.values()] == ["silent_stop"]
    assert outcome.interactions == 7


def test_a_dead_feed_is_told_of_once_by_the_first_partition() -> None:
    feed = [(offset, -1, None, tick(10 + offset, 10)) for offset in range(30)]
    outcome, _ = logged({0: feed, 1: feed})
    assert [(alert.rule, alert.stakeholder) for alert in outcome.old.values()] == [("dead_feed", None)]
    assert outcome.new == {}
    assert logged({1: feed})[0].old == {}


def test_a_record_of_the_log_is_refused_by_its_place_and_the_brokers_time() -> None:
    key, value = compact(purchase(10))
    outcome, bad = logged({1: [(17, START, key, value), (18, -1, None, value), (19, -1, key, b"\x93\x01")]})
    assert outcome.people == 0
    assert [(each.name, each.line, each.reason.partition(":")[0]) for each in bad] == [
        ("interactions-1", 17, "in_the_future"),
        ("interactions-1", 18, "no_stakeholder"),
        ("interactions-1", 19, "bad_interaction"),
    ]


def test_json_and_the_compact_form_come_to_the_same() -> None:
    written = [(offset, -1, *compact(record)) for offset, record in enumerate(company())]
    packed = [(offset, arrived, key, encode_compact(_decoded(value))) for offset, arrived, key, value in written]
    outcome, _ = logged({0: written})
    assert outcome == logged({0: packed})[0]
    assert outcome.first == company()[0]["occurred_at"]
    assert outcome.old


def test_a_time_that_cannot_be_told_at_a_glance_is_read() -> None:
    key, value = compact(purchase(10, id="x" * 400))
    outcome, _ = logged({0: [(0, -1, key, encode_compact(_decoded(value)))]})
    assert outcome.first == outcome.newest == START + 10 * DAY


# Alerts


def test_an_alert_is_told_as_it_was_raised_with_its_gravest_severity() -> None:
    alerts = Alerts()
    for version, severity, at in ((1, "warning", "10"), (2, "critical", "11"), (3, "info", "12")):
        alerts.hear(alert(version=version, severity=severity, detected_at=f"2026-03-01T{at}:00:00.000Z"))
    [told] = alerts.values()
    assert (told.severity, told.detected_at) == ("critical", "2026-03-01T10:00:00.000Z")


# Processes


def test_there_are_no_more_processes_than_cores_or_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, partitions, shares in ((1, 4, [[0, 1, 2, 3]]), (8, 1, [[0]]), (2, 3, [[0, 2], [1]])):
        monkeypatch.setattr(lanes_module, "cores", lambda cores=cores: cores)
        with open_lanes((DEFAULTS, DEFAULTS), partitions) as lanes:
            assert [list(lane.numbers) for lane in lanes] == shares


def test_a_process_that_dies_is_told_of() -> None:
    lane = Beside((DEFAULTS, DEFAULTS), [0])
    try:
        lane._process.kill()
        lane._process.join()
        with pytest.raises(LaneError, match="ended with code -9"):
            lane.ask(Batch({}, {}))
        with pytest.raises(LaneError, match="ended with code -9"):
            lane.answer()
    finally:
        lane.close()
