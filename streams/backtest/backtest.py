"""Pages of history dealt out to the processes that judge, and what they answer put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from detectors.cohort_partition import CohortPartition
from detectors.counts import Progress
from detectors.interaction import NEWEST_MS
from streams.backtest.messages import Alerts, Batch, Record
from streams.cohorts.alerts import cohort_alert
from streams.files.recordings import BadLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streams.backtest.lanes import Lane
    from streams.backtest.messages import Answer, Reached
    from streams.settings import Settings


class Page(NamedTuple):
    """Some records by partition, in the order of offsets.

    ``place`` names a record by partition and offset (file and line, or where it lies in the log); ``size`` is how many
    records there are, ``done`` how far the source has been read with them.
    """

    records: Mapping[int, list[Record]]
    place: Callable[[int, int], tuple[str, int]]
    size: int
    done: int


class Outcome(NamedTuple):
    """What was lived through (``first`` and ``newest`` in ms of event time), and the alerts of both sides."""

    interactions: int
    people: int
    first: int
    newest: int
    old: Alerts
    new: Alerts


class Backtest:
    """Takes pages, then gives the outcome; ``told`` hears of each record that is refused.

    ``has_ticks``: the records themselves tell how time passes, as in the log. Otherwise what one partition has seen is
    passed on to the others before the next page, so that absences come due where nothing happens.
    """

    def __init__(
        self,
        sides: Sequence[Settings],
        lanes: Sequence[Lane],
        partitions: int,
        told: Callable[[BadLine], None],
        *,
        has_ticks: bool = False,
    ) -> None:
        self._lanes = lanes
        self._partitions = partitions
        self._told = told
        self._has_ticks = has_ticks
        self._cohorts = [_Cohorts(settings) for settings in sides]
        self._times: dict[str, int] = {}
        self._asked: Page | None = None
        self._applied = 0

    def take(self, page: Page) -> None:
        """Have the page judged, as soon as the one before it has been."""
        self._listen()
        times = {} if self._has_ticks else self._times
        for lane in self._lanes:
            records = {number: page.records[number] for number in lane.numbers if page.records.get(number)}
            lane.ask(Batch(records, times))
        self._asked = page

    def outcome(self) -> Outcome:
        """End the work: let all partitions come to the same time, and gather the alerts."""
        self.take(Page({}, lambda number, offset: (str(number), offset), 0, 0))
        self._listen()
        said = [lane.conclude() for lane in self._lanes]
        old, new = (cohorts.alerts for cohorts in self._cohorts)
        for each in said:
            for alerts, more in zip((old, new), each.alerts, strict=True):
                alerts.update((told.alert_id, told) for told in more)
        return Outcome(
            self._applied,
            sum(each.people for each in said),
            min((each.first for each in said), default=NEWEST_MS),
            max((each.newest for each in said), default=-1),
            old,
            new,
        )

    def _listen(self) -> None:
        """Wait for what the last page came to."""
        page, self._asked = self._asked, None
        if page is None:
            return
        answers = [lane.answer() for lane in self._lanes]
        for number, offset, why in sorted(each for answer in answers for each in answer.refused):
            self._told(BadLine(*page.place(number, offset), why))
        self._applied += sum(answer.applied for answer in answers)
        for side, cohorts in enumerate(self._cohorts):
            cohorts.take([reached for answer in answers for reached in answer.reached[side]], self._partitions)
        self._note_times(answers)

    def _note_times(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            for reached in answer.reached[0]:
                for source, at in reached.times.items():
                    self._times[source] = max(at, self._times.get(source, 0))


class _Cohorts:
    """The cohorts under one set of rules, and the alerts that they raised."""

    def __init__(self, settings: Settings) -> None:
        self.alerts = Alerts()
        self._partition = CohortPartition(settings.cohort_rules())
        self._version = settings.rules_version()

    def take(self, reached: Sequence[Reached], partitions: int) -> None:
        """Take in the counts of these partitions of people, then let the time pass that they have come to."""
        partition = self._partition
        for each in reached:
            for tally in each.tallies:
                partition.count(tally)
        if partition.series:
            for each in reached:
                partition.pass_time(Progress(each.partition, partitions, each.times, each.since))
        raised, partition.raised = partition.raised, []
        for news in raised:
            self.alerts.hear(cohort_alert(news, rules_version=self._version))
