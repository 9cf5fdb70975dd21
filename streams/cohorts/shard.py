"""One partition of ``cohort-counts``: the pure core, its conclusions published, its state stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.cohort_state import encode_cohorts, encode_series, restore_cohorts
from detectors.cuts import COMPLETION_KEY, CutReader
from sinks.metrics import EventOutcome
from streams.broker import topics
from streams.broker.dead_letters import put_dead_letter
from streams.broker.publishing import publish
from streams.broker.role import Changes
from streams.cohorts.alerts import cohort_alert

if TYPE_CHECKING:
    from detectors.cohort_partition import CohortPartition
    from streams.broker.outbox import Outbox
    from streams.broker.whole_batches import RecordBatch
    from streams.cohorts.role import CohortsRole


class CohortShard:
    """The cohorts of one partition, seen from the broker's side."""

    def __init__(self, role: CohortsRole, number: int, partition: CohortPartition) -> None:
        self.role = role
        self.number = number
        self.partition = partition

    def apply(self, batch: RecordBatch, outbox: Outbox) -> None:
        """Apply the counts and publish what follows from them at once."""
        partition = self.partition
        role = self.role
        role.metrics.events(topics.COHORT_COUNTS, {EventOutcome.APPLIED: partition.apply(batch.records)})
        raised, partition.raised = partition.raised, []
        for each in raised:
            alert = cohort_alert(each, rules_version=role.rules_version)
            publish(outbox, alert, key=each.key.encode(), to=role.alert_topics, source=role.event_source)
            role.metrics.alerts([alert])
        refused, partition.refused = partition.refused, []
        for record, detail in refused:
            put_dead_letter(
                outbox,
                role.dead_letters,
                source_topic=role.counts,
                partition=self.number,
                offset=record.offset,
                time_ms=record.timestamp,
                key=record.key,
                value=record.value,
                reason="bad_count",
                detail=detail,
            )
            role.metrics.dead_letters({"bad_count": 1})

    def settled(self, position: int) -> int:
        """All that was applied may be committed."""
        return position

    def flush(self, cut: int, outbox: Outbox) -> Changes:
        """Give the changed series."""
        partition = self.partition
        dirty, partition.dirty = partition.dirty, set()
        entries: list[tuple[bytes, bytes | None]] = [
            (name.encode(), encode_series(partition, name, cut)) for name in dirty
        ]
        return Changes(entries, (COMPLETION_KEY, encode_cohorts(partition, cut)))


class CohortLoader:
    """Makes the shard again from its changelog."""

    def __init__(self, role: CohortsRole, number: int) -> None:
        self.role = role
        self.number = number
        self._cuts = CutReader()
        self.read = self._cuts.read

    @property
    def cut(self) -> int:
        """The last offset that the state has applied; -1 for none."""
        return self._cuts.cut

    def step(self) -> bool:
        """Settle what was read, at once: there are thousands of series at most."""
        self._cuts.finish()
        return False

    def shard(self) -> CohortShard:
        """The shard as of ``cut``."""
        return CohortShard(self.role, self.number, restore_cohorts(self._cuts, self.role.rules))
