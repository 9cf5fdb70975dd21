"""Who stood still for too long writes nothing more."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from streams.broker.stall import StalledError, StallGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT_SECONDS = 3.0


class Client:
    """Counts what it is given to send."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, node: int, request: str, *, group: str = "default") -> str:
        self.sent.append(f"{node} {request} {group}")
        return "answer"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    clock = [100.0]
    monkeypatch.setattr("streams.broker.stall.time.monotonic", lambda: clock[0])

    def passes(seconds: float) -> None:
        clock[0] += seconds

    return passes


@pytest.fixture
def failures() -> list[BaseException]:
    return []


@pytest.fixture
def guard(now: Callable[[float], None], failures: list[BaseException]) -> Iterator[StallGuard]:
    made = StallGuard(LIMIT_SECONDS, failures.append)
    yield made
    made.stop()


def test_a_gap_up_to_the_limit_is_fine_and_a_longer_one_is_not(
    guard: StallGuard, now: Callable[[float], None], failures: list[BaseException]
) -> None:
    now(LIMIT_SECONDS)
    guard.check()
    now(0.1)
    with pytest.raises(StalledError, match=r"stood still for 3\.1 s; allowed: 3 s"):
        guard.check()
    assert [type(error) for error in failures] == [StalledError]


async def test_nothing_is_sent_after_a_stall(guard: StallGuard, now: Callable[[float], None]) -> None:
    client = Client()
    guard.watch(client)
    guard.start()
    assert await client.send(1, "before", group="g") == "answer"
    now(LIMIT_SECONDS + 1)
    with pytest.raises(StalledError):
        await client.send(1, "after")
    assert client.sent == ["1 before g"]


async def test_before_it_beats_the_guard_lets_everything_through(
    guard: StallGuard, now: Callable[[float], None]
) -> None:
    client = Client()
    guard.watch(client)
    now(LIMIT_SECONDS + 1)
    await client.send(1, "metadata")
    assert client.sent == ["1 metadata default"]


async def test_who_is_let_go_on_looks_at_once(
    guard: StallGuard, now: Callable[[float], None], failures: list[BaseException]
) -> None:
    guard.start()
    os.kill(os.getpid(), signal.SIGCONT)
    await asyncio.sleep(0)
    assert not failures
    now(LIMIT_SECONDS + 1)
    with pytest.raises(StalledError):
        os.kill(os.getpid(), signal.SIGCONT)
    assert len(failures) == 1
