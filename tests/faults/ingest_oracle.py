"""The oracle of ingest: what the mapper and the sessions say of the source records, read in order, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detectors.wire import Tick, decode, encode_compact
from sinks.dead_letter import decode_headers
from streams.broker import topics
from streams.broker.restore import grave_cut
from streams.ingest.mapper import Mapper
from streams.ingest.role import IngestRole
from streams.ingest.sessions import Sessions, session_key
from streams.roles import new_metrics
from tests.faults.oracle import assert_same, flat

if TYPE_CHECKING:
    from collections.abc import Container

    from detectors.interaction import Interaction
    from streams.ingest.shard import SourceLoader
    from tests.faults.harness import Cluster, Record

Where = tuple[str, int, int]
Copy = tuple[bytes, bytes]


@dataclass
class Expected:
    """Key and value of each interaction; by origin, reason and bytes of each dead letter; the open sessions."""

    interactions: set[Copy] = field(default_factory=set)
    dead: dict[Where, tuple[str, bytes | None]] = field(default_factory=dict)
    sessions: dict[int, Sessions] = field(default_factory=dict)
    records: int = 0


@dataclass(frozen=True)
class IngestFigures:
    """What a run came to."""

    sources: int
    interactions: int
    records: int
    dead: int

    @property
    def duplicates(self) -> float:
        """Per cent of the records on ``interactions`` that repeat another, redelivered ones of the source included."""
        return 100 * (self.records - self.interactions) / max(1, self.records)

    def __str__(self) -> str:
        return (
            f"{self.sources} source records, {self.interactions} interactions, {self.dead} dead letters,"
            f" {self.duplicates:.2f} % duplicate interactions"
        )


async def check_ingest(cluster: Cluster, *sources: str, foreign: Container[Copy] = ()) -> IngestFigures:
    """Compare what ingest has written with what the source records say; ``foreign``: what others wrote besides."""
    expected = Expected()
    for source in sources:
        for number, records in (await cluster.records(source)).items():
            _recount(cluster, expected, source, number, records)
    found = await _interactions(cluster, foreign)
    assert_same(dict.fromkeys(expected.interactions), dict.fromkeys(found), "interactions")
    dead = await dead_letters(cluster)
    canonical = cluster.topic(topics.INTERACTIONS)
    assert_same(expected.dead, {where: each for where, each in dead.items() if where[0] != canonical}, "dead letters")
    await _check_sessions(cluster, expected)
    return IngestFigures(expected.records, len(expected.interactions), found.total(), len(expected.dead))


async def dead_letters(cluster: Cluster) -> dict[Where, tuple[str, bytes | None]]:
    """Every dead letter by where it came from; copies must be equal."""
    found: dict[Where, tuple[str, bytes | None]] = {}
    for record in flat(await cluster.records(topics.DEAD_LETTERS)):
        headers = decode_headers(record.headers)
        place = headers.topic, int(headers.partition), int(headers.offset)
        assert found.setdefault(place, (headers.reason, record.value)) == (headers.reason, record.value), place
    return found


def _recount(cluster: Cluster, expected: Expected, source: str, number: int, records: list[Record]) -> None:
    mapper = Mapper(source, cluster.settings.ingest)
    sessions = Sessions(cluster.settings.ingest) if source == topics.PAGE_VIEWS else None
    if sessions is not None:
        expected.sessions[number] = sessions
    newest = 0
    for record in records:
        expected.records += 1
        mapped = mapper.map(record.value or b"", record.timestamp)
        for interaction in mapped.interactions:
            newest = max(newest, interaction.occurred_at)
            made = [interaction]
            if sessions is not None:
                made += sessions.apply(interaction, session_key(interaction)) + sessions.advance(newest)
            for each in made:
                _expect(expected, each)
        if mapped.refusals:
            place = cluster.topic(source), number, record.offset
            expected.dead[place] = (mapped.refusals[0].reason, record.value)


def _expect(expected: Expected, interaction: Interaction) -> None:
    key = (interaction.stakeholder or "").encode()
    interaction.stakeholder = None
    expected.interactions.add((key, encode_compact(interaction)))


async def _interactions(cluster: Cluster, foreign: Container[Copy]) -> Counter[Copy]:
    """How often each interaction is there, ticks and what others wrote left out."""
    found: Counter[Copy] = Counter()
    for record in flat(await cluster.records(topics.INTERACTIONS)):
        copy = record.key or b"", record.value or b""
        if copy not in foreign and not isinstance(decode(copy[1]), Tick):
            found[copy] += 1
    return found


async def _check_sessions(cluster: Cluster, expected: Expected) -> None:
    """What a worker would restore now are the sessions that the recount ends with."""
    role = IngestRole(cluster.settings, new_metrics(cluster.settings))
    for number, records in (await cluster.records(topics.PAGE_VIEWS_CHANGELOG)).items():
        wanted = expected.sessions.get(number)
        loader: SourceLoader = role.loader(role.topic_of[topics.PAGE_VIEWS], number)
        for record in records:
            loader.read(record.key or b"", record.value, grave_cut(record.headers))
        loader.step()
        found = loader.shard().sessions
        assert found is not None
        assert_same(_open(wanted), _open(found), f"sessions of partition {number}")


def _open(sessions: Sessions | None) -> dict[bytes, bytes | None]:
    return {} if sessions is None else {key: sessions.encode(key) for key in sessions._sessions}
