"""The record that others read of what a cohort rule concludes."""

from __future__ import annotations

from detectors.cohort_partition import CohortRaised
from detectors.cohorts import CohortFinding, Measured
from detectors.finding import OPEN, RESOLVED
from sinks.alert import decode_alert, encode_alert
from sinks.stamps import time_text
from streams.cohorts.alerts import cohort_alert

AT = 1_709_251_200_000


def finding(*, part: str = "payment", rule: str = "funnel_drop") -> CohortFinding:
    return CohortFinding(
        rule,
        "checkout",
        started_at=AT,
        detected_at=AT + 5,
        severity="warning",
        measured=Measured("share that leaves", 0.64, baseline=0.17, threshold=0.26, unit="of attempts"),
        summary="Four times as many leave.",
        what="funnel step",
        where={"funnel": "checkout", "step": "payment", "device": "mobile"},
        size=22,
        part=part,
    )


def test_it_concerns_nobody_and_says_what_where_and_how_many() -> None:
    raised = CohortRaised(finding(), status=OPEN, version=1, told_at=AT + 5)
    alert = decode_alert(encode_alert(cohort_alert(raised, rules_version="sha256:x")))
    assert (alert.stakeholder, alert.party, alert.shift, alert.evidence) == (None, "unknown", None, [])
    assert alert.cohort is not None
    assert (alert.cohort.what, alert.cohort.size) == ("funnel step", 22)
    assert alert.cohort.where == {"funnel": "checkout", "step": "payment", "device": "mobile"}
    assert (alert.status, alert.severity, alert.version, alert.evidence_total) == ("open", "warning", 1, 22)
    assert (alert.summary, alert.started_at, alert.detected_at) == (
        "Four times as many leave.",
        time_text(AT),
        time_text(AT + 5),
    )
    assert (alert.measured.value, alert.measured.baseline, alert.measured.threshold) == (0.64, 0.17, 0.26)
    assert alert.playbook.owner == "web shop"
    assert not alert.contact.allowed
    assert alert.raised_at is None


def test_two_parts_of_one_key_that_begin_at_once_are_two_alerts() -> None:
    raised = [CohortRaised(finding(part=part), status=OPEN, version=1, told_at=AT) for part in ("payment", "cart", "")]
    assert len({cohort_alert(each, rules_version="").alert_id for each in raised}) == 3


def test_an_end_keeps_the_id_and_says_when_trouble_was_last_told_but_no_longer_what_to_do() -> None:
    opened = cohort_alert(CohortRaised(finding(), status=OPEN, version=1, told_at=AT + 5), rules_version="")
    over = finding().ended(AT + 99, "As few as usual.")
    ended = cohort_alert(CohortRaised(over, status=RESOLVED, version=2, told_at=AT + 5), rules_version="")
    assert (ended.alert_id, ended.version, ended.status, ended.severity) == (opened.alert_id, 2, "resolved", "info")
    assert (ended.summary, ended.raised_at, ended.detected_at) == (
        "As few as usual.",
        time_text(AT + 5),
        time_text(AT + 99),
    )
    assert (ended.playbook.do, ended.playbook.avoid) == ([], [])


def test_what_investors_look_at_is_private() -> None:
    raised = CohortRaised(finding(rule="lurking_traffic"), status=OPEN, version=1, told_at=AT)
    assert cohort_alert(raised, rules_version="").playbook.audience == "private"
