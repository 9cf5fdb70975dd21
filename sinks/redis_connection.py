"""How to reach Redis, for whoever writes or reads the live view."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0


def connect(url: str) -> Redis:
    """A client that connects when first used and answers within seconds or fails; who calls it tries again.

    Raises ValueError, without the address, which may hold a password.
    """
    try:
        return Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        message = "redis.url is no address of a Redis; allowed: redis://HOST:PORT/0, rediss://… or unix://PATH"
        raise ValueError(message) from None
