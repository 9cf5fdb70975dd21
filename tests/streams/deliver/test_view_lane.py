from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.errors import KafkaConnectionError

from sinks import Reason
from streams.deliver.change import Change, Kind
from streams.deliver.rebuilding import Page, rebuild
from streams.deliver.shard import Parcel
from streams.deliver.view_lane import ViewLane
from streams.deliver.view_writer import ViewWriter
from tests.sinks.samples import alert, relationship
from tests.streams.deliver.fakes import FakeShard, FakeView, Slept, counted, new_metrics, pages_of, refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


def known(name: str, version: int = 1) -> Change:
    return Change(Kind.ALERT, name, alert(alert_id=name, version=version))


def person(name: str, version: int = 1) -> Change:
    return Change(Kind.RELATIONSHIP, name, relationship(stakeholder=name, version=version))


def forgotten(name: str) -> Change:
    return Change(Kind.FORGET_RELATIONSHIP, name)


class Bench:
    def __init__(self, view: FakeView, *log: Page) -> None:
        self.view = view
        self.shard: Any = FakeShard()
        self.slept = Slept()
        self.metrics = new_metrics()
        self.log = list(log)
        self.lane = ViewLane(view, self.metrics, self.read_log, sleep=self.slept, draw=lambda: 0.0)
        self.offset = 0

    def read_log(self) -> AsyncGenerator[Page]:
        return pages_of(*self.log)

    def put(self, *changes: Change) -> None:
        for change in changes:
            self.lane.put(Parcel(self.shard, self.offset, change))
            self.offset += 1

    async def step(self) -> None:
        await self.lane.look()
        await self.lane.deliver_some()


async def test_changes_are_written_in_groups_and_settled() -> None:
    bench = Bench(FakeView())
    bench.put(known("a"), known("b"), person("p"), person("q"), forgotten("q"), known("a", 2))
    await bench.step()
    assert (bench.view.alerts, bench.view.people) == ({"a": 2, "b": 1}, {"p": 1})
    assert bench.view.calls.count("send_many") == 2
    assert bench.shard.done == list(range(6))
    assert counted(bench.metrics, "rapport_deliveries_total", sink="redis_view", outcome="sent") == 3


async def test_a_view_that_is_gone_is_waited_for_as_long_as_it_takes(caplog: pytest.LogCaptureFixture) -> None:
    view = FakeView()
    view.mark_is = "1"
    bench = Bench(view)
    bench.put(known("a"))
    view.script.extend([None, *[refusal(reason=Reason.CONNECTION_LOST)] * 100])
    await bench.step()
    assert (view.alerts, bench.shard.done) == ({"a": 1}, [0])
    assert len(bench.slept.each) == 100
    assert max(bench.slept.each) <= 2.0
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 7


async def test_a_view_that_is_closed_to_us_is_waited_for_too() -> None:
    view = FakeView(None, refusal(retryable=False, reason=Reason.MISCONFIGURED))
    view.mark_is = "1"
    bench = Bench(view)
    bench.put(known("a"))
    await bench.step()
    assert view.alerts == {"a": 1}


async def test_a_record_that_the_view_refuses_is_given_up_and_the_rest_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(FakeView(poison=["bad"]))
    bench.put(known("a"), known("bad"), known("b"))
    await bench.step()
    assert bench.view.alerts == {"a": 1, "b": 1}
    assert bench.shard.done == [0, 1, 2]
    assert "GIVEN UP alert bad: refused" in caplog.text
    assert counted(bench.metrics, "rapport_deliveries_total", sink="redis_view", outcome="given_up") == 1


async def test_a_flushed_view_is_made_anew_from_the_log_and_marked() -> None:
    bench = Bench(FakeView(), Page([known("a"), known("b")], 2), Page([person("p"), person("q"), forgotten("q")], 5))
    await bench.lane.look()
    assert (bench.view.alerts, bench.view.people, bench.view.mark_is) == ({"a": 1, "b": 1}, {"p": 1}, "1")
    bench.view.flush()
    await bench.lane.look()
    assert (bench.view.alerts, bench.view.people, bench.view.mark_is) == ({"a": 1, "b": 1}, {"p": 1}, "1")


async def test_a_view_that_is_whole_is_left_alone() -> None:
    view = FakeView()
    view.mark_is = "1"
    bench = Bench(view, Page([known("a")], 1))
    await bench.lane.look()
    assert view.calls == ["flushed"]


async def test_a_view_of_another_layout_is_made_anew() -> None:
    view = FakeView()
    view.mark_is = "0"
    bench = Bench(view, Page([known("a")], 1))
    await bench.lane.look()
    assert (view.alerts, view.mark_is) == ({"a": 1}, "1")


async def test_a_view_that_is_flushed_while_it_is_made_anew_is_not_marked_and_made_again() -> None:
    bench = Bench(FakeView())

    async def flushed_midway() -> AsyncGenerator[Page]:
        yield Page([known("a")], 1)
        bench.view.flush()
        yield Page([known("b")], 2)

    bench.lane._read_log = flushed_midway
    await bench.lane.look()
    assert await bench.view.flushed("1")
    bench.lane._read_log = bench.read_log
    bench.log = [Page([known("a"), known("b")], 2)]
    await bench.lane.look()
    assert (bench.view.alerts, bench.view.mark_is) == ({"a": 1, "b": 1}, "1")


async def test_a_log_that_cannot_be_read_is_tried_again_later_and_deliveries_go_on() -> None:
    bench = Bench(FakeView())

    async def broken() -> AsyncGenerator[Page]:
        for page in (Page([known("b")], 1), None):
            if page is None:
                raise KafkaConnectionError("as told")
            yield page

    bench.lane._read_log = broken
    bench.put(known("a"))
    await bench.step()
    await bench.lane.look()
    assert bench.view.alerts == {"a": 1, "b": 1}
    assert bench.view.mark_is is None
    assert bench.slept.each == [0.05, 0.1]


async def test_a_view_that_does_not_say_whether_it_was_flushed_is_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(FakeView(refusal(), refusal(), refusal()), Page([known("a")], 1))
    for _ in range(3):
        await bench.lane.look()
    assert bench.view.alerts == {}
    assert len(caplog.records) == 2
    await bench.lane.look()
    assert bench.view.alerts == {"a": 1}


async def test_what_waits_of_a_partition_that_is_gone_is_not_written() -> None:
    bench = Bench(FakeView())
    bench.put(known("a"))
    bench.shard.is_live = False
    await bench.step()
    assert (bench.view.alerts, bench.shard.done) == ({}, [])


async def test_the_end_cuts_a_wait_for_the_view_short() -> None:
    view = FakeView(*[refusal()] * 1000)
    bench = Bench(view)
    waits = asyncio.Event()

    async def for_ever(seconds: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    bench.lane._writer._sleep = for_ever
    bench.put(known("a"))
    bench.lane.start()
    await waits.wait()
    await asyncio.wait_for(bench.lane.rest(60), 5)
    assert bench.shard.done == []


async def test_a_rebuild_counts_what_it_did() -> None:
    writer = ViewWriter(FakeView(poison=["bad"]), sleep=Slept())
    seen: list[int] = []
    pages = pages_of(Page([known("a"), known("bad"), person("p"), forgotten("p")], 9, unreadable=2))
    built = await rebuild(writer, pages, lambda page: seen.append(page.offsets))
    assert built is not None
    assert (built.records, built.refused, built.unreadable, seen) == (4, 1, 2, [9])
    assert built.sentence().startswith("2 versions of alerts and 1 of relationships, 1 forgotten, in 0.0 s")
    assert built.sentence().endswith("2 records were unreadable, 1 refused")
