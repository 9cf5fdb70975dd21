"""An alert in words: the phrases that every human-facing sink shares, and the cleaning of text from outside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sinks.alert import Alert, Contact, Severity, Status

STATUS_WORDS: dict[Status, str] = {
    "open": "new alert",
    "updated": "update",
    "resolved": "resolved",
    "retracted": "withdrawn",
}
SEVERITY_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}
CLOSED: frozenset[Status] = frozenset({"resolved", "retracted"})
NOTHING_TO_DO = "Nothing to do; drop what was begun because of it"
"""All that is left to do about a withdrawn alert."""

_NOUNS = {"purchase_made": "purchase", "funnel_exited": "exit"}

_BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
# Controls, bidi marks and overrides, zero-width characters, invisible tags, surrogates, non-characters.
# ZWJ and ZWNJ stay: emoji and Persian need them, and they reorder nothing.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_HTTP = re.compile(r"\bhttp(s?)(?=\s*:)", re.IGNORECASE)
_SCHEME = re.compile(r"\b([a-z][a-z0-9+.\-]{0,30}):(?=//)|\b(mailto|tel|sms|javascript|data|slack):", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_]{2,})")


def clean(text: str) -> str:
    """``text`` on one line without control, bidi and invisible characters; runs of space become one."""
    return " ".join(_HIDDEN.sub("", _BREAKS.sub(" ", text)).split())


def disarm(text: str) -> str:
    """``text`` cleaned, and no address in it can be clicked: ``hxxps[:]//``, ``ftp[:]//``, ``mailto[:]``."""
    plain = _HTTP.sub(r"hxxp\1", clean(text))
    return _SCHEME.sub(lambda match: f"{match[1] or match[2]}[:]", plain) if ":" in plain else plain


def quote(text: str) -> str:
    """The words of a person, disarmed; bare domains too (``evil[.]example``), which clients make links of."""
    return _DOMAIN.sub("[.]", disarm(text))


def clip(text: str, limit: int) -> str:
    """``text`` cut to at most ``limit`` UTF-16 units (never more characters than that), ending in an ellipsis."""
    if len(text) <= limit // 2 or _units(text) <= limit:
        return text
    short = text[: limit - 3]
    while _units(short) > limit - 3:
        short = short[: -max(1, (_units(short) - limit + 3) // 2)]
    return short.rstrip() + "..."


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def number(value: float) -> str:
    """A number as a person writes it: 3, 8,812, 0.1, 12.35, 0.00042."""
    if abs(value) < 1e15 and value == int(value):
        return f"{int(value):,}"
    if 0 < abs(value) < 0.01 or abs(value) >= 1e15:
        return f"{value:.2g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def label(name: str) -> str:
    """A wire name as words: ``regular_joe`` is ``regular joe``."""
    return name.replace("_", " ")


def moment(time: str) -> str:
    """An RFC 3339 time to the minute: ``2026-03-01 10:15 UTC``."""
    return f"{time[:10]} {time[11:16]} UTC"


def counted(count: int, noun: str) -> str:
    """So many of them: ``1 open alert``, ``12 purchases``."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def is_of_operations(alert: Alert) -> bool:
    """Whether the alert is about ourselves: no person, no cohort."""
    return alert.stakeholder is None and alert.cohort is None


def who(alert: Alert) -> str:
    """Whom the alert is about; not cleaned."""
    cohort = alert.cohort
    if cohort is not None:
        where = ", ".join(f"{label(key)} {value}" for key, value in sorted(cohort.where.items()))
        whom = "people" if cohort.what == "people" else f"people, {label(cohort.what)}"
        return f"{number(cohort.size)} {whom}" + (f" ({where})" if where else "")
    if alert.stakeholder is None:
        return "no single person" if alert.source is None else f"source {alert.source}"
    return alert.stakeholder if alert.party == "unknown" else f"{label(alert.party)} {alert.stakeholder}"


def changed(alert: Alert) -> str:
    """From what to what; not cleaned."""
    if alert.shift is None:
        return "no change of type"
    return f"from {label(alert.shift.from_)} to {label(alert.shift.to)}"


def measured(alert: Alert) -> str:
    """The measurement in numbers, against the person's own normal, if it is about one, and the limit; not cleaned."""
    values = alert.measured
    unit = f" {values.unit}" if values.unit else ""
    told = f"{values.name}: {number(values.value)}{unit}"
    if is_of_operations(alert):
        return f"{told} (limit {number(values.threshold)})"
    normal = "no own normal yet" if values.baseline is None else f"normally {number(values.baseline)}"
    return f"{told} ({normal}, threshold {number(values.threshold)})"


def evidence(alert: Alert) -> str:
    """What the alert rests on, ``12 purchases up to 2026-09-26 13:08 UTC``; empty if on nothing that is counted.

    It rests on what came *since* a time only if all of it is listed and some lies after the alert's start: silence is
    told by what came before.
    """
    if not alert.evidence_total:
        return ""
    kinds = {each.kind for each in alert.evidence}
    noun = _NOUNS.get(kinds.pop(), "interaction") if len(kinds) == 1 else "interaction"
    told = counted(alert.evidence_total, noun)
    if not alert.evidence:
        return f"{told} since {moment(alert.started_at)}"
    times = [each.occurred_at for each in alert.evidence]
    if len(times) < alert.evidence_total or max(times) <= alert.started_at:
        return f"{told} up to {moment(max(times))}"
    return f"{told} since {moment(min(times))}"


def folding(alert: Alert) -> str:
    """How many alerts this one stands for, or which one stands for it; empty if neither. Not cleaned."""
    if alert.folded:
        return f"stands for {counted(len(alert.folded), 'alert')} about single people"
    return f"folded into alert {alert.folded_into}" if alert.folded_into else ""


def past(alert: Alert) -> str:
    """Of an alert that has ended: when it had begun, and when it was raised if that is known."""
    begun = f"begun {moment(alert.started_at)}"
    return begun if alert.raised_at is None else f"{begun}, raised {moment(alert.raised_at)}"


def contact(permission: Contact) -> str:
    """Whether and how the person may be contacted; not cleaned."""
    if not permission.allowed:
        return f"Do not contact: {permission.why_not or 'no consent'}."
    return f"May be contacted by {', '.join(permission.by)}." if permission.by else "May be contacted."
