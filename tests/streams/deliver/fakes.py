"""Sinks that do what a test says, and time that passes when it is slept."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from sinks import Reason, SinkError
from sinks.metrics import Metrics
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from sinks.alert import Alert
    from sinks.relationship import Relationship
    from streams.deliver.rebuilding import Page


def refusal(*, retryable: bool = True, retry_after: float | None = None, reason: Reason | None = None) -> SinkError:
    reason = reason or (Reason.SERVER_ERROR if retryable else Reason.REFUSED)
    return SinkError(reason, "as told", retryable=retryable, retry_after=retry_after)


class FakeSink:
    name = "slack"

    def __init__(self, *script: BaseException | None) -> None:
        self.script = deque(script)
        self.sent: list[tuple[str, int]] = []
        self.attempts = 0
        self.closed = False

    async def send(self, alert: Alert) -> None:
        self.attempts += 1
        act = self.script.popleft() if self.script else None
        if act is not None:
            raise act
        self.sent.append((alert.alert_id, alert.version))

    def covers(self, newer: Alert, older: Alert) -> bool:
        return newer.status != "updated"

    async def close(self) -> None:
        self.closed = True


class FakeView:
    """A view in memory; ``script`` holds what the next calls raise, ``poison`` the ids that it refuses."""

    name = "redis_view"
    layout = "1"

    def __init__(self, *script: BaseException | None, poison: Iterable[str] = ()) -> None:
        self.script = deque(script)
        self.poison = set(poison)
        self.alerts: dict[str, int] = {}
        self.people: dict[str, int] = {}
        self.calls: list[str] = []
        self.mark_is: str | None = None
        self.is_building = False
        self.closed = False

    def flush(self) -> None:
        self.alerts, self.people, self.mark_is, self.is_building = {}, {}, None, False

    def _act(self, call: str) -> None:
        self.calls.append(call)
        act = self.script.popleft() if self.script else None
        if act is not None:
            raise act

    def _take(self, held: dict[str, int], versions: Iterable[tuple[str, int]]) -> int:
        for one, version in versions:
            if one in self.poison:
                raise refusal(retryable=False)
            held[one] = max(version, held.get(one, 0))
        return 0

    async def send_many(self, alerts: Iterable[Alert]) -> int:
        self._act("send_many")
        return self._take(self.alerts, [(one.alert_id, one.version) for one in alerts])

    async def send_relationships(self, records: Iterable[Relationship]) -> int:
        self._act("send_relationships")
        return self._take(self.people, [(one.stakeholder, one.version) for one in records])

    async def forget_alert(self, alert_id: str) -> bool:
        self._act("forget_alert")
        return self.alerts.pop(alert_id, None) is not None

    async def forget_relationship(self, stakeholder: str) -> bool:
        self._act("forget_relationship")
        return self.people.pop(stakeholder, None) is not None

    async def flushed(self, build: str) -> bool:
        self._act("flushed")
        return self.mark_is != build

    async def begin(self) -> None:
        self._act("begin")
        self.is_building = True

    async def mark(self, build: str) -> bool:
        self._act("mark")
        if self.is_building:
            self.mark_is = build
        return self.is_building

    async def wipe(self) -> int:
        self.flush()
        return 0

    async def close(self) -> None:
        self.closed = True


class Slept:
    """Stands in for asyncio.sleep; ``each`` holds the seconds asked for."""

    def __init__(self) -> None:
        self.each: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.each.append(seconds)


class FakeShard:
    def __init__(self) -> None:
        self.is_live = True
        self.done: list[int] = []

    def through(self, offset: int) -> None:
        self.done.append(offset)


def new_metrics() -> Metrics:
    return Metrics(
        sources=(),
        rules=("third_channel",),
        topics=(),
        sinks=("slack", "redis_view", "terminal"),
        dead_letter_reasons=("bad_alert", "bad_relationship"),
        strict=True,
    )


def counted(metrics: Metrics, name: str, **labels: str) -> float:
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return 0.0


def settings(**deliver: Any) -> Settings:
    return Settings.model_validate({"deliver": deliver, "redis": {"url": ""}})


async def pages_of(*pages: Page) -> AsyncGenerator[Page]:
    for page in pages:
        yield page
