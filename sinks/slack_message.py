"""What Slack shows of an alert: a pure function to Block Kit, safe against whatever people write.

Text from outside stands only in ``plain_text`` and ``rich_text``, where Slack reads no markup, and the message holds
no ``<`` at all outside of entities, so no mention, link or channel can be smuggled in.
Limits: docs.slack.dev/reference/block-kit/blocks; ours are narrower: 20 blocks, 8,000 characters in all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sinks.wording import (
    CLOSED,
    NOTHING_TO_DO,
    STATUS_WORDS,
    changed,
    clip,
    contact,
    disarm,
    evidence,
    is_of_operations,
    label,
    measured,
    moment,
    past,
    quote,
    who,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sinks.alert import Alert, Evidence

# Characters a part may take. They add up to 7,930 with 3 quotes and 5 items in each list.
_TEXT, _HEADER, _SUMMARY, _FIELD, _QUOTE, _SOURCE, _ITEM, _NOTE, _FOOTER = 2300, 150, 600, 300, 300, 120, 160, 200, 300
_QUOTES = 3
_ITEMS = 5

_ICONS = {"info": "\N{LARGE BLUE CIRCLE}", "warning": "\N{LARGE ORANGE CIRCLE}", "critical": "\N{LARGE RED CIRCLE}"}
_CLOSED_ICONS = {"resolved": "\N{WHITE HEAVY CHECK MARK}", "retracted": "\N{LEFTWARDS ARROW WITH HOOK}"}
_ANGLES = str.maketrans(
    {"<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"}
)
_CUT_ENTITY = re.compile("&[a-z]*$")


def render(alert: Alert) -> dict[str, Any]:
    """The webhook payload for this version; equal for equal alerts, at most 20 blocks and 8,000 characters.

    ``text`` alone carries the whole meaning: screen readers and notifications read it and not the blocks.
    A private alert shows no quotes, and neither does one that has ended, nor advice that no longer holds.
    """
    blocks = [_header(alert), _section(disarm(alert.summary), _SUMMARY), _facts(alert)]
    blocks += _evidence(alert)
    if alert.status not in CLOSED:
        blocks += _playbook(alert)
    elif alert.status == "retracted":
        blocks.append(_section(f"{NOTHING_TO_DO}.", _NOTE))
    blocks.append(_footer(alert))
    return {"text": _text(alert), "blocks": blocks, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


def escape(text: str) -> str:
    """``& < >`` as entities, the ampersand first (docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def state_words(alert: Alert) -> str:
    """Severity and status in words: ``Critical: new alert``."""
    return f"{alert.severity.capitalize()}: {STATUS_WORDS[alert.status]}"


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": clip(text.translate(_ANGLES), limit) or "-", "emoji": False}


def _section(text: str, limit: int) -> dict[str, Any]:
    return {"type": "section", "text": _plain(text, limit)}


def _header(alert: Alert) -> dict[str, Any]:
    icon = _CLOSED_ICONS.get(alert.status) or _ICONS[alert.severity]
    title = f"{icon} {state_words(alert)}, {disarm(label(alert.rule))}, {disarm(who(alert))}"
    return {"type": "header", "text": _plain(title, _HEADER)}


def _facts(alert: Alert) -> dict[str, Any]:
    facts = _told(alert)
    if alert.status not in CLOSED:
        facts["Since"] = f"{moment(alert.started_at)}, noticed {moment(alert.detected_at)}"
    return {"type": "section", "fields": [_plain(f"{name}: {disarm(value)}", _FIELD) for name, value in facts.items()]}


def _told(alert: Alert) -> dict[str, str]:
    """Who, from what to what, and the numbers; of an alert that has ended, what it was."""
    facts = {"Who": who(alert)}
    if alert.status in CLOSED:
        if alert.shift is not None:
            facts["Changed"] = changed(alert)
        return facts | {"Was": past(alert)}
    if not is_of_operations(alert):
        facts["Changed"] = changed(alert)
    return facts | {"Measured": measured(alert)}


def _evidence(alert: Alert) -> list[dict[str, Any]]:
    is_quoted = alert.playbook.audience != "private" and alert.status not in CLOSED
    quotes = [e for e in alert.evidence if e.excerpt][:_QUOTES] if is_quoted else []
    more = alert.evidence_total - len(quotes)
    if not quotes:
        rests_on = evidence(alert)
        return [_section(f"Rests on {rests_on}.", _NOTE)] if rests_on else []
    elements = [element for shown in quotes for element in _quoted(shown)]
    if more > 0:
        elements.append({"type": "rich_text_section", "elements": [{"type": "text", "text": f"+{more} more"}]})
    return [{"type": "rich_text", "elements": elements}]


def _quoted(shown: Evidence) -> Iterable[dict[str, Any]]:
    source = f"{label(shown.kind)}, {label(shown.channel)}, {moment(shown.occurred_at)}"
    for kind, text, limit in (
        ("rich_text_section", disarm(source), _SOURCE),
        ("rich_text_quote", quote(shown.excerpt or ""), _QUOTE),
    ):
        shown_text = clip(text.translate(_ANGLES), limit) or "-"
        yield {"type": kind, "elements": [{"type": "text", "text": shown_text}]}


def _playbook(alert: Alert) -> list[dict[str, Any]]:
    owner = clip(disarm(alert.playbook.owner), 60)
    parts = ((f"What to do ({owner})", alert.playbook.do), ("Avoid", alert.playbook.avoid))
    blocks = [_section(_bullets(heading, items), 100 + _ITEMS * _ITEM) for heading, items in parts if items]
    return blocks if is_of_operations(alert) else [*blocks, _section(disarm(contact(alert.contact)), _NOTE)]


def _bullets(heading: str, items: list[str]) -> str:
    lines = [f"\N{BULLET} {clip(disarm(item), _ITEM - 3)}" for item in items[:_ITEMS]]
    if len(items) > _ITEMS:
        lines.append(f"+{len(items) - _ITEMS} more")
    return "\n".join([heading, *lines])


def _footer(alert: Alert) -> dict[str, Any]:
    told = f"alert {alert.alert_id} version {alert.version}, rule {alert.rule}, rules {alert.rules_version[:19]}"
    return {"type": "context", "elements": [_plain(disarm(told), _FOOTER)]}


def _text(alert: Alert) -> str:
    rests_on = evidence(alert)
    facts = [f"{name}: {fact}" for name, fact in _told(alert).items()]
    if rests_on:
        facts[-1] += f", from {rests_on}"
    parts = [f"{state_words(alert)}. {alert.summary}", *(f"{fact}." for fact in facts)]
    if alert.status not in CLOSED:
        parts += _advice(alert)
    elif alert.status == "retracted":
        parts.append(f"{NOTHING_TO_DO}.")
    told = escape(" ".join(clip(disarm(part), _SUMMARY) for part in parts))
    return _CUT_ENTITY.sub("", told[: _TEXT - 3]) + "..." if len(told) > _TEXT else told


def _advice(alert: Alert) -> Iterable[str]:
    if not is_of_operations(alert):
        yield contact(alert.contact)
    for heading, items in ((f"To do ({alert.playbook.owner})", alert.playbook.do), ("Avoid", alert.playbook.avoid)):
        if items:
            yield f"{heading}: " + " ".join(clip(item, _ITEM) for item in items[:_ITEMS])
