import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streams.broker.ports import free_port
from streams.running.probe import NOBODY, get, totals

HOST = "127.0.0.1"


@asynccontextmanager
async def answering(*pieces: bytes) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(answer, HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_an_answer_is_read_to_its_end_however_it_is_cut() -> None:
    async with answering(b"HTTP/1.0 200 OK\r\nServer: x\r", b"\n\r\none\n", b"two\n") as port:
        assert await get(HOST, port, "/metrics") == (200, "one\ntwo\n", None)


async def test_a_refusal_is_told_by_its_status() -> None:
    async with answering(b"HTTP/1.0 503 Service Unavailable\r\n\r\nnot ready\n") as port:
        assert await get(HOST, port, "/readyz") == (503, "not ready\n", None)


async def test_an_answer_tells_whose_it_is() -> None:
    async with answering(b"HTTP/1.0 200 OK\r\nServer: x\r\nrapport-process: 42\r\n\r\nready\n") as port:
        assert (await get(HOST, port, "/readyz")).pid == 42


async def test_who_does_not_answer_gives_no_status() -> None:
    assert await get(HOST, free_port(), "/readyz") == NOBODY


async def test_who_answers_too_late_or_no_http_gives_no_status() -> None:
    async with answering(b"") as port:
        assert await get(HOST, port, "/readyz") == NOBODY

    async def sleep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)
        writer.close()

    server = await asyncio.start_server(sleep, HOST, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await get(HOST, port, "/readyz", timeout_seconds=0.05) == NOBODY
        await asyncio.sleep(0.5)


def test_series_are_summed_over_their_labels_and_comments_left_out() -> None:
    exposition = (
        '# HELP rapport_events_total Events\nrapport_events_total{source="a b",outcome="mapped"} 3.0\n'
        'rapport_events_total{source="tweets",outcome="ignored"} 2.0\nrapport_people 7.0\n'
        "nonsense\nworse than nothing\n"
    )
    assert totals(exposition) == {"rapport_events_total": 5.0, "rapport_people": 7.0}
