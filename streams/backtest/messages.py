"""What goes to a process that judges some of the partitions, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from detectors.counts import Count
from sinks.alert import Severity
from sinks.wording import SEVERITY_RANK

if TYPE_CHECKING:
    from sinks.alert import Alert

Record = tuple[int, int, bytes | None, bytes | None]
"""Offset, the broker's time (ms; below 0 for none), key, value."""


class Batch(msgspec.Struct, array_like=True, gc=False):
    """Records by partition; before them time passes, by source, to ``times`` (ms)."""

    records: dict[int, list[Record]]
    times: dict[str, int]


class Reached(msgspec.Struct, array_like=True, gc=False):
    """How far one partition has come under one set of rules: each source's time (ms), and what cohorts are told.

    ``since`` (ms) is from when on people are known there, 0 if nobody is.
    """

    partition: int
    times: dict[str, int]
    tallies: list[Count]
    since: int = 0


class Answer(msgspec.Struct, array_like=True, gc=False):
    """What a batch came to: interactions applied, records refused (partition, offset, why), progress of each side."""

    applied: int
    refused: list[tuple[int, int, str]]
    reached: list[list[Reached]]


class Told(msgspec.Struct, array_like=True, gc=False):
    """One alert as it was raised: its first version, and the gravest severity that any version had."""

    alert_id: str
    rule: str
    stakeholder: str | None
    party: str
    severity: Severity
    detected_at: str
    summary: str


class Conclusion(msgspec.Struct, array_like=True, gc=False):
    """What a process has to say at the end; ``first`` and ``newest`` (ms) are event times, -1 the newest of none."""

    people: int
    first: int
    newest: int
    alerts: list[list[Told]]


class Alerts(dict[str, Told]):
    """The alerts of one set of rules by their ids."""

    def hear(self, alert: Alert) -> None:
        """Take in the next version of an alert, the first as the one that was raised."""
        told = self.get(alert.alert_id)
        if told is None:
            self[alert.alert_id] = Told(
                alert.alert_id,
                alert.rule,
                alert.stakeholder,
                alert.party,
                alert.severity,
                alert.detected_at,
                alert.summary,
            )
        elif SEVERITY_RANK[alert.severity] > SEVERITY_RANK[told.severity]:
            told.severity = alert.severity
