"""Some partitions of the log under two sets of rules: each record is read once and applied to both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.counts import told
from detectors.interaction import NEWEST_MS, Interaction
from detectors.partition import Partition
from detectors.peek import peek
from detectors.wire import WireError, decode, decode_head, encode_compact
from streams.backtest.messages import Alerts, Answer, Conclusion, Reached
from streams.files.detecting import person_alerts
from streams.monitor.alerts import feed_alert
from streams.monitor.core import new_core

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.backtest.messages import Batch, Record
    from streams.settings import Settings


class Side:
    """These partitions as one set of rules sees them; ``alerts`` is what it has raised."""

    def __init__(self, settings: Settings, numbers: Iterable[int]) -> None:
        core = new_core(settings)
        self.partitions = {number: Partition(core) for number in numbers}
        self.alerts = Alerts()
        self._version = settings.rules_version()
        self._batches = 0

    def settle(self, since: int) -> list[Reached]:
        """Take the alerts that were raised; gives how far the partitions have come, and ``since`` when (ms) they do.

        What is told is numbered by batches, not by offsets: something may follow where a batch has no records.
        """
        self._batches += 1
        reached = []
        for number, partition in self.partitions.items():
            for alert in person_alerts(partition, number, self._version):
                self.alerts.hear(alert)
            feeds, partition.feeds = partition.feeds, []
            if number == 0:  # every partition comes to the same conclusion
                for news in feeds:
                    self.alerts.hear(feed_alert(news, rules_version=self._version))
            partition.tell(self._batches)
            times = {source: clock.time for source, clock in partition.clocks.sources.items()}
            reached.append(Reached(number, times, list(told(partition, number)), since))
        return reached


class Judge:
    """Both sets of rules over the partitions of these numbers."""

    def __init__(self, sides: Sequence[Settings], numbers: Sequence[int]) -> None:
        self.sides = [Side(settings, numbers) for settings in sides]
        self._people: set[bytes] = set()
        self._first = NEWEST_MS
        self._newest = -1

    def take(self, batch: Batch) -> Answer:
        """Apply the batch."""
        for side in self.sides:
            for partition in side.partitions.values():
                partition.pass_sources(batch.times)
        applied = 0
        refused: dict[tuple[int, int], str] = {}
        for number, records in batch.records.items():
            applied += self._apply(number, records, refused)
        since = 0 if self._first == NEWEST_MS else self._first
        reached = [side.settle(since) for side in self.sides]
        return Answer(applied, [(*place, why) for place, why in sorted(refused.items())], reached)

    def concluded(self) -> Conclusion:
        """Whom the records were about, when they happened, and the alerts of both sides."""
        alerts = [list(side.alerts.values()) for side in self.sides]
        return Conclusion(len(self._people), self._first, self._newest, alerts)

    def _apply(self, number: int, records: list[Record], refused: dict[tuple[int, int], str]) -> int:
        partitions = [side.partitions[number] for side in self.sides]
        old, new = (partition.take for partition in partitions)
        meet = self._people.add
        first, newest = self._first, self._newest
        applied = 0
        for offset, arrived, key, value in records:
            try:
                data, at = _compact(value or b"")
            except WireError as error:
                refused[number, offset] = f"bad_interaction: {error}"
                continue
            is_applied = old(offset, arrived, key, data)
            new(offset, arrived, key, data)
            if is_applied and key is not None:
                applied += 1
                meet(key)
                if at < 0:
                    at = decode_head(data).occurred_at
                first = min(first, at)
                newest = max(newest, at)
        self._first, self._newest = first, newest
        for partition in partitions:
            refusals, partition.refused = partition.refused, []
            for each in refusals:
                refused[number, each.offset] = f"{each.reason}: {each.detail}"
        return applied


def _compact(value: bytes) -> tuple[bytes, int]:
    """The record in its compact form, which two sets of rules read faster than JSON, and when it happened (ms).

    The time is below 0 for a tick, and where it can't be told at a glance. Raises WireError on JSON that is no
    interaction.
    """
    if not value.startswith(b"{"):
        return value, peek(value, 0, len(value))[0]
    interaction = decode(value)
    assert isinstance(interaction, Interaction)  # noqa: S101 - a tick is no JSON object
    return encode_compact(interaction), interaction.occurred_at
