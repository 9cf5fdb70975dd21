"""One partition of ``interactions`` in the monitor: the pure core, its conclusions published, its state stored."""

from __future__ import annotations

import time
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from detectors.counts import encode_count, progress, told
from detectors.cuts import COMPLETION_KEY
from detectors.state import StateReader, encode_partition, encode_person
from sinks.metrics import EventOutcome
from sinks.relationship import encode_relationship
from sinks.stamps import alert_id
from streams.broker import topics
from streams.broker.dead_letters import put_dead_letter
from streams.broker.publishing import publish
from streams.broker.role import Changes
from streams.monitor import payload
from streams.monitor.alerts import feed_alert, person_alert
from streams.monitor.relationships import relationship

if TYPE_CHECKING:
    from detectors.partition import Partition
    from streams.broker.outbox import Outbox
    from streams.broker.whole_batches import RecordBatch
    from streams.monitor.role import MonitorRole

FILL_STEP = 5_000
SEEN_A_FLUSH = 1_000
"""People a flush of whom only the last visit is news: it can wait, where a replay brings weeks in a second."""


class MonitorShard:
    """The people of one partition, seen from the broker's side."""

    def __init__(self, role: MonitorRole, number: int, partition: Partition) -> None:
        self.role = role
        self.number = number
        self.partition = partition

    def apply(self, batch: RecordBatch, outbox: Outbox) -> None:
        """Apply the records and publish what follows from them at once."""
        partition = self.partition
        if batch.payload is None:
            applied = partition.apply(batch.records)
        else:
            applied = payload.apply(partition, batch.payload, batch.first)
        self.role.metrics.events(topics.INTERACTIONS, {EventOutcome.APPLIED: applied})
        if partition.raised:
            self._publish_raised(outbox)
        if partition.refused:
            self._bury(outbox)
        if partition.told or partition.has_passed:
            self._tell_cohorts(outbox)
        if partition.feeds:
            feeds, partition.feeds = partition.feeds, []
            if self.number == 0:  # every partition comes to the same conclusion; one says it
                for news in feeds:
                    alert = feed_alert(news, rules_version=self.role.rules_version)
                    key = news.source.encode()
                    publish(outbox, alert, key=key, to=self.role.alert_topics, source=self.role.event_source)
                    self.role.metrics.alerts([alert])

    def settled(self, position: int) -> int:
        """All that was applied may be committed."""
        return position

    def flush(self, cut: int, outbox: Outbox) -> Changes:
        """Publish changed relationships and give the changed state."""
        partition = self.partition
        role = self.role
        forgotten, partition.forgotten = partition.forgotten, []
        for key, who in forgotten:
            name = key.decode("utf-8", "replace")
            for rule, episode in (who.episodes or {}).items():
                outbox.put(role.alert_topics.state, alert_id(name, rule, episode.started_at).encode(), None)
        moved, partition.moved = partition.moved, set()
        for key in list(islice(partition.seen_anew, SEEN_A_FLUSH)):
            partition.seen_anew.discard(key)
            moved.add(key)
        views: list[tuple[bytes, bytes | None]] = []
        for key in moved:
            known = partition.people.get(key)
            views.append(
                (key, None if known is None else encode_relationship(relationship(key, known, cut, partition)))
            )
        self._put_relationships(views, outbox)
        entries = [(key, encode_person(partition, key, cut)) for key in partition.take_dirty(cut)]
        return Changes(entries, (COMPLETION_KEY, encode_partition(partition, cut)))

    def _put_relationships(self, views: list[tuple[bytes, bytes | None]], outbox: Outbox) -> None:
        """Write where the same keys of ``interactions`` are, which is the same partition if there are as many."""
        topic = self.role.relationships
        if outbox.partitions(topic) == outbox.partitions(self.role.interactions):
            outbox.put_all(topic, views, partition=self.number)
        else:
            for key, value in views:
                outbox.put(topic, key, value)

    def _tell_cohorts(self, outbox: Outbox) -> None:
        """Pass on counts and opened alerts, then how far time has come."""
        partition = self.partition
        topic = self.role.cohort_counts
        for tally in told(partition, self.number):
            outbox.put(topic, tally.key.encode(), encode_count(tally))
        if partition.has_passed:
            partition.has_passed = False
            value = encode_count(progress(partition, self.number, outbox.partitions(self.role.interactions)))
            for number in range(outbox.partitions(topic)):
                outbox.put(topic, None, value, partition=number)

    def _publish_raised(self, outbox: Outbox) -> None:
        raised, self.partition.raised = self.partition.raised, []
        role = self.role
        now_ms = time.time() * 1000
        alerts = []
        waits = []
        for each in raised:
            rule = role.core.rules[each.rule]
            alert = person_alert(
                each, rule, topic=role.interactions, partition=self.number, rules_version=role.rules_version
            )
            publish(outbox, alert, key=each.key, to=role.alert_topics, source=role.event_source)
            alerts.append(alert)
            if each.arrived >= 0:
                waits.append((now_ms - each.arrived) / 1000)
        role.metrics.alerts(alerts, waits)

    def _bury(self, outbox: Outbox) -> None:
        refused, self.partition.refused = self.partition.refused, []
        for each in refused:
            put_dead_letter(
                outbox,
                self.role.dead_letters,
                source_topic=self.role.interactions,
                partition=self.number,
                offset=each.offset,
                time_ms=each.arrived,
                key=each.key,
                value=each.value,
                reason=each.reason,
                detail=each.detail,
            )
        self.role.metrics.dead_letters(Counter(each.reason for each in refused))


class MonitorLoader:
    """Makes the shard again from its changelog."""

    def __init__(self, role: MonitorRole, number: int) -> None:
        self.role = role
        self.number = number
        self.reader = StateReader(role.core)
        self.read = self.reader.read
        self._begun = False

    @property
    def cut(self) -> int:
        """The last offset that the state has applied; -1 for none."""
        return self.reader.cut

    def step(self) -> bool:
        """Decode some more people."""
        if not self._begun:
            self._begun = True
            self.reader.begin()
        return self.reader.fill(FILL_STEP)

    def shard(self) -> MonitorShard:
        """The shard as of ``cut``."""
        return MonitorShard(self.role, self.number, self.reader.partition)
