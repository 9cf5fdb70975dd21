"""Hostile input in every topic, good records in between: nobody stops, nothing good is lost, nothing bad is either.

Two workers run as always; whether each bad record is in the dead letters or handled is the oracles' to say.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from detectors.interaction import KIND_CODES, Kind
from detectors.windows import DAY_MS
from detectors.wire import encode_compact, encode_json
from streams.broker import topics
from tests.faults.company import Company
from tests.faults.hostile import KEYS, anywhere, arrays, huge, mutated, noise, ticks
from tests.faults.ingest_oracle import check_ingest, dead_letters
from tests.faults.oracle import check, flat, recount
from tests.faults.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from detectors.interaction import Interaction
    from tests.faults.harness import Cluster, Sender
    from tests.faults.hostile import Hostile

pytestmark = pytest.mark.broker

SEED: Final = 25
LATER_MS: Final = 25 * 365 * DAY_MS
OURS: Final = (
    topics.ALERTS,
    topics.ALERT_STATE,
    topics.RELATIONSHIPS,
    topics.COHORT_COUNTS,
    topics.MONITOR_CHANGELOG,
    topics.PAGE_VIEWS_CHANGELOG,
)
MENTION: Final = KIND_CODES[Kind.MENTION_MADE]
FULL: Final = {
    "identities": {"email": "a@b.c"},
    "amount": {"value": 1, "currency": "EUR"},
    "score": 1,
    "score_scale": [1, 5],
    "segment": {"device": "mobile"},
    "tone": 0.5,
    "text": "hi",
    "subject": "s",
}
FIXTURES: Final = ROOT / "tests" / "streams" / "ingest" / "mappings" / "fixtures"


async def test_hostile_records_stop_no_worker_and_hide_no_good_one(new_cluster: Callable[..., Cluster]) -> None:
    async with new_cluster() as cluster:
        ingest, monitor = cluster.worker("ingest"), cluster.worker("monitor")
        ingest.start()
        monitor.start()
        async with cluster.sender(compression_type="lz4") as sender:
            for source in topics.SOURCE_TOPICS:
                await _spoil_source(cluster, sender, source)
            sent = await _spoil_interactions(cluster, sender)
        async with cluster.sender() as sender:
            for topic in (topics.PAGE_VIEWS, topics.INTERACTIONS):
                await _send(sender, cluster.topic(topic), huge(SEED))
        sent |= {(key or b"", value or b"") for key, value in huge(SEED)}
        await cluster.done("ingest", *topics.SOURCE_TOPICS, seconds=120)
        assert await ingest.stop() == 0, ingest.words()[-3000:]
        await cluster.done("monitor", topics.INTERACTIONS, seconds=120)
        assert await monitor.stop() == 0, monitor.words()[-3000:]
        figures = await check_ingest(cluster, *topics.SOURCE_TOPICS, foreign=sent)
        alerts = await check(cluster)
        await _check_good(cluster)
        await _check_sizes(cluster)
        reasons = sorted({reason for reason, _ in (await dead_letters(cluster)).values()})
    print(f"\n{figures}; then {alerts}; reasons: {', '.join(reasons)}")
    assert (ingest.starts, monitor.starts) == (1, 1)
    assert {"not_json", "too_deep", "too_large", "bad_value", "bad_interaction", "no_stakeholder"} <= set(reasons)


async def _spoil_source(cluster: Cluster, sender: Sender, source: str) -> None:
    topic = cluster.topic(source)
    goods = json.loads((FIXTURES / f"{source}.json").read_text())
    await _send(sender, topic, anywhere(SEED))
    for good in goods[:3]:
        await _send(sender, topic, ((b"m", value) for value in mutated(good)))
    await _send(sender, topic, ((key, json.dumps(goods[0]).encode()) for key in KEYS))
    await _send(sender, topic, ((b"good", json.dumps(good).encode()) for good in goods))


def _goods() -> list[tuple[bytes, Interaction]]:
    """From a time when also the sources' fixtures are: people of another century would be forgotten."""
    return [
        (key, msgspec.structs.replace(event, occurred_at=event.occurred_at + LATER_MS))
        for key, event in Company(40, SEED).events(3000)
    ]


async def _spoil_interactions(cluster: Cluster, sender: Sender) -> set[tuple[bytes, bytes]]:
    """Bad ones of every kind and, in between, people as they always are; gives all that was sent."""
    topic = cluster.topic(topics.INTERACTIONS)
    goods = _goods()
    good = Company(4, SEED + 1).events(1)[0][1]
    fields = list(msgspec.structs.astuple(good))
    record: dict[str, Any] = json.loads(encode_json(good))
    full = {**record, **FULL}
    compact = encode_compact(good)
    draw = random.Random(SEED)
    bad = [
        *anywhere(SEED),
        *((b"bad", value) for value in arrays(fields)),
        *((b"bad", value) for value in mutated(full)),
        *((key, compact) for key in KEYS),
        *((None, value) for value in ticks()),
        (b"bad", encode_compact(msgspec.structs.replace(good, kind=MENTION, subject=noise(draw, 2_000_000)))),
        *((b"bad", encode_compact(msgspec.structs.replace(good, source=noise(draw, 500)))) for _ in range(4000)),
    ]
    every = len(bad) // len(goods) + 1
    mixed: list[Hostile] = []
    for place, (key, interaction) in enumerate(goods):
        mixed += bad[place * every : (place + 1) * every]
        mixed.append((key, encode_compact(interaction)))
    await _send(sender, topic, mixed)
    return {(key or b"", value or b"") for key, value in mixed}


async def _send(sender: Sender, topic: str, records: Iterable[Hostile]) -> None:
    for key, value in records:
        await sender.send(topic, key, value, _place(key))


def _place(key: bytes | None) -> int | None:
    """Records without a key all go to one partition, so that the same run comes again."""
    return 1 if key is None else None


async def _check_good(cluster: Cluster) -> None:
    """The people between the bad records are all known, and none of what they did was refused."""
    goods = [(key, encode_compact(interaction)) for key, interaction in _goods()]
    people = {key for partition in (await recount(cluster)).partitions.values() for key in partition.people}
    assert {key for key, _ in goods} <= people
    buried = {value for _, value in (await dead_letters(cluster)).values()}
    assert not buried & {value for _, value in goods}


async def _check_sizes(cluster: Cluster) -> None:
    """What we write ourselves stays below what any cluster takes (1 MiB), whatever names and texts others send."""
    for name in OURS:
        sizes = [len(each.key or b"") + len(each.value or b"") for each in flat(await cluster.records(name))]
        assert max(sizes, default=0) < 512 * 1024, name
