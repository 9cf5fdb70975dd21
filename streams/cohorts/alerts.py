"""From what a cohort rule concludes to the record that others read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from detectors.finding import RESOLVED
from sinks.alert import Alert, Cohort, Contact, Measured
from sinks.stamps import alert_id, time_text
from streams.monitor.alerts import playbook

if TYPE_CHECKING:
    from detectors.cohort_partition import CohortRaised
    from detectors.cohorts import CohortFinding

MOST_MEMBERS: Final = 50


def cohort_alert(raised: CohortRaised, *, rules_version: str) -> Alert:
    """The alert about a cohort: no person, and whom it consists of as far as anybody knows.

    An alert about people rests on their own alerts, not on interactions: it has no evidence to be counted.
    """
    finding = raised.finding
    measured = finding.measured
    subject = f"{finding.what}:{raised.key}" + (f":{finding.part}" if finding.part else "")
    return Alert(
        alert_id=alert_id(subject, finding.rule, finding.started_at),
        version=raised.version,
        status=raised.status,  # type: ignore[arg-type]  # the core's own closed set
        severity=finding.severity,  # type: ignore[arg-type]  # likewise
        rule=finding.rule,
        stakeholder=None,
        party=finding.where.get("party", "unknown"),
        shift=None,
        started_at=time_text(finding.started_at),
        detected_at=time_text(raised.at),
        summary=finding.summary,
        measured=Measured(measured.name, measured.value, measured.baseline, measured.threshold, measured.unit),
        evidence=[],
        evidence_total=0 if finding.people else finding.size,
        playbook=playbook(finding.rule, raised.status),
        contact=Contact(allowed=False, why_not="it concerns no single person"),
        cohort=Cohort(finding.what, finding.where, finding.size, _members(finding)),
        rules_version=rules_version,
        raised_at=time_text(raised.told_at) if raised.status == RESOLVED else None,
        folded=[
            alert_id(each.stakeholder, finding.where["rule"], each.started_at)
            for each in finding.people
            if each.is_folded
        ],
    )


def _members(finding: CohortFinding) -> list[str]:
    known = dict.fromkeys(each.stakeholder for each in finding.people)
    return list(islice(known, MOST_MEMBERS))
