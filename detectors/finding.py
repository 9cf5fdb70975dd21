"""What a rule concludes of one person, in the core's own terms; the partition gives it an alert id and version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from detectors.stakeholder import Episode
    from detectors.trails import Mark

OPEN: Final = "open"
UPDATED: Final = "updated"
RESOLVED: Final = "resolved"
RETRACTED: Final = "retracted"
RANKS: Final = {"info": 0, "warning": 1, "critical": 2}
"""Severities by weight."""


class Finding:
    """A conclusion: trouble (``open``), its end (``resolved``), or that there never was any (``retracted``).

    ``started_at`` (ms) is the start of the episode: together with person and rule it makes the alert's id.
    While an episode is open, a further ``open`` finding is its update, whatever its start.
    ``shift`` names the relationship type that the person has moved to, with an end the one that they are left with;
    ``lifts`` one of which the evidence, another rule's as well, holds no longer. ``look_at`` (ms) is the rule's next
    deadline, where the finding follows from the last one having passed. ``measure`` (name, unit) says what was
    measured, where that is not the rule's ``measures``. An update that ``is_further`` adds to what was asserted before,
    and leaves the time of that. One that ``is_evidence`` is no news: it moves the person; no alert begins or ends.
    """

    __slots__ = (
        "baseline", "evidence", "evidence_total", "is_evidence", "is_further", "lifts", "look_at", "measure",
        "severity", "shift", "started_at", "status", "summary", "threshold", "value",
    )  # fmt: skip

    def __init__(
        self,
        *,
        started_at: int,
        severity: str,
        value: float,
        baseline: float | None,
        threshold: float,
        summary: str,
        evidence: list[Mark],
        evidence_total: int | None = None,
        shift: str | None = None,
        status: str = OPEN,
        look_at: int | None = None,
        lifts: str | None = None,
        measure: tuple[str, str] | None = None,
        is_further: bool = False,
        is_evidence: bool = False,
    ) -> None:
        self.started_at = started_at
        self.severity = severity
        self.value = value
        self.baseline = baseline
        self.threshold = threshold
        self.summary = summary
        self.evidence = evidence
        self.evidence_total = len(evidence) if evidence_total is None else evidence_total
        self.shift = shift
        self.status = status
        self.look_at = look_at
        self.lifts = lifts
        self.measure = measure
        self.is_further = is_further
        self.is_evidence = is_evidence


def ended(
    episode: Episode,
    summary: str,
    evidence: list[Mark],
    evidence_total: int | None = None,
    *,
    status: str = RESOLVED,
    shift: str | None = None,
    measure: tuple[str, str] | None = None,
    look_at: int | None = None,
) -> Finding:
    """The end of the trouble that the episode is about, or that there never was any, with its last figures."""
    return Finding(
        status=status,
        started_at=episode.started_at,
        severity="info",
        value=episode.value,
        baseline=episode.baseline,
        threshold=episode.threshold,
        summary=summary,
        evidence=evidence,
        evidence_total=evidence_total,
        shift=shift,
        measure=measure,
        look_at=look_at,
    )


class Raised:
    """A finding with its place in the life of one alert: what the ``monitor`` role publishes.

    ``shift`` is (from, to) when the relationship type changed; ``arrived`` is the broker's time (ms) of the record
    it was concluded at, below 0 for none.
    """

    __slots__ = ("arrived", "episode", "finding", "key", "party", "rule", "shift")

    def __init__(self, *, key: bytes, rule: str, party: str, finding: Finding, episode: Episode) -> None:
        self.key = key
        self.rule = rule
        self.party = party
        self.finding = finding
        self.episode = episode
        self.arrived = -1
        self.shift: tuple[str, str] | None = None
