"""Alerts that one about many stands for are not told; without an answer of the view all are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from sinks import SinkError
from streams.deliver.change import Change, Kind
from streams.deliver.folding import PAUSE_SECONDS, Folding
from streams.deliver.messenger import Messenger
from streams.deliver.patience import Patience
from streams.deliver.shard import Parcel
from tests.sinks.samples import alert, cohort_alert, evidence
from tests.streams.deliver.fakes import FakeShard, FakeSink, Slept, counted, new_metrics, refusal

if TYPE_CHECKING:
    from sinks.alert import Alert


class FakeFolds:
    """Withholds the alerts of these reasons; ``script`` holds what the next questions raise."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = set(reasons)
        self.asked: list[tuple[str, str, str]] = []
        self.script: list[SinkError | None] = []

    async def withholds(self, sink: str, alert: Alert, reason: str) -> bool:
        self.asked.append((sink, alert.alert_id, reason))
        act = self.script.pop(0) if self.script else None
        if act is not None:
            raise act
        return reason in self.reasons


class Bench:
    """A messenger that asks, with a clock moved by hand."""

    def __init__(self, folds: FakeFolds | None, *script: BaseException | None) -> None:
        self.now = 100.0
        self.sink = FakeSink(*script)
        self.shard: Any = FakeShard()
        self.metrics = new_metrics()
        folding = Folding(folds, now=lambda: self.now)
        self.lane = Messenger(self.sink, self.metrics, Patience(5), folding, sleep=Slept(), draw=lambda: 0.0)

    async def deliver(self, *alerts: Alert) -> list[tuple[str, int]]:
        for offset, one in enumerate(alerts):
            self.lane.put(Parcel(self.shard, offset, Change(Kind.ALERT, one.alert_id, one)))
        while self.lane.waiting:
            await self.lane.deliver_next()
        return self.sink.sent

    def outcomes(self, outcome: str) -> float:
        return counted(self.metrics, "rapport_deliveries_total", sink="slack", outcome=outcome)


async def test_a_folded_alert_is_settled_counted_and_not_sent() -> None:
    bench = Bench(FakeFolds("third_channel:customer"))
    sent = await bench.deliver(alert(), alert(alert_id="other", rule="silent_stop"))
    assert sent == [("other", 1)]
    assert bench.shard.done == [0, 1]
    assert (bench.outcomes("folded"), bench.outcomes("sent")) == (1, 1)


async def test_what_people_are_alike_in_is_part_of_the_question() -> None:
    folds = FakeFolds()
    steps = [evidence(1, excerpt="cart"), evidence(2, excerpt="payment")]
    await Bench(folds).deliver(alert(rule="exit_spike", evidence=steps))
    assert folds.asked == [("slack", alert().alert_id, "exit_spike:customer:step:payment")]


async def test_nobody_asks_about_cohorts_and_private_rules() -> None:
    folds = FakeFolds()
    sent = await Bench(folds).deliver(
        cohort_alert(), alert(alert_id="1", rule="copy_cat"), alert(alert_id="2", rule="new")
    )
    assert len(sent) == 3
    assert folds.asked == []


async def test_it_is_asked_again_before_each_attempt() -> None:
    folds = FakeFolds()
    bench = Bench(folds, refusal(), refusal())

    async def sleep(seconds: float) -> None:
        folds.reasons.add("third_channel:customer")

    bench.lane.sleep = sleep
    assert await bench.deliver(alert()) == []
    assert (bench.outcomes("server_error"), bench.outcomes("folded")) == (1, 1)


async def test_a_version_that_a_newer_one_covers_is_withheld_first_so_that_the_newer_one_is() -> None:
    folds = FakeFolds("third_channel:customer")
    assert await Bench(folds).deliver(alert(), alert(version=2, status="resolved")) == []
    assert len(folds.asked) == 2


async def test_without_an_answer_everything_is_told_and_that_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    folds = FakeFolds("third_channel:customer")
    bench = Bench(folds)
    folds.script = [refusal(), refusal()]
    await bench.deliver(alert(alert_id="1"))
    await bench.deliver(alert(alert_id="2"))
    assert len(folds.asked) == 1
    bench.now += PAUSE_SECONDS
    await bench.deliver(alert(alert_id="3"))
    bench.now += PAUSE_SECONDS
    assert await bench.deliver(alert(alert_id="4")) == [("1", 1), ("2", 1), ("3", 1)]
    assert len(folds.asked) == 3
    lines = [record.getMessage() for record in caplog.records if record.name.endswith("folding")]
    assert len(lines) == 2
    assert "told one by one: server_error" in lines[0]
    assert "known again" in lines[1]


async def test_without_a_view_nothing_is_folded() -> None:
    assert await Bench(None).deliver(alert()) == [(alert().alert_id, 1)]
