"""A strict Slack for incoming webhooks on loopback; it proves agreement with our reading of the documents, no more.

It never answers "ok" to what the documents forbid, limits each channel to one message a second, and can be told
to misbehave. Kept apart from the sink: it shares no code with it.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# docs.slack.dev/reference/block-kit/blocks
BLOCKS = 50
# docs.slack.dev/reference/block-kit/blocks/section-block
SECTION_TEXT, FIELDS, FIELD_TEXT = 3000, 10, 2000
# docs.slack.dev/reference/block-kit/blocks/header-block and /context-block
HEADER_TEXT, CONTEXT_ELEMENTS = 150, 10
# docs.slack.dev/reference/methods/chat.postMessage: attachments
ATTACHMENTS = 100
# Not documented; msg_blocks_too_long was seen at 11,341 characters (slackapi/bolt-js issue 2509).
ALL_TEXT = 11_000
# docs.slack.dev/reference/block-kit/blocks: the types a message may hold
TYPES = {"actions", "context", "divider", "header", "image", "markdown", "rich_text", "section", "table", "video"}
# docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: errors, as plain text
STATUS = {
    "invalid_payload": 400,
    "no_text": 400,
    "too_many_attachments": 400,
    "user_not_found": 400,
    "action_prohibited": 403,
    "posting_to_general_channel_denied": 403,
    "invalid_token": 403,
    "channel_not_found": 404,
    "no_service": 404,
    "no_service_id": 404,
    "no_active_hooks": 404,
    "no_team": 404,
    "team_disabled": 404,
    "channel_is_archived": 410,
    "rate_limited": 429,
    "rollup_error": 500,
}


@dataclass(frozen=True)
class Act:
    """One scripted misbehaviour, used up by one request."""

    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    accept: bool = False
    """Whether the message is stored although the answer says otherwise."""
    drop: bool = False
    """Close the connection instead of answering."""
    stall: bool = False
    """Answer only when the server stops."""


def refusal(body: str, **headers: str) -> Act:
    """The documented error with its documented status."""
    return Act(status=STATUS[body], body=body, headers=headers)


ACCEPT_THEN_DROP = Act(accept=True, drop=True)
DROP = Act(drop=True)
STALL = Act(stall=True)


class FakeSlack:
    """One workspace: ``url(channel)`` is a webhook; ``messages`` holds what it would show."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.script: deque[Act] = deque()
        self.messages: list[dict[str, Any]] = []
        self.requests = 0
        self.refused: list[str] = []
        self._last: dict[str, float] = {}
        self._released = asyncio.Event()
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/services/{team}/{service}/{token}", self._hook)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._port = 0

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._released.set()
        await self._runner.cleanup()

    def url(self, channel: str = "B0SUPPORT") -> str:
        """A webhook address; its last part is the secret."""
        return f"http://127.0.0.1:{self._port}/services/T0TEAM/{channel}/xoxSECRETxox"

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        raw = await request.read()
        if self.script:
            return await self._act(self.script.popleft(), request)
        wait = self._wait(request.path)
        if wait > 0:
            # docs.slack.dev/apis/web-api/rate-limits: 429 with Retry-After in whole seconds, webhooks too
            return self._refuse("rate_limited", {"Retry-After": str(math.ceil(wait))})
        problem = self._problem(request, raw)
        if problem:
            return self._refuse(problem)
        self.messages.append(await request.json())
        return web.Response(text="ok")

    def _wait(self, channel: str) -> float:
        """The seconds until the channel's next message; one a second, without the short bursts real Slack may allow."""
        now = self.clock()
        wait = self._last.get(channel, -math.inf) + 1.0 - now
        if wait <= 0:
            self._last[channel] = now
        return wait

    def _refuse(self, body: str, headers: dict[str, str] | None = None) -> web.Response:
        self.refused.append(body)
        return web.Response(status=STATUS[body], text=body, headers=headers)

    async def _act(self, act: Act, request: web.Request) -> web.StreamResponse:
        if act.accept:
            self.messages.append(await request.json())
        if act.stall:
            await self._released.wait()
        if act.drop:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=act.status, text=act.body, headers=act.headers)

    def _problem(self, request: web.Request, raw: bytes) -> str | None:
        if request.content_type != "application/json" or not raw:
            return "invalid_payload"
        try:
            return problem(json.loads(raw))
        except ValueError:
            return "invalid_payload"


def problem(payload: Any) -> str | None:
    """The documented error that Slack would answer to ``payload``, or None."""
    if not isinstance(payload, dict):
        return "invalid_payload"
    if len(payload.get("attachments", ())) > ATTACHMENTS:
        return "too_many_attachments"
    if not payload.get("text") and not payload.get("blocks"):
        return "no_text"
    blocks = payload.get("blocks", [])
    if not isinstance(blocks, list) or len(blocks) > BLOCKS:
        return "invalid_payload"
    sound = all(_sound(block) for block in blocks) and sum(map(len, texts(blocks))) <= ALL_TEXT
    return None if sound else "invalid_payload"


def texts(part: Any) -> Iterator[str]:
    """Every text of a payload or a part of it, at any depth."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)


def _sound(block: Any) -> bool:
    if not isinstance(block, dict) or block.get("type") not in TYPES:
        return False
    check = {"section": _sound_section, "header": _sound_header, "context": _sound_context, "rich_text": _sound_rich}
    return check.get(block["type"], lambda _: True)(block)


def _sound_text(text: Any, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    """A text object: docs.slack.dev/reference/block-kit/composition-objects/text-object, at least one character."""
    if not isinstance(text, dict) or text.get("type") not in kinds or not isinstance(text.get("text"), str):
        return False
    return 1 <= len(text["text"]) <= limit and not ("emoji" in text and text["type"] != "plain_text")


def _sound_section(block: dict[str, Any]) -> bool:
    fields = block.get("fields", [])
    if "text" not in block and not fields:
        return False
    fine = len(fields) <= FIELDS and all(_sound_text(text, FIELD_TEXT) for text in fields)
    return fine and ("text" not in block or _sound_text(block["text"], SECTION_TEXT))


def _sound_header(block: dict[str, Any]) -> bool:
    return _sound_text(block.get("text"), HEADER_TEXT, ("plain_text",))


def _sound_context(block: dict[str, Any]) -> bool:
    elements = block.get("elements", [])
    return 1 <= len(elements) <= CONTEXT_ELEMENTS and all(_sound_text(text, SECTION_TEXT) for text in elements)


def _sound_rich(block: dict[str, Any]) -> bool:
    """Sections and quotes made of text elements: docs.slack.dev/reference/block-kit/blocks/rich-text-block."""
    parts = block.get("elements", [])
    return bool(parts) and all(
        part.get("type") in {"rich_text_section", "rich_text_quote", "rich_text_list", "rich_text_preformatted"}
        and part.get("elements")
        and all(element.get("type") != "text" or element.get("text") for element in part["elements"])
        for part in parts
    )
