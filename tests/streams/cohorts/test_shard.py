"""One partition of ``cohort-counts`` from the broker's side, without a broker."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from detectors.counts import Progress, Tallied, encode_count
from detectors.cuts import COMPLETION_KEY
from detectors.windows import HOUR_MS
from sinks.alert import decode_alert
from streams.cohorts.role import CohortsRole
from streams.cohorts.shard import CohortLoader, CohortShard
from streams.roles import new_metrics
from streams.settings import Settings
from tests.detectors.tallies import a_trial

START: Final = 1_700_006_400_000


class Record(NamedTuple):
    """A record of the topic."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Batch(NamedTuple):
    """A fetch."""

    records: list[Record]


class Outbox:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.put_on: list[tuple[str, bytes | None, bytes | None]] = []

    def put(self, topic: str, key: bytes | None, value: bytes | None, **_: Any) -> None:
        self.put_on.append((topic, key, value))


def role(**rules: dict[str, Any]) -> CohortsRole:
    settings = Settings(rules=rules)
    return CohortsRole(settings, new_metrics(settings))


def told(hours: range) -> list[Tallied | Progress]:
    made: list[Tallied | Progress] = []
    for hour in hours:
        at = START + hour * HOUR_MS
        failed = hour % 5 == 0 or hour >= 600
        made.append(a_trial("checkout", "funnel_drop", at, "payment", failed, {}, "page-views", 0, hour))
        made.append(Progress(0, 1, {"page-views": at + 1}))
    return made


def records(counts: list[Tallied | Progress], first: int = 0) -> Any:
    return Batch([Record(first + n, -1, b"checkout", encode_count(each)) for n, each in enumerate(counts)])


def restored(made: CohortsRole, shard: CohortShard, cut: int) -> CohortShard:
    loader = CohortLoader(made, 0)
    changes = shard.flush(cut, Outbox())  # type: ignore[arg-type]
    for key, value in (*changes.entries, changes.completion):
        loader.read(key, value)
    assert loader.step() is False
    assert loader.cut == cut
    return loader.shard()


def test_counts_become_alerts_on_both_topics_over_a_restart_as_well() -> None:
    made, outbox = role(), Outbox()
    shard: CohortShard = CohortLoader(made, 0).shard()
    shard.apply(records(told(range(600))), outbox)  # type: ignore[arg-type]
    assert outbox.put_on == []
    again = restored(made, shard, 1199)
    again.apply(records(told(range(600, 640)), 1200), outbox)  # type: ignore[arg-type]
    (topic, key, value), (state, alert_id, same) = outbox.put_on
    alert = decode_alert(value or b"")
    assert (topic, state, key, value) == ("alerts", "alert-state", b"checkout", same)
    assert (alert.rule, alert.alert_id.encode()) == ("funnel_drop", alert_id)
    assert again.settled(7) == 7


def test_a_flush_holds_what_changed_and_graves_for_what_was_forgotten() -> None:
    made = role()
    shard = CohortLoader(made, 0).shard()
    shard.apply(records(told(range(2))), Outbox())  # type: ignore[arg-type]
    first = shard.flush(3, Outbox())  # type: ignore[arg-type]
    assert [key for key, value in first.entries if value] == [b"funnel_drop:checkout"]
    assert first.completion is not None
    assert first.completion[0] == COMPLETION_KEY
    assert shard.flush(4, Outbox()).entries == []  # type: ignore[arg-type]
    later = Progress(0, 1, {"page-views": START + 100 * 24 * HOUR_MS})
    shard.apply(records([later], 4), Outbox())  # type: ignore[arg-type]
    assert shard.flush(5, Outbox()).entries == [(b"funnel_drop:checkout", None)]  # type: ignore[arg-type]


def test_what_is_no_count_goes_to_the_dead_letters() -> None:
    made, outbox = role(), Outbox()
    batch: Any = Batch([Record(9, -1, b"k", b"\xc1")])
    CohortLoader(made, 0).shard().apply(batch, outbox)  # type: ignore[arg-type]
    assert [(topic, value) for topic, _, value in outbox.put_on] == [("dead-letters", b"\xc1")]


def test_knobs_of_every_rule_come_from_the_settings() -> None:
    made = role(funnel_drop={"budget": 1.5}, complaint_wave={"enabled": False})
    rules: dict[str, Any] = {rule.name: rule for rule in made.rules}
    assert rules["funnel_drop"].budget == 1.5
    assert not rules["complaint_wave"].enabled
    assert set(rules) == {
        "complaint_wave", "exit_rate", "funnel_drop", "lurking_traffic", "many_at_once", "mention_spike"
    }  # fmt: skip
