from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from streams.broker import role_topics, topics
from streams.broker.role_topics import PartitionsError, check
from streams.broker.topics import TopicMissingError
from streams.settings import Broker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.broker.role import Role


class Monitor:
    topics: Sequence[str] = ("interactions",)
    produces: Sequence[str] = ("alerts", "dead-letters")

    def changelog(self, topic: str) -> str | None:
        return "monitor-changelog" if topic == "interactions" else None


def role() -> Role:
    made: Any = Monitor()
    return made  # type: ignore[no-any-return]


ALL = {"interactions": 4, "alerts": 4, "dead-letters": 4, "monitor-changelog": 4}


class Cluster:
    """An admin client of a cluster whose answers come one after the other, the last one again and again."""

    def __init__(self, answers: list[dict[str, int]]) -> None:
        self.answers = answers

    def __call__(self, **_: Any) -> Cluster:
        return self

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def describe_topics(self) -> list[dict[str, Any]]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [{"topic": name, "error_code": 0, "partitions": [{}] * count} for name, count in answer.items()]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def answers(*answers: dict[str, int]) -> None:
        monkeypatch.setattr(topics, "AIOKafkaAdminClient", Cluster(list(answers)))
        monkeypatch.setattr(topics, "ASK_AGAIN_SECONDS", 0)
        monkeypatch.setattr(role_topics, "PATIENCE_SECONDS", 0.05)

    return answers


async def test_missing_topics_are_named_with_the_cure(cluster: Callable[..., None]) -> None:
    cluster({"interactions": 4, "dead-letters": 4})
    with pytest.raises(TopicMissingError) as raised:
        await check(role(), Broker(partitions=4))
    told = "topics alerts, monitor-changelog are missing; `rapport topics --create` makes them"
    assert str(raised.value) == told


async def test_topics_that_are_known_a_moment_later_are_waited_for(cluster: Callable[..., None]) -> None:
    cluster({}, {"interactions": 0}, ALL)
    await check(role(), Broker(partitions=4))


@pytest.mark.parametrize(
    ("kept", "cure"),
    [
        (2, "`kafka-topics.sh --alter --topic monitor-changelog --partitions 4` mends it"),
        (8, "delete monitor-changelog and create it with 4; its state is then made anew from interactions"),
    ],
)
async def test_a_changelog_of_another_number_of_partitions_is_refused(
    cluster: Callable[..., None], kept: int, cure: str
) -> None:
    cluster(ALL | {"monitor-changelog": kept})
    with pytest.raises(PartitionsError) as raised:
        await check(role(), Broker(partitions=4))
    assert str(raised.value) == (
        f"topic interactions has 4 partitions and its changelog monitor-changelog has {kept}; allowed: as many: {cure}"
    )


async def test_another_number_of_partitions_than_the_setting_is_one_warning(
    cluster: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    cluster(ALL | {"alerts": 12})
    with caplog.at_level(logging.WARNING):
        await check(role(), Broker(partitions=4))
    [line] = caplog.messages
    assert line == "broker.partitions is 4, the cluster has other numbers, which count: alerts 12"
    caplog.clear()
    cluster(ALL)
    await check(role(), Broker(partitions=4))
    assert not caplog.messages
