"""Reading that may block for ever, beside an event loop that must go on."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

T = TypeVar("T")

ROOM: Final = 5_000
"""Items that may wait to be taken; then the reading pauses."""


async def followed(items: Iterable[T], *, in_thread: bool) -> AsyncIterator[T]:
    """The items in their order; what reading them raises is raised here.

    ``in_thread`` reads in a daemon thread, so that neither the loop nor the end of the process waits for a pipe.
    """
    if not in_thread:
        for item in items:
            yield item
        return
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[T | BaseException | None] = asyncio.Queue()
    room = threading.Semaphore(ROOM)

    def put(item: T | BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants it any more
            loop.call_soon_threadsafe(queue.put_nowait, item)

    def read() -> None:
        try:
            for item in items:
                room.acquire()
                put(item)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            put(error)
        else:
            put(None)

    threading.Thread(target=read, name="reading", daemon=True).start()
    while (taken := await queue.get()) is not None:
        if isinstance(taken, BaseException):
            raise taken
        room.release()
        yield taken
