"""From a rule's conclusion to the record that others read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from detectors.finding import RESOLVED, RETRACTED
from detectors.interaction import CHANNELS, KINDS
from detectors.playbooks import PLAYBOOKS
from sinks.alert import Alert, Contact, Evidence, Measured, Playbook, Shift
from sinks.stamps import alert_id, time_text
from sinks.wording import NOTHING_TO_DO, moment, number

if TYPE_CHECKING:
    from detectors.clocks import FeedNews
    from detectors.finding import Raised
    from detectors.rules import Rule
    from detectors.trails import Mark

CONSENT_UNKNOWN = "nobody has asked for their consent yet"
FURTHER_SOURCE = "beyond the first 128"
_NO_CONTACT = Contact(allowed=False, why_not=CONSENT_UNKNOWN)
_HOUR_MS = 3_600_000
_ENDED = (RESOLVED, RETRACTED)


def person_alert(raised: Raised, rule: Rule, *, topic: str, partition: int, rules_version: str) -> Alert:
    """The alert about a person; ``topic`` and ``partition`` are where the evidence stands."""
    finding = raised.finding
    episode = raised.episode
    stakeholder = raised.key.decode("utf-8", "replace")
    name, unit = finding.measure or rule.measures
    return Alert(
        alert_id=alert_id(stakeholder, raised.rule, episode.started_at),
        version=episode.version,
        status=episode.status,  # type: ignore[arg-type]  # the episode's own closed set
        severity=finding.severity,  # type: ignore[arg-type]  # likewise
        rule=raised.rule,
        stakeholder=stakeholder,
        party=raised.party or "unknown",
        shift=None if raised.shift is None else Shift(*raised.shift),
        started_at=time_text(episode.started_at),
        detected_at=time_text(episode.detected_at),
        summary=finding.summary,
        measured=Measured(
            name, _number(finding.value), finding.baseline, _number(finding.threshold), unit.format_map(vars(rule))
        ),
        evidence=[_evidence(mark, topic, partition) for mark in finding.evidence],
        evidence_total=finding.evidence_total,
        playbook=playbook(finding.shift or rule.playbook, episode.status),
        contact=_NO_CONTACT,
        cohort=None,
        rules_version=rules_version,
        raised_at=time_text(episode.asserted_at) if episode.status in _ENDED else None,
    )


def feed_alert(news: FeedNews, *, rules_version: str) -> Alert:
    """The operations alert about a source that fell silent, or lives again."""
    source = news.source or FURTHER_SOURCE
    status = "open" if news.is_dead else RESOLVED
    return Alert(
        alert_id=alert_id(news.source, "dead_feed", news.since),
        version=1 if news.is_dead else 2,
        status=status,  # type: ignore[arg-type]  # the core's own closed set
        severity=("critical" if news.is_known else "warning") if news.is_dead else "info",
        rule="dead_feed",
        stakeholder=None,
        party="unknown",
        shift=None,
        started_at=time_text(news.since),
        detected_at=time_text(news.at),
        summary=_silence(news, source)
        if news.is_dead
        else f"Events from {source} flow again and have caught up; held alerts are released or dropped.",
        measured=Measured("silence of the source", _hours(news.at - news.since), None, _hours(news.limit_ms), "hours"),
        evidence=[],
        evidence_total=0,
        playbook=playbook("dead_feed", status),
        contact=Contact(allowed=False, why_not="it concerns no person"),
        cohort=None,
        rules_version=rules_version,
        source=source,
        raised_at=time_text(news.died_at) if news.died_at and not news.is_dead else None,
    )


@cache
def playbook(name: str, status: str = "open") -> Playbook:
    """The entry of that name; once the alert has ended without the advice, which then no longer holds."""
    play = PLAYBOOKS[name]
    do, avoid = list(play.do), list(play.avoid)
    if status in _ENDED:
        do, avoid = [NOTHING_TO_DO] if status == RETRACTED else [], []
    return Playbook(play.owner, play.audience, do, avoid)  # type: ignore[arg-type]


def _silence(news: FeedNews, source: str) -> str:
    silence = f"No event from {source} has been processed for {_spoken(news.at - news.since)}"
    since = f"since {moment(time_text(news.since))}"
    if news.is_known:
        limit = _spoken(news.limit_ms)
        return f"{silence} ({since}); its limit is {limit}. Alerts that rest on its silence are held."
    return (
        f"{silence} ({since}). Too little is known of this source to say whether that is unusual. Alerts that rest on"
        " its silence are held."
    )


def _hours(length_ms: int) -> float:
    return _number(round(length_ms / _HOUR_MS, 2))


def _spoken(length_ms: int) -> str:
    """A length in hours, from two days on in days."""
    hours = length_ms / _HOUR_MS
    length, unit = (hours, "hour") if hours < 48 else (hours / 24, "day")
    return f"{number(round(length, 1))} {unit}{'' if length == 1 else 's'}"


def _number(value: float) -> float:
    """A whole number as such: 3 and 3.0, which a restart makes of it, must give the same bytes."""
    return int(value) if value == int(value) else value


def _evidence(mark: Mark, topic: str, partition: int) -> Evidence:
    return Evidence(
        interaction=mark.id,
        kind=KINDS[mark.kind],
        channel=CHANNELS[mark.channel],
        occurred_at=time_text(mark.at),
        topic=topic,
        partition=partition,
        offset=mark.offset,
        excerpt=mark.excerpt,
    )
