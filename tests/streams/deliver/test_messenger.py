from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from sinks import Reason, SinkError
from sinks.alert import Alert
from streams.deliver.change import Change, Kind
from streams.deliver.lane import end
from streams.deliver.messenger import Messenger
from streams.deliver.patience import Patience
from streams.deliver.shard import Parcel
from tests.sinks.samples import alert
from tests.streams.deliver.fakes import FakeShard, FakeSink, Slept, counted, new_metrics, refusal


class Bench:
    """One messenger with everything that a test looks at."""

    def __init__(self, *script: BaseException | None, attempts: int = 3) -> None:
        self.sink = FakeSink(*script)
        self.shard: Any = FakeShard()
        self.slept = Slept()
        self.metrics = new_metrics()
        self.lane = Messenger(self.sink, self.metrics, Patience(attempts), sleep=self.slept, draw=lambda: 0.0)
        self.offset = 0

    def put(self, shard: Any = None, **changes: Any) -> Alert:
        made = alert(**changes)
        self.lane.put(Parcel(shard or self.shard, self.offset, Change(Kind.ALERT, made.alert_id, made)))
        self.offset += 1
        return made

    async def deliver_all(self) -> None:
        while self.lane.waiting:
            await self.lane.deliver_next()

    def outcomes(self, outcome: str) -> float:
        return counted(self.metrics, "rapport_deliveries_total", sink="slack", outcome=outcome)


async def test_alerts_arrive_once_and_in_order() -> None:
    bench = Bench()
    for number in range(5):
        bench.put(alert_id=f"a{number}")
    await bench.deliver_all()
    assert bench.sink.sent == [(f"a{number}", 1) for number in range(5)]
    assert bench.shard.done == [0, 1, 2, 3, 4]
    assert bench.outcomes("sent") == 5


async def test_a_passing_failure_is_tried_again_after_growing_pauses() -> None:
    bench = Bench(refusal(), refusal(), attempts=5)
    bench.put()
    await bench.deliver_all()
    assert len(bench.sink.sent) == 1
    assert bench.slept.each == [0.5, 1.0]
    assert (bench.outcomes("server_error"), bench.outcomes("sent")) == (2, 1)


async def test_the_time_that_the_other_side_names_is_waited_for() -> None:
    bench = Bench(refusal(retry_after=17.0, reason=Reason.RATE_LIMITED))
    bench.put()
    await bench.deliver_all()
    assert bench.slept.each == [17.0]


async def test_an_alert_is_given_up_loudly_and_the_next_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(refusal(), refusal(), refusal())
    bench.put(alert_id="unlucky", version=4)
    bench.put(alert_id="next")
    await bench.deliver_all()
    assert bench.sink.sent == [("next", 1)]
    assert bench.shard.done == [0, 1]
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert line == "slack: GIVEN UP alert unlucky version 4 after 3 attempts: server_error: as told"
    assert (bench.outcomes("given_up"), bench.outcomes("server_error")) == (1, 3)


async def test_a_failure_that_no_try_mends_is_given_up_at_once() -> None:
    bench = Bench(refusal(retryable=False))
    bench.put()
    bench.put(alert_id="next")
    await bench.deliver_all()
    assert (bench.sink.sent, bench.slept.each) == ([("next", 1)], [])


async def test_a_mistake_in_a_sink_costs_one_alert_and_tells_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(KeyError("https://hooks.slack.com/services/SECRET"))
    bench.put(alert_id="odd")
    bench.put(alert_id="next")
    await bench.deliver_all()
    assert bench.sink.sent == [("next", 1)]
    assert "odd" in caplog.text
    assert "KeyError at " in caplog.text
    assert "SECRET" not in caplog.text


async def test_an_older_version_is_left_out_when_a_newer_one_waits_that_says_as_much() -> None:
    bench = Bench()
    bench.put(version=1)
    bench.put(version=2, status="updated")
    bench.put(alert_id="other")
    bench.put(version=3, status="resolved")
    await bench.deliver_all()
    assert [version for name, version in bench.sink.sent if name != "other"] == [3]
    assert bench.shard.done == [0, 1, 2, 3]


async def test_an_older_version_is_told_when_the_newer_one_might_not_be() -> None:
    bench = Bench()
    bench.put(version=1)
    bench.put(version=2, status="updated")
    await bench.deliver_all()
    assert [version for _, version in bench.sink.sent] == [1, 2]


async def test_a_newer_version_that_comes_while_the_older_fails_ends_its_attempts() -> None:
    bench = Bench(refusal(), attempts=100)

    async def resolved_meanwhile(seconds: float) -> None:
        bench.put(version=2, status="resolved")

    bench.lane.sleep = resolved_meanwhile
    bench.put(version=1)
    await bench.deliver_all()
    assert bench.sink.sent == [("6b2f7a54-9a2f-5a63-8a2b-2f1d5ac0de01", 2)]
    assert bench.shard.done == [0, 1]


async def test_what_waits_of_a_partition_that_is_gone_is_dropped() -> None:
    bench = Bench()
    gone: Any = FakeShard()
    bench.put(gone, alert_id="a", version=2, status="resolved")
    bench.put(alert_id="a", version=1)
    gone.is_live = False
    bench.lane.purge()
    await bench.deliver_all()
    assert bench.sink.sent == [("a", 1)]  # the dropped newer version covers nothing


async def test_attempts_end_when_the_partition_is_taken_away() -> None:
    bench = Bench(*[refusal()] * 50, attempts=100)

    async def taken_away(seconds: float) -> None:
        bench.shard.is_live = False

    bench.lane.sleep = taken_away
    bench.put()
    await bench.deliver_all()
    assert bench.sink.attempts == 1


async def test_the_end_lets_what_is_being_sent_arrive_and_begins_nothing_new() -> None:
    bench = Bench()
    begun, release = asyncio.Event(), asyncio.Event()
    send = bench.sink.send

    async def slow(alert: Alert) -> None:
        begun.set()
        await release.wait()
        await send(alert)

    bench.sink.send = slow  # type: ignore[method-assign]
    bench.put(alert_id="under way")
    bench.put(alert_id="waits")
    bench.lane.start()
    await begun.wait()
    ending = asyncio.create_task(bench.lane.rest(60))
    await asyncio.sleep(0)
    release.set()
    await ending
    assert bench.sink.sent == [("under way", 1)]
    assert bench.shard.done == [0]


async def test_the_end_waits_for_no_pause_and_settles_nothing_that_is_not_through() -> None:
    bench = Bench(*[refusal(retry_after=3600.0)] * 2)
    paused = asyncio.Event()

    async def long_pause(seconds: float) -> None:
        paused.set()
        await asyncio.Event().wait()

    bench.lane.sleep = long_pause
    bench.put()
    bench.lane.start()
    await paused.wait()
    await asyncio.wait_for(bench.lane.rest(60), 5)
    assert bench.shard.done == []


async def test_a_failure_at_the_end_leaves_the_alert_to_the_next_start() -> None:
    bench = Bench()
    begun, release = asyncio.Event(), asyncio.Event()

    async def fails(alert: Alert) -> None:
        begun.set()
        await release.wait()
        raise SinkError(Reason.TIMED_OUT, "as told", retryable=True)

    bench.sink.send = fails  # type: ignore[method-assign]
    bench.put()
    bench.lane.start()
    await begun.wait()
    ending = asyncio.create_task(bench.lane.rest(60))
    await asyncio.sleep(0)
    release.set()
    await ending
    assert (bench.shard.done, bench.slept.each) == ([], [])


async def test_what_ends_the_task_is_raised_by_the_check() -> None:
    bench = Bench()
    bench.shard.through = None
    bench.put()
    bench.lane.start()
    assert bench.lane._task is not None
    await asyncio.wait([bench.lane._task])
    with pytest.raises(TypeError, match="not callable"):
        bench.lane.check()


def test_what_is_no_alert_never_gets_into_the_lane() -> None:
    bench = Bench()
    with pytest.raises(TypeError, match="allowed: alerts"):
        bench.lane.put(Parcel(bench.shard, 0, Change(Kind.FORGET_ALERT, "x")))


async def test_a_task_that_swallows_a_cancellation_is_ended_all_the_same() -> None:
    swallowed = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end(task)
    assert swallowed.is_set()
    assert task.cancelled()
