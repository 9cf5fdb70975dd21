"""Typical and busy people, made by the real core out of the benchmark's own mix of interactions."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from detectors.core import Core
from detectors.interaction import KIND_CODES, Interaction
from detectors.partition import Partition
from detectors.rules import discover
from detectors.wire import encode_compact
from tests.benchmarks.records import DAY_MS, READ, START_MS, UNREAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.interaction import Kind

TYPICAL_EVENTS: Final = 12
TYPICAL_DAYS: Final = 90
BUSY_EVENTS: Final = 2_000
FIRST_OFFSET: Final = 40_000_000
"""Offsets as a log that has run for a while has them."""


class Applied(NamedTuple):
    """One record as the core wants it; ``timestamp`` below 0: the broker told no time."""

    offset: int
    timestamp: int
    key: bytes
    value: bytes


def new_partition() -> Partition:
    """An empty partition with every rule on defaults."""
    return Partition(Core([rule() for rule in discover().values()]))


def live(partition: Partition, count: int, events: int, kinds: Sequence[Kind] = (*READ, *UNREAD)) -> None:
    """Let so many people live 90 days with so many interactions each, of the mix's kinds by their weights."""
    random = Random(7)
    weights = {**READ, **UNREAD}
    codes = [KIND_CODES[kind] for kind in kinds]
    shares = [weights[kind] for kind in kinds]
    offset = FIRST_OFFSET
    for person in range(count):
        key = f"c-{person:07d}".encode()
        times = sorted(random.randrange(TYPICAL_DAYS * DAY_MS) for _ in range(events))
        records = []
        for at, code in zip(times, random.choices(codes, shares, k=events), strict=True):
            offset += 1
            interaction = Interaction(code, START_MS + at, f"{offset:012x}-{person:08x}", "page-views", 0, party=0)
            records.append(Applied(offset, -1, key, encode_compact(interaction)))
        for record in records:
            partition.apply((record,))
        partition.raised.clear()  # as the role does, which publishes them
        partition.tally.drain()
