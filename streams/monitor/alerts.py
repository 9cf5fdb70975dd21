"""From a rule's conclusion to the record that others read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.interaction import CHANNELS, KINDS
from detectors.playbooks import PLAYBOOKS
from sinks.alert import Alert, Contact, Evidence, Measured, Playbook, Shift, alert_id, time_text

if TYPE_CHECKING:
    from detectors.finding import Raised
    from detectors.partition import FeedNews
    from detectors.rules import Rule
    from detectors.windows import Mark

CONSENT_UNKNOWN = "nobody has asked for their consent yet"


def person_alert(raised: Raised, rule: Rule, *, topic: str, partition: int, rules_version: str) -> Alert:
    """The alert about a person; ``topic`` and ``partition`` are where the evidence stands."""
    finding = raised.finding
    episode = raised.episode
    stakeholder = raised.key.decode("utf-8", "replace")
    name, unit = rule.measures
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
        playbook=playbook(finding.shift or rule.playbook),
        contact=Contact(allowed=False, why_not=CONSENT_UNKNOWN),
        cohort=None,
        rules_version=rules_version,
    )


def feed_alert(news: FeedNews, *, rules_version: str) -> Alert:
    """The operations alert about a source that fell silent, or lives again."""
    since = time_text(news.since)
    hours = (news.at - news.since) / 3_600_000
    return Alert(
        alert_id=alert_id(news.source, "dead_feed", news.since),
        version=1 if news.is_dead else 2,
        status="open" if news.is_dead else "resolved",
        severity="critical" if news.is_dead else "info",
        rule="dead_feed",
        stakeholder=None,
        party="unknown",
        shift=None,
        started_at=since,
        detected_at=time_text(news.at),
        summary=f"No event from {news.source} has been processed for {hours:.0f} hours (since {since}), longer than"
        " ever usual: alerts that rest on its silence are held."
        if news.is_dead
        else f"Events from {news.source} flow again and have caught up; held alerts are released or dropped.",
        measured=Measured("silence of the source", round(hours, 2), None, round(hours, 2), "hours"),
        evidence=[],
        evidence_total=0,
        playbook=playbook("dead_feed"),
        contact=Contact(allowed=False, why_not="it concerns no person"),
        cohort=None,
        rules_version=rules_version,
    )


def playbook(name: str) -> Playbook:
    """The entry of that name."""
    play = PLAYBOOKS[name]
    return Playbook(play.owner, play.audience, list(play.do), list(play.avoid))  # type: ignore[arg-type]


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
