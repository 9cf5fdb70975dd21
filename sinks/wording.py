"""An alert in words: the phrases that every human-facing sink shares, and the cleaning of text from outside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sinks.alert import Alert, Contact, Measured, Severity, Status

STATUS_WORDS: dict[Status, str] = {
    "open": "new alert",
    "updated": "update",
    "resolved": "resolved",
    "retracted": "withdrawn",
}
SEVERITY_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}
CLOSED: frozenset[Status] = frozenset({"resolved", "retracted"})

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


def who(alert: Alert) -> str:
    """Whom the alert is about; not cleaned."""
    cohort = alert.cohort
    if cohort is not None:
        where = ", ".join(f"{label(key)} {value}" for key, value in sorted(cohort.where.items()))
        return f"{number(cohort.size)} people, {label(cohort.what)}" + (f" ({where})" if where else "")
    if alert.stakeholder is None:
        return "no single person"
    return alert.stakeholder if alert.party == "unknown" else f"{label(alert.party)} {alert.stakeholder}"


def changed(alert: Alert) -> str:
    """From what to what; not cleaned."""
    if alert.shift is None:
        return "no change of type"
    return f"from {label(alert.shift.from_)} to {label(alert.shift.to)}"


def measured(values: Measured) -> str:
    """The measurement in numbers, against the person's own normal and the limit; not cleaned."""
    normal = "no own normal yet" if values.baseline is None else f"normally {number(values.baseline)}"
    unit = f" {values.unit}" if values.unit else ""
    return f"{values.name}: {number(values.value)}{unit} ({normal}, threshold {number(values.threshold)})"


def contact(permission: Contact) -> str:
    """Whether and how the person may be contacted; not cleaned."""
    if not permission.allowed:
        return f"Do not contact: {permission.why_not or 'no consent'}."
    return f"May be contacted by {', '.join(permission.by)}." if permission.by else "May be contacted."
