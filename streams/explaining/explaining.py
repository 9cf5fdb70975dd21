"""An alert explained from the log: its events fetched, its partition applied anew, a life lived otherwise."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from aiokafka import TopicPartition

from detectors.prevention import prevention, troubles
from detectors.recount import Recount
from streams.broker.reading import reader
from streams.explaining.explanation import (
    Explanation,
    Log,
    PreventedBy,
    Recomputed,
    choose,
    counted_event,
    differences,
    is_version,
    prevented_by,
)
from streams.explaining.sentences import notes, prevented_by_figures
from streams.monitor.alerts import person_alert
from streams.monitor.core import new_core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from detectors.core import Core
    from sinks.alert import Alert, Evidence
    from streams.broker.reading import Reader
    from streams.settings import Settings

UNTOLD: Final = "The smallest change that would have prevented it can't be told."
UNDER_THESE: Final = "With the rules in force there would have been no such alert."


async def explain(settings: Settings, alert: Alert, watch: Callable[[int, int], None]) -> Explanation:
    """Explain the alert; ``watch`` hears how many records have been applied anew, and of how many about.

    An alert that lists no event (of a cohort, of operations) is explained by its figures; the broker is not asked.
    Raises TopicMissingError, or what the broker answers.
    """
    in_force = settings.rules_version()
    if alert.stakeholder is None or not alert.evidence:
        by_figures = PreventedBy(prevented_by_figures(alert.measured))
        told = Explanation(alert=alert, rules_in_force=in_force, prevention=by_figures)
    else:
        async with reader(settings.broker) as reading:
            told = await _from_log(reading, alert, new_core(settings), in_force, watch)
    told.notes = notes(told)
    return told


async def _from_log(
    reading: Reader, alert: Alert, core: Core, in_force: str, watch: Callable[[int, int], None]
) -> Explanation:
    records, begins = await _events(reading, alert)
    events = [
        counted_event(each, records.get((*_place(each), each.offset)), begins.get(_place(each)))
        for each in alert.evidence
    ]
    told = Explanation(alert=alert, rules_in_force=in_force, events=events, prevention=PreventedBy(UNTOLD))
    place = _place(alert.evidence[-1])
    if place not in begins:
        told.recomputed = Recomputed("impossible", why=f"topic {place.topic} has no partition {place.partition} now")
        return told
    told.log = Log(place.topic, place.partition, begins[place])
    if alert.rule not in core.rules:
        told.recomputed = Recomputed("impossible", why=f"the rule {alert.rule} is switched off, or unknown here")
        return told
    recount = Recount(core, _key(alert, records.values()), alert.rule)
    told.log = await _recount(recount, reading, place, alert, watch)
    told.recomputed, told.prevention = _judged(recount, told.log, alert, core, in_force)
    return told


def _place(evidence: Evidence) -> TopicPartition:
    return TopicPartition(evidence.topic, evidence.partition)


def _key(alert: Alert, records: Iterable[Any]) -> bytes:
    """The person's key in the log, which need not be UTF-8, as the stakeholder's id is."""
    keys = (record.key for record in records if record.key is not None)
    name = alert.stakeholder or ""
    return next((key for key in keys if key.decode("utf-8", "replace") == name), name.encode())


async def _events(reading: Reader, alert: Alert) -> tuple[dict[tuple[str, int, int], Any], dict[TopicPartition, int]]:
    """The listed events that the log still has, and where each partition of theirs begins, if it is there."""
    wanted: dict[TopicPartition, list[int]] = {}
    for each in alert.evidence:
        wanted.setdefault(_place(each), []).append(each.offset)
    records: dict[tuple[str, int, int], Any] = {}
    begins: dict[TopicPartition, int] = {}
    for place, offsets in wanted.items():
        if place.partition < await reading.partitions(place.topic):
            begins[place], _ = await reading.bounds(place)
            there = await reading.records(place, [offset for offset in offsets if offset >= begins[place]])
            records |= {(*place, offset): record for offset, record in there.items()}
    return records, begins


async def _recount(
    recount: Recount, reading: Reader, place: TopicPartition, alert: Alert, watch: Callable[[int, int], None]
) -> Log:
    """Apply the partition from where it begins until the version comes, else to the end."""
    begin, end = await reading.bounds(place)
    seen = 0
    async with aclosing(reading.pages(place)) as pages:
        async for page in pages:
            recount.apply(page)
            watch(recount.applied, end - begin)
            if any(is_version(each, alert) for each in recount.conclusions[seen:]):
                break
            seen = len(recount.conclusions)
    return Log(place.topic, place.partition, begin, recount.applied)


def _judged(recount: Recount, log: Log, alert: Alert, core: Core, in_force: str) -> tuple[Recomputed, PreventedBy]:
    """What the recount makes of the alert, and what would have prevented it."""
    conclusions = recount.conclusions
    chosen = choose(conclusions, alert)
    if chosen is None and log.begin:
        why = f"what the log has from its present beginning on, offset {log.begin}, does not give the alert"
        return Recomputed("impossible", why=why), PreventedBy(UNTOLD)
    if chosen is None:
        sentence = UNTOLD if in_force == alert.rules_version else UNDER_THESE
        return Recomputed("none"), PreventedBy(sentence)
    rule = core.rules[alert.rule]
    raised = conclusions[chosen.place].raised
    again = person_alert(raised, rule, topic=log.topic, partition=log.partition, rules_version=in_force)
    differing = differences(alert, again) if chosen.is_of_alert else []
    found = prevention(core, recount.life(), troubles(conclusions, chosen.place))
    return (
        Recomputed("different" if differing else "same" if chosen.is_of_alert else "another", again, differing),
        PreventedBy(UNTOLD) if found is None else prevented_by(found),
    )
