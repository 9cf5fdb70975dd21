"""How a person stands, as the topic ``relationships`` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.past import PURCHASE_RHYTHM
from detectors.types import beginning
from sinks.relationship import FurtherRole, Relationship
from sinks.stamps import alert_id, time_text

if TYPE_CHECKING:
    from detectors.partition import Partition
    from detectors.relationship import Types
    from detectors.stakeholder import Stakeholder
    from detectors.standing import Standing


def relationship(key: bytes, who: Stakeholder, version: int, partition: Partition) -> Relationship:
    """The record as of now; ``version`` is the offset of the flush that writes it."""
    types = partition.core.types
    stakeholder = key.decode("utf-8", "replace")
    rhythm = who.rhythm(PURCHASE_RHYTHM)
    due = None if who.deadlines is None else min(deadline.due for deadline in who.deadlines.values())
    open_alerts = []
    if who.episodes is not None:
        standing = [(rule, each.started_at) for rule, each in who.episodes.items() if each.is_open]
        open_alerts = [alert_id(stakeholder, rule, started_at) for rule, started_at in standing]
    return Relationship(
        stakeholder=stakeholder,
        party=who.party or "unknown",
        type=who.type or beginning(who.party),
        since=time_text(who.since) if who.since else None,
        scores=_scores(who, types),
        owned_share=None,
        reachable=None,
        consent={},
        last_seen=time_text(who.seen),
        next_deadline=None if due is None else time_text(due),
        purchases=0 if rhythm is None else rhythm.count,
        open_alerts=open_alerts,
        version=version,
        roles=[
            FurtherRole(
                party=role.party,
                type=role.type or beginning(role.party),
                since=time_text(role.since) if role.since else None,
                scores=_scores(role, types),
            )
            for role in who.roles or ()
        ],
        unclear=partition.core.unclear(who, partition.normal),
    )


def _scores(standing: Standing, types: Types) -> dict[str, float]:
    """The score of each type of which there is evidence, as of the newest of it, to two places."""
    known = standing.scores or {}
    newest = max((as_of for _, as_of in known.values()), default=0)
    return {kind: round(types.score(standing, kind, newest), 2) for kind in known}
