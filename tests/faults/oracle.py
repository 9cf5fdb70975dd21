"""The oracle: what must be on the broker by a recount of the whole log, without any broker, batch or crash.

:func:`check` compares; every difference is a failure with the first few examples.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from detectors.partition import SEEN_MS, Partition
from detectors.state import StateReader, encode_partition
from sinks.alert import decode_alert, encode_alert
from sinks.dead_letter import decode_headers
from sinks.relationship import decode_relationship
from sinks.stamps import alert_id
from streams.broker import topics
from streams.broker.restore import grave_cut
from streams.monitor.alerts import feed_alert, person_alert
from streams.monitor.relationships import relationship
from streams.monitor.role import MonitorRole
from streams.roles import new_metrics

if TYPE_CHECKING:
    from detectors.stakeholder import Stakeholder
    from sinks.alert import Alert
    from tests.faults.harness import Cluster, Record

Version = tuple[str, int]


@dataclass
class Recount:
    """What follows from the log: the value of every alert's every version, dead letters, and the final state."""

    alerts: dict[Version, bytes] = field(default_factory=dict)
    keys: dict[Version, bytes] = field(default_factory=dict)
    dead: dict[tuple[int, int], tuple[str, bytes | None]] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    gone: set[bytes] = field(default_factory=set)
    partitions: dict[int, Partition] = field(default_factory=dict)
    applied: int = 0

    def latest(self) -> dict[str, bytes]:
        """The last version of each alert."""
        latest: dict[str, bytes] = {}
        for (name, _), value in sorted(self.alerts.items()):
            latest[name] = value
        return latest


@dataclass(frozen=True)
class Figures:
    """What a run came to."""

    events: int
    alerts: int
    records: int
    rules: Counter[str]

    @property
    def duplicates(self) -> float:
        """Per cent of the records on ``alerts`` that repeat another."""
        return 100 * (self.records - self.alerts) / max(1, self.records)

    def __str__(self) -> str:
        rules = ", ".join(f"{name} {count}" for name, count in sorted(self.rules.items()))
        duplicates = f"{self.duplicates:.2f} % duplicate records"
        return f"{self.events} events, {self.alerts} alert versions ({rules}), {duplicates}"


async def recount(cluster: Cluster) -> Recount:
    """Apply the whole of ``interactions``, partition by partition in order, to fresh partitions."""
    role = MonitorRole(cluster.settings, new_metrics(cluster.settings))
    made = Recount()
    for number, records in (await cluster.records(topics.INTERACTIONS)).items():
        partition = made.partitions[number] = Partition(role.core)
        made.applied += partition.apply(records)
        for each in partition.raised:
            alert = person_alert(
                each,
                role.core.rules[each.rule],
                topic=role.interactions,
                partition=number,
                rules_version=role.rules_version,
            )
            _expect(made, each.key, alert)
        if number == 0:
            for news in partition.feeds:
                _expect(made, news.source.encode(), feed_alert(news, rules_version=role.rules_version))
        made.dead |= {(number, each.offset): (each.reason, each.value) for each in partition.refused}
        for key, who in partition.forgotten:
            made.gone.add(key)
            for rule, episode in (who.episodes or {}).items():
                made.forgotten.add(alert_id(key.decode("utf-8", "replace"), rule, episode.started_at))
    return made


def _expect(made: Recount, key: bytes, alert: Alert) -> None:
    version = (alert.alert_id, alert.version)
    assert version not in made.alerts, f"the log itself gives {version} twice"
    made.alerts[version] = encode_alert(alert)
    made.keys[version] = key


async def check(cluster: Cluster) -> Figures:
    """Compare everything that the monitor has written with the recount."""
    expected = await recount(cluster)
    records = await check_alerts(cluster, expected)
    await _check_alert_state(cluster, expected)
    await _check_relationships(cluster, expected)
    await check_state(cluster, expected)
    await _check_dead_letters(cluster, expected)
    rules = Counter(decode_alert(value).rule for value in expected.alerts.values())
    return Figures(expected.applied, len(expected.alerts), records, rules)


async def check_alerts(cluster: Cluster, expected: Recount) -> int:
    """Every alert that must be there, none besides, each copy equal; gives how many records there are."""
    records = flat(await cluster.records(topics.ALERTS))
    seen: dict[Version, bytes] = {}
    for record in records:
        assert record.value is not None
        alert = decode_alert(record.value)
        version = (alert.alert_id, alert.version)
        first = seen.setdefault(version, record.value)
        assert first == record.value, f"two values of {version}:\n{first!r}\n{record.value!r}"
        assert record.key == expected.keys.get(version, record.key)
    assert_same(expected.alerts, seen, "alerts")
    return len(records)


async def _check_alert_state(cluster: Cluster, expected: Recount) -> None:
    last = _last(await cluster.records(topics.ALERT_STATE))
    wanted = {name: None if name in expected.forgotten else value for name, value in expected.latest().items()}
    assert_same(wanted, {key.decode(): value for key, value in last.items()}, "alert-state")


async def _check_relationships(cluster: Cluster, expected: Recount) -> None:
    """Type, start and open alerts of everybody; what a flush in between may leave a little old is left out."""
    last = _last(await cluster.records(topics.RELATIONSHIPS))
    found = {key: None if value is None else _core(decode_relationship(value)) for key, value in last.items()}
    wanted: dict[bytes, Any] = dict.fromkeys(expected.gone)
    for partition in expected.partitions.values():
        wanted |= {key: _core(relationship(key, who, 0, partition)) for key, who in partition.people.items()}
    assert_same(wanted, found, "relationships")


def _core(record: Any) -> tuple[Any, ...]:
    scores = sorted(record.scores.items())
    return record.type, record.since, record.party, scores, record.purchases, sorted(record.open_alerts), record.roles


async def check_state(cluster: Cluster, expected: Recount) -> None:
    """What a worker would restore now is what the recount ends with."""
    core = MonitorRole(cluster.settings, new_metrics(cluster.settings)).core
    changelog = await cluster.records(topics.MONITOR_CHANGELOG)
    for number, wanted in expected.partitions.items():
        reader = StateReader(core)
        for record in changelog[number]:
            reader.read(record.key or b"", record.value, grave_cut(record.headers))
        cut = reader.cut
        reader.begin()
        while reader.fill(10_000):
            pass
        found = reader.partition
        end = (await cluster.progress("monitor")).get(cluster.places(topics.INTERACTIONS)[number], 0)
        assert cut == end - 1, f"partition {number}: state as of {cut}, committed {end}"
        assert_same(_people(wanted), _people(found), f"people of partition {number}")
        assert_same(
            _beside_people(wanted, cut), _beside_people(found, cut), f"statistics and clocks of partition {number}"
        )
        assert wanted.agenda.armed == found.agenda.armed


def _beside_people(partition: Partition, cut: int) -> dict[str, Any]:
    """Population statistics, clocks and times, as they are stored."""
    stored: dict[str, Any] = msgspec.msgpack.decode(encode_partition(partition, cut), strict=False)
    return stored


def _people(partition: Partition) -> dict[bytes, tuple[Any, ...]]:
    return {key: _person(who) for key, who in partition.people.items()}


def _person(who: Stakeholder) -> tuple[Any, ...]:
    return (
        who.offset,
        who.seen // SEEN_MS,
        who.party,
        who.type,
        who.since,
        who.scores,
        [role.to_standing() for role in who.roles or ()],
        who.ids,
        who.log,
        who.trails,
        [rhythm and rhythm.to_tuple() for rhythm in who.rhythms],
        {rule: each.to_tuple() for rule, each in (who.episodes or {}).items()},
        dict(who.deadlines or {}),
    )


async def _check_dead_letters(cluster: Cluster, expected: Recount) -> None:
    found = {}
    for record in flat(await cluster.records(topics.DEAD_LETTERS)):
        headers = decode_headers(record.headers)
        if headers.topic == cluster.topic(topics.INTERACTIONS):
            found[int(headers.partition), int(headers.offset)] = (headers.reason, record.value)
    assert_same(expected.dead, found, "dead letters")


def _last(records: dict[int, list[Record]]) -> dict[bytes, bytes | None]:
    return {record.key or b"": record.value for record in flat(records)}


def flat(records: dict[int, list[Record]]) -> list[Record]:
    """All records of a topic, partition by partition."""
    return [record for number in sorted(records) for record in records[number]]


def assert_same(wanted: dict[Any, Any], found: dict[Any, Any], what: str) -> None:
    """Fail with how many differ and the first few."""
    kinds = Counter(
        "missing" if key not in found else "besides" if key not in wanted else "other"
        for key in wanted.keys() | found.keys()
        if key not in found or key not in wanted or wanted[key] != found[key]
    )
    examples = [
        (key, wanted.get(key, "nothing"), found.get(key, "nothing"))
        for key in sorted(wanted.keys() | found.keys())
        if wanted.get(key, "nothing") != found.get(key, "nothing")
    ]
    assert not examples, f"{what}: {dict(kinds)}; (key, wanted, found): {examples[:3]}"
