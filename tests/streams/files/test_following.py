from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from streams.files.following import ROOM, followed

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("in_thread", [False, True])
async def test_items_come_in_their_order(in_thread: bool) -> None:
    assert [each async for each in followed(range(3 * ROOM), in_thread=in_thread)] == list(range(3 * ROOM))


@pytest.mark.parametrize("in_thread", [False, True])
async def test_what_reading_raises_is_raised_where_it_is_waited_for(in_thread: bool) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    items = followed(broken(), in_thread=in_thread)
    assert await anext(items) == 1
    with pytest.raises(OSError, match="gone"):
        await anext(items)


async def test_the_loop_goes_on_while_the_reading_waits() -> None:
    more = threading.Event()

    def slow() -> Iterator[int]:
        yield 1
        more.wait(10)
        yield 2

    async def release() -> None:
        more.set()

    found = []
    async for each in followed(slow(), in_thread=True):
        found.append(each)
        if each == 1:
            released = asyncio.get_running_loop().create_task(release())
    await released
    assert found == [1, 2]


async def test_reading_pauses_while_nobody_takes() -> None:
    taken: list[int] = []

    def counting() -> Iterator[int]:
        for number in range(10 * ROOM):
            taken.append(number)
            yield number

    items = followed(counting(), in_thread=True)
    assert await anext(items) == 0
    assert len(taken) <= ROOM + 3
    rest = [each async for each in items]
    assert rest[-1] == 10 * ROOM - 1
