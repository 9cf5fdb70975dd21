"""Slack, by an incoming webhook: one message for each version that is worth somebody's attention.

A webhook can neither update nor delete a message nor learn its id, and it has no idempotency key
(docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). So a connection that drops after the request was
sent is ambiguous, and the retry may post twice: delivery is at least once, and each message names its version.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp

from sinks import Reason, SinkError
from sinks.slack_answer import outcome
from sinks.slack_message import render
from sinks.wording import CLOSED, SEVERITY_RANK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from sinks.alert import Alert, Audience

__all__ = ["SlackSink", "render"]

HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_BODY_LIMIT_BYTES = 4096
_TEAM: tuple[Audience, ...] = ("team",)
_REMEMBERED = 10_000
_PAUSE_SECONDS = 30.0  # after a 429 that names no readable time


class _Posted(NamedTuple):
    version: int
    severity: int
    closed: bool


class SlackSink:
    """Posts alerts to one channel, at most one a second; ``close()`` when done.

    ``audiences`` are those whose alerts this channel may show: a private alert never reaches a channel of the team.
    The address is a secret: it stands in no repr, message or log line of ours.
    """

    name = "slack"

    def __init__(
        self,
        url: str,
        *,
        audiences: Collection[Audience] = _TEAM,
        timeout_seconds: float = 10.0,
        allow_loopback: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        _check_address(url, allow_loopback=allow_loopback)
        self._url = url
        self._audiences = frozenset(audiences)
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._pace = Pace(1.0, clock, sleep)
        self._posted: OrderedDict[str, _Posted] = OrderedDict()
        self._session: aiohttp.ClientSession | None = None

    def wants(self, alert: Alert) -> bool:
        """Tell whether this version deserves a ping: it opened, got worse, reopened, was resolved or was withdrawn.

        Mere growth of the evidence pings nobody. What was posted is remembered for the last 10,000 alerts of this
        process; after a restart an update of an unknown alert is posted only if critical, since missing a rise to
        critical is worse than saying it twice.
        """
        last = self._posted.get(alert.alert_id)
        if alert.playbook.audience not in self._audiences or (last is not None and alert.version <= last.version):
            return False
        if alert.status != "updated":
            return True
        if last is None:
            return alert.severity == "critical"
        return last.closed or SEVERITY_RANK[alert.severity] > last.severity

    async def send(self, alert: Alert) -> None:
        """Post this version if it is wanted, waiting for the channel's turn; raises SinkError."""
        if not self.wants(alert):
            return
        async with self._pace:
            failure = await self._post(alert)
        if failure is not None:
            raise failure  # outside of any handler, so that no exception holding the address hangs on to it
        self._posted[alert.alert_id] = _Posted(alert.version, SEVERITY_RANK[alert.severity], alert.status in CLOSED)
        self._posted.move_to_end(alert.alert_id)
        if len(self._posted) > _REMEMBERED:
            self._posted.popitem(last=False)

    def covers(self, newer: Alert, older: Alert) -> bool:
        """Whether ``newer`` will be posted even if ``older`` is not: an update of an unknown alert may not be."""
        return newer.status != "updated" or newer.severity == "critical"

    async def close(self) -> None:
        """Release the connections; never raises."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _post(self, alert: Alert) -> SinkError | None:
        try:
            async with self._opened().post(self._url, json=render(alert), allow_redirects=False) as response:
                body = await _first_bytes(response)
                failure = outcome(response.status, body, response.headers)
        except TimeoutError:
            return SinkError(Reason.TIMED_OUT, "no answer in time; the message may have been posted", retryable=True)
        except aiohttp.ClientConnectorError as error:
            detail = f"no connection to Slack ({type(error).__name__})"
            return SinkError(Reason.CONNECTION_LOST, detail, retryable=True)
        except (aiohttp.ClientError, OSError) as error:
            detail = f"the connection broke ({type(error).__name__}); the message may have been posted"
            return SinkError(Reason.CONNECTION_LOST, detail, retryable=True)
        if failure is not None and failure.reason is Reason.RATE_LIMITED:
            self._pace.hold(failure.retry_after if failure.retry_after is not None else _PAUSE_SECONDS)
        return failure

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A connection for each message: a kept one that Slack closed meanwhile would make every failure ambiguous.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
            )
        return self._session


def from_settings(settings: Any) -> SlackSink | None:
    """Post to ``deliver.slack_webhook_url``, if there is one; raises SinkError for an address that is not Slack's."""
    url: str = settings.deliver.slack_webhook_url.get_secret_value()
    return SlackSink(url, allow_loopback=settings.deliver.slack_loopback) if url else None


class Pace:
    """Lets one caller in at a time, the next ``seconds`` after the last one left, and none before a hold is over.

    Slack takes one message a second and channel (docs.slack.dev/apis/web-api/rate-limits). Counted from the answer,
    not from the request, so that a slow way there can't bring two messages closer together.
    """

    def __init__(self, seconds: float, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._next = -math.inf
        self._queue = asyncio.Lock()

    async def __aenter__(self) -> None:
        await self._queue.acquire()
        try:
            while (wait := self._next - self._clock()) > 0:
                await self._sleep(wait)
        except BaseException:
            self._queue.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self.hold(self._seconds)
        self._queue.release()

    def hold(self, seconds: float) -> None:
        """Let nobody through for that long from now."""
        self._next = max(self._next, self._clock() + seconds)


async def _first_bytes(response: aiohttp.ClientResponse) -> str:
    body = b""
    while len(body) < _BODY_LIMIT_BYTES:
        more = await response.content.read(_BODY_LIMIT_BYTES - len(body))
        if not more:
            break
        body += more
    return body.decode(errors="replace")


def _check_address(url: str, *, allow_loopback: bool) -> None:
    """Raise SinkError unless posts to ``url`` can only reach Slack; names the host, never the secret path."""
    host, scheme, extras = _address_parts(url)
    fine = scheme == "https" and host in HOSTS and not extras
    if fine or (allow_loopback and scheme in ("http", "https") and host in _LOOPBACK):
        return
    shown = host if host in (*HOSTS, *_LOOPBACK) else "another host"
    detail = f"the webhook address has scheme {scheme[:8]!r} and {shown}; allowed: https://{' or https://'.join(HOSTS)}"
    raise SinkError(Reason.MISCONFIGURED, detail + " without user and port", retryable=False)


def _address_parts(url: str) -> tuple[str, str, bool]:
    try:
        parts = urlsplit(url)
        extras = parts.username is not None or parts.port not in (None, 443)
    except ValueError:
        return "", "", True
    return parts.hostname or "", parts.scheme, extras
