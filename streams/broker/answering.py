"""Asks a program on 127.0.0.1 whether it is ready, in its own protocol."""

import asyncio
import socket
import threading

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from streams.broker.ports import HOST

_TIMEOUT_SECONDS = 5


def listens(port: int) -> bool:
    """Say whether anything listens on this port of 127.0.0.1."""
    try:
        socket.create_connection((HOST, port), _TIMEOUT_SECONDS).close()
    except OSError:
        return False
    return True


def broker_answers(port: int) -> bool:
    """Say whether a Kafka broker names its members; asked by aiokafka, as the workers will.

    Runs in a thread of its own, so that it may be called with and without a running event loop.
    """
    if not listens(port):  # aiokafka would log an error for what is only early
        return False
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(asyncio.run(_has_members(port))))
    thread.start()
    thread.join()
    return bool(answers and answers[0])


async def _has_members(port: int) -> bool:
    client = AIOKafkaClient(bootstrap_servers=f"{HOST}:{port}", request_timeout_ms=_TIMEOUT_SECONDS * 1000)
    try:
        await client.bootstrap()
        return bool((await client.fetch_all_metadata()).brokers())
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


def redis_answers(port: int) -> bool:
    """Say whether a Redis server answers PING."""
    try:
        with socket.create_connection((HOST, port), _TIMEOUT_SECONDS) as connection:
            connection.settimeout(_TIMEOUT_SECONDS)
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
