"""Asks a role over HTTP how it is: one small GET on this machine, without a client library's weight."""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from sinks.metrics_server import PROCESS_HEADER

ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what is listened on, not by us
_MOST_BYTES: Final = 4 * 1024 * 1024


class Answer(NamedTuple):
    """What was answered, and by which process if it says so; status 0 when nobody did."""

    status: int
    body: str
    pid: int | None = None


NOBODY: Final = Answer(0, "")


async def get(host: str, port: int, path: str, *, timeout_seconds: float = 1.0) -> Answer:
    """The answer of ``http://host:port/path``; NOBODY's when none comes in time."""
    try:
        async with asyncio.timeout(timeout_seconds):
            reader, writer = await asyncio.open_connection(ANYWHERE.get(host, host), port)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
                answer = await reader.read(_MOST_BYTES)
                while len(answer) < _MOST_BYTES and (more := await reader.read(_MOST_BYTES - len(answer))):
                    answer += more
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return NOBODY
    head, _, body = answer.decode("utf-8", "replace").partition("\r\n\r\n")
    words = head.split(maxsplit=2)
    if len(words) < 2 or not words[1].isdecimal():
        return NOBODY
    return Answer(int(words[1]), body, _pid(head))


def _pid(head: str) -> int | None:
    for line in head.splitlines()[1:]:
        name, _, value = line.partition(":")
        if name.lower() == PROCESS_HEADER.lower() and value.strip().isdecimal():
            return int(value)
    return None


def totals(exposition: str) -> dict[str, float]:
    """The sum over all labels of each series in the text format of Prometheus; lines of another kind are left out."""
    found: dict[str, float] = {}
    for line in exposition.splitlines():
        series, _, value = line.rpartition(" ")
        if not series or line.startswith("#"):
            continue
        name = series.partition("{")[0]
        try:
            found[name] = found.get(name, 0.0) + float(value)
        except ValueError:
            continue
    return found
