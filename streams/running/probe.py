"""Asks a role over HTTP how it is: one small GET on this machine, without a client library's weight."""

from __future__ import annotations

import asyncio
from typing import Final

ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what is listened on, not by us
_MOST_BYTES: Final = 4 * 1024 * 1024


async def get(host: str, port: int, path: str, *, timeout_seconds: float = 1.0) -> tuple[int, str]:
    """Status and body of ``http://host:port/path``; (0, "") when nobody answers in time."""
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
        return 0, ""
    head, _, body = answer.decode("utf-8", "replace").partition("\r\n\r\n")
    words = head.split(maxsplit=2)
    return (int(words[1]), body) if len(words) > 1 and words[1].isdecimal() else (0, "")


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
