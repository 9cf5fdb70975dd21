"""The processes that judge: each has some of the partitions, gets a batch at a time and answers it.

The parent asks only who has answered, so neither side ever waits for the other to empty a pipe.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from streams.backtest.judging import Judge
from streams.backtest.messages import Answer, Batch, Conclusion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from streams.settings import Settings

_END: Final = b""
_encode = msgspec.msgpack.Encoder().encode
_batch = msgspec.msgpack.Decoder(Batch).decode
_answer = msgspec.msgpack.Decoder(Answer).decode
_conclusion = msgspec.msgpack.Decoder(Conclusion).decode


class LaneError(RuntimeError):
    """A process ended before its work was done."""


class Lane(Protocol):
    """Judges the partitions of ``numbers``; each batch asked must be answered before the next."""

    numbers: Sequence[int]

    def ask(self, batch: Batch) -> None:
        """Hand over the next batch."""

    def answer(self) -> Answer:
        """Wait for what it came to."""

    def conclude(self) -> Conclusion:
        """End the work; gives what there is to say in the end."""


class Here:
    """A lane in this process, where there is but one."""

    def __init__(self, sides: Sequence[Settings], numbers: Sequence[int]) -> None:
        self.numbers = numbers
        self._judge = Judge(sides, numbers)
        self._answer = Answer(0, [], [])

    def ask(self, batch: Batch) -> None:
        """Judge the batch at once."""
        self._answer = self._judge.take(batch)

    def answer(self) -> Answer:
        """What it came to."""
        return self._answer

    def conclude(self) -> Conclusion:
        """What there is to say in the end."""
        return self._judge.concluded()


class Beside:
    """A lane in a process of its own."""

    def __init__(self, sides: Sequence[Settings], numbers: Sequence[int]) -> None:
        self.numbers = numbers
        context = multiprocessing.get_context("spawn")  # forked, it would have our threads' locks without the threads
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, sides, numbers), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, batch: Batch) -> None:
        """Send the batch; raises LaneError when the process has ended."""
        self._send(_encode(batch))

    def answer(self) -> Answer:
        """Wait for what it came to; raises LaneError likewise."""
        return _answer(self._receive())

    def conclude(self) -> Conclusion:
        """End the process; gives what it has to say."""
        self._send(_END)
        conclusion = _conclusion(self._receive())
        self._process.join()
        return conclusion

    def close(self) -> None:
        """End the process, whatever it does."""
        self._pipe.close()
        self._process.terminate()
        self._process.join()
        self._process.close()

    def _send(self, message: bytes) -> None:
        try:
            self._pipe.send_bytes(message)
        except OSError:
            raise self._ended() from None

    def _receive(self) -> bytes:
        try:
            return self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise self._ended() from None

    def _ended(self) -> LaneError:
        self._process.join()
        return LaneError(f"a process that judged ended with code {self._process.exitcode}")


@contextlib.contextmanager
def open_lanes(sides: Sequence[Settings], partitions: int) -> Iterator[list[Lane]]:
    """As many lanes as there are cores and partitions to fill them; the processes end with the context."""
    processes = min(cores(), partitions)
    shares = [range(number, partitions, processes) for number in range(processes)]
    if processes == 1:
        yield [Here(sides, shares[0])]
        return
    lanes: list[Beside] = []
    try:
        with _uninterrupted():
            lanes.extend(Beside(sides, share) for share in shares)
        yield [*lanes]
    finally:
        for lane in lanes:
            lane.close()


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes started meanwhile take no notice of Ctrl-C, which reaches all: their parent ends them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(pipe: Connection, sides: Sequence[Settings], numbers: Sequence[int]) -> None:
    """Answer batches until there are no more, or until the parent has gone."""
    gc.disable()  # people hold no cycles, and the end of the process is near
    judge = Judge(sides, numbers)
    with contextlib.suppress(EOFError, ConnectionError):
        while message := pipe.recv_bytes():
            pipe.send_bytes(_encode(judge.take(_batch(message))))
        pipe.send_bytes(_encode(judge.concluded()))
