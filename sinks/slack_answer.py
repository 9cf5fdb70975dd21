"""What an answer of a Slack webhook means: nothing wrong, or a reason and whether another try may help.

Errors: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (plain text in the body).
"""

from __future__ import annotations

import math
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from sinks import Reason, SinkError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_PAUSE_SECONDS = 3600.0

_OUR_BUG = ("invalid_payload", "no_text", "too_many_attachments", "user_not_found", "invalid_blocks")
_SETTINGS = (
    *("action_prohibited", "posting_to_general_channel_denied", "invalid_token", "channel_not_found", "no_service"),
    *("no_service_id", "no_active_hooks", "no_team", "team_disabled", "channel_is_archived"),
)
# The first word of the body decides before the status does: several statuses are not stated by the documents.
_BODIES: dict[str, tuple[Reason, bool]] = {
    **dict.fromkeys(_OUR_BUG, (Reason.REFUSED, False)),
    **dict.fromkeys(_SETTINGS, (Reason.MISCONFIGURED, False)),
    **dict.fromkeys(("rollup_error", "internal_error", "fatal_error"), (Reason.SERVER_ERROR, True)),
    "rate_limited": (Reason.RATE_LIMITED, True),
}


def outcome(status: int, body: str, headers: Mapping[str, str]) -> SinkError | None:
    """Read Slack's answer, the body first and the status second; None is success."""
    word = next(iter(body.split()), "")[:40]
    known = _BODIES.get(word)
    if known is None and 200 <= status < 300:
        return None
    reason, retryable = known or _by_status(status)
    # A word we know is quoted; what else stands in the body could hold anything.
    detail = f"Slack answered {status}" + (f" {word}" if known else "")
    wait = retry_after_seconds(headers) if reason is Reason.RATE_LIMITED else None
    return SinkError(reason, detail, retryable=retryable, retry_after=wait)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds, at most an hour: a number, or a date against the answer's own ``Date``; else None."""
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        until, now = _date(text), _date(headers.get("Date", ""))
        seconds = math.nan if until is None or now is None else (until - now).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_PAUSE_SECONDS) if math.isfinite(seconds) else None


def _date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else None


def _by_status(status: int) -> tuple[Reason, bool]:
    if status == 429:
        return Reason.RATE_LIMITED, True
    if status >= 500:
        return Reason.SERVER_ERROR, True
    if status in (401, 403, 404, 410) or 300 <= status < 400:
        return Reason.MISCONFIGURED, False
    return Reason.REFUSED, False
