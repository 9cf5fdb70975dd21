"""What Slack shows of an alert: a pure function to Block Kit, safe against whatever people write.

Text from outside stands only in ``plain_text`` and ``rich_text``, where Slack reads no markup, and the message holds
no ``<`` at all outside of entities, so no mention, link or channel can be smuggled in.
Limits: docs.slack.dev/reference/block-kit/blocks; ours are narrower: 20 blocks, 8,000 characters in all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sinks.wording import STATUS_WORDS, changed, clip, contact, disarm, label, measured, moment, quote, who

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
    A private alert shows no quotes.
    """
    blocks = [_header(alert), _section(disarm(alert.summary), _SUMMARY), _facts(alert)]
    blocks += _evidence(alert)
    blocks += _playbook(alert)
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
    facts = {
        "Who": who(alert),
        "Changed": changed(alert),
        "Measured": measured(alert.measured),
        "Since": f"{moment(alert.started_at)}, noticed {moment(alert.detected_at)}",
    }
    return {"type": "section", "fields": [_plain(f"{name}: {disarm(value)}", _FIELD) for name, value in facts.items()]}


def _evidence(alert: Alert) -> list[dict[str, Any]]:
    quotes = [] if alert.playbook.audience == "private" else [e for e in alert.evidence if e.excerpt][:_QUOTES]
    more = alert.evidence_total - len(quotes)
    if not quotes:
        return [_section(f"Rests on {alert.evidence_total} interactions.", _NOTE)] if alert.evidence_total else []
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
    return [*blocks, _section(disarm(contact(alert.contact)), _NOTE)]


def _bullets(heading: str, items: list[str]) -> str:
    lines = [f"\N{BULLET} {clip(disarm(item), _ITEM - 3)}" for item in items[:_ITEMS]]
    if len(items) > _ITEMS:
        lines.append(f"+{len(items) - _ITEMS} more")
    return "\n".join([heading, *lines])


def _footer(alert: Alert) -> dict[str, Any]:
    told = f"alert {alert.alert_id} version {alert.version}, rule {alert.rule}, rules {alert.rules_version[:19]}"
    return {"type": "context", "elements": [_plain(disarm(told), _FOOTER)]}


def _text(alert: Alert) -> str:
    parts = [
        f"{state_words(alert)}. {alert.summary}",
        f"Who: {who(alert)}.",
        f"Changed: {changed(alert)}.",
        f"Measured: {measured(alert.measured)}, from {alert.evidence_total} interactions.",
        contact(alert.contact),
    ]
    for heading, items in ((f"To do ({alert.playbook.owner})", alert.playbook.do), ("Avoid", alert.playbook.avoid)):
        if items:
            parts.append(f"{heading}: " + " ".join(clip(item, _ITEM) for item in items[:_ITEMS]))
    told = escape(" ".join(clip(disarm(part), _SUMMARY) for part in parts))
    return _CUT_ENTITY.sub("", told[: _TEXT - 3]) + "..." if len(told) > _TEXT else told
