from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import sinks
from sinks import Sink, View, configured, found
from sinks.alert import encode_alert
from sinks.relationship import encode_relationship
from streams.broker.whole_batches import RecordBatch
from streams.deliver import lane as lanes
from streams.deliver.role import DeliverRole
from streams.settings import Settings, SettingsError
from tests.sinks.samples import alert, relationship
from tests.streams.deliver.fakes import FakeSink, FakeView, counted, new_metrics, refusal, settings

if TYPE_CHECKING:
    from streams.deliver.shard import DeliverShard


class Outbox:
    def __init__(self) -> None:
        self.records: list[tuple[Any, ...]] = []

    def put(self, topic: str, key: bytes | None, value: bytes | None, **more: Any) -> None:
        self.records.append((topic, key, value, dict(more["headers"])))


def batch(first: int, *records: tuple[bytes | None, bytes | None]) -> RecordBatch:
    made = [
        SimpleNamespace(offset=first + number, timestamp=1_772_360_100_000, key=key, value=value, headers=[])
        for number, (key, value) in enumerate(records)
    ]
    return RecordBatch(first, first + len(records), made)


class Bench:
    def __init__(self, *sinks: Any) -> None:
        self.outbox: Any = Outbox()
        self.metrics = new_metrics()
        self.role = DeliverRole(settings(), self.metrics, sinks)
        self.shards: dict[tuple[str, int], DeliverShard] = {}

    def assign(self, *places: tuple[str, int]) -> None:
        self.shards = {place: self.role.loader(*place).shard() for place in places}
        self.role.assigned(self.shards, self.outbox)

    def take(self, topic: str, first: int, *records: tuple[bytes | None, bytes | None]) -> DeliverShard:
        shard = self.shards[topic, 0]
        shard.apply(batch(first, *records), self.outbox)
        return shard


ALERT = (b"c-1042", encode_alert(alert()))
STATE = (alert().alert_id.encode(), encode_alert(alert()))
PERSON = (b"c-1042", encode_relationship(relationship()))


async def until(question: Any) -> None:
    async with asyncio.timeout(5):
        while not question():  # noqa: ASYNC110 - the lanes are tasks that say nothing
            await asyncio.sleep(0)


async def test_every_sink_gets_every_alert_and_the_view_gets_the_state() -> None:
    one, two, view = FakeSink(), FakeSink(), FakeView()
    bench = Bench(one, two, view)
    bench.assign(("alerts", 0), ("alert-state", 0), ("relationships", 0))
    told = bench.take("alerts", 5, ALERT)
    state = bench.take("alert-state", 0, STATE)
    people = bench.take("relationships", 7, PERSON)
    assert (told.settled(6), state.settled(1), people.settled(8)) == (5, 0, 7)
    await until(lambda: (told.settled(6), state.settled(1), people.settled(8)) == (6, 1, 8))
    assert one.sent == two.sent == [(alert().alert_id, 1)]
    assert (view.alerts, view.people) == ({alert().alert_id: 1}, {"c-1042": 4})
    await bench.role.rest()
    assert (one.closed, two.closed, view.closed) == (True, True, True)


async def test_nothing_is_settled_past_what_the_slowest_sink_has() -> None:
    fast, dead = FakeSink(), FakeSink(*[refusal(retry_after=3600)] * 9)
    bench = Bench(fast, dead)
    bench.assign(("alerts", 0))
    shard = bench.take("alerts", 0, ALERT, (b"c", encode_alert(alert(alert_id="b"))))
    await until(lambda: len(fast.sent) == 2 and dead.attempts == 1)
    assert shard.settled(2) == 0
    await bench.role.rest()
    assert shard.settled(2) == 0


async def test_a_dead_sink_holds_up_neither_another_one_nor_the_view() -> None:
    dead, fast, view = FakeSink(*[refusal(retry_after=3600)] * 9), FakeSink(), FakeView()
    bench = Bench(dead, fast, view)
    bench.assign(("alerts", 0), ("alert-state", 0))
    for number in range(20):
        bench.take("alerts", number, (b"c", encode_alert(alert(alert_id=f"a{number}"))))
        bench.take("alert-state", number, (f"a{number}".encode(), encode_alert(alert(alert_id=f"a{number}"))))
    await until(lambda: len(fast.sent) == len(view.alerts) == 20)
    assert dead.sent == []
    await bench.role.rest()


async def test_too_much_waiting_pauses_the_topics_that_fill_it_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_WAITING", 3)
    bench = Bench(FakeSink(), FakeView())
    bench.shards = {(topic, 0): bench.role.loader(topic, 0).shard() for topic in bench.role.topics}
    bench.take("alerts", 0, ALERT, ALERT)
    assert not bench.role.is_full("alerts")
    bench.take("alerts", 2, ALERT)
    assert [bench.role.is_full(topic) for topic in bench.role.topics] == [True, False, False]
    bench.take("relationships", 0, PERSON, PERSON, PERSON)
    assert [bench.role.is_full(topic) for topic in bench.role.topics] == [True, True, True]
    bench.role.beat(SimpleNamespace())  # type: ignore[arg-type]
    assert counted(bench.metrics, "rapport_delivery_queue") == 6


async def test_bad_records_are_buried_untouched_and_the_next_are_delivered() -> None:
    sink = FakeSink()
    bench = Bench(sink, FakeView())
    bench.assign(("alerts", 0), ("relationships", 0))
    shard = bench.take("alerts", 3, (b"k", b"\x00\xff"), ALERT)
    bench.take("relationships", 0, (None, b"{}"))
    await until(lambda: shard.settled(5) == 5)
    assert len(sink.sent) == 1
    [(topic, key, value, headers), (_, _, _, other)] = bench.outbox.records
    assert (topic, key, value) == ("dead-letters", b"alerts", b"\x00\xff")
    assert (headers["reason"], headers["partition"], headers["offset"]) == (b"bad_alert", b"0", b"3")
    assert headers["key"] == b"k"
    assert other["reason"] == b"bad_relationship"
    assert counted(bench.metrics, "rapport_dead_letters_total", reason="bad_alert") == 1
    await bench.role.rest()


async def test_a_partition_that_is_read_anew_tells_nothing_twice() -> None:
    sink = FakeSink()
    bench = Bench(sink)
    bench.shards = {("alerts", 0): bench.role.loader("alerts", 0).shard()}
    bench.role._shards = set(bench.shards.values())
    bench.take("alerts", 0, ALERT, (b"c", encode_alert(alert(alert_id="b"))))
    bench.assign(("alerts", 0))  # the old shard is gone with what waited of it
    shard = bench.take("alerts", 0, ALERT, (b"c", encode_alert(alert(alert_id="b"))))
    await until(lambda: shard.settled(2) == 2)
    assert [name for name, _ in sink.sent] == [alert().alert_id, "b"]
    await bench.role.rest()


async def test_without_any_sink_everything_is_settled_at_once() -> None:
    bench = Bench()
    bench.assign(("alerts", 0))
    assert bench.take("alerts", 0, ALERT).settled(1) == 1


def test_sinks_are_found_by_their_files_and_named_like_them() -> None:
    assert found() == ["redis_view", "slack", "terminal"]
    all_on = Settings.model_validate(
        {"deliver": {"terminal": True, "slack_webhook_url": "https://hooks.slack.com/services/T/B/x"}}
    )
    made = configured(all_on)
    assert [sink.name for sink in made] == found()
    assert [isinstance(sink, View) for sink in made] == [True, False, False]


def test_a_sink_of_ones_own_needs_its_file_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def from_settings(tree: Any) -> Sink | None:
        given.append(tree.deliver.sinks.get("pager"))
        return FakeSink() if given[-1] else None

    modules = sinks._modules() | {"pager": SimpleNamespace(from_settings=from_settings)}
    monkeypatch.setattr(sinks, "_modules", lambda: modules)
    assert configured(settings()) == []
    [made] = configured(settings(sinks={"pager": {"number": "1"}}))
    assert isinstance(made, FakeSink)
    assert given == [None, {"number": "1"}]


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"deliver": {"sinks": {"fax": {}}}}, "deliver.sinks.fax is unknown; allowed: redis_view, slack, terminal"),
        ({"deliver": {"slack_webhook_url": "http://evil.example/SECRET"}}, "allowed: https://hooks.slack.com"),
        ({"redis": {"url": "nonsense://:SECRET@x"}}, "allowed: redis://HOST:PORT/0"),
    ],
)
def test_absurd_settings_of_sinks_stop_the_start_and_tell_no_secret(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        DeliverRole(Settings.model_validate(tree), new_metrics())
    assert "SECRET" not in str(caught.value)
