"""What a role brings to the engine: its topics, and a shard for each partition it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.broker.engine import Engine
    from streams.broker.outbox import Outbox
    from streams.broker.whole_batches import RecordBatch


class Changes(NamedTuple):
    """What a flush writes to the changelog: the entries, then the one that completes them."""

    entries: list[tuple[bytes, bytes | None]]
    completion: tuple[bytes, bytes]


class Shard(Protocol):
    """One partition's work. Everything is synchronous; what leaves is put into the role's outbox."""

    def apply(self, batch: RecordBatch, outbox: Outbox) -> None:
        """Take in the records of one batch, in order."""

    def settled(self, position: int) -> int:
        """The next offset that may be committed when all before ``position`` were applied; usually ``position``."""

    def flush(self, cut: int, outbox: Outbox) -> Changes | None:
        """Put into the outbox what waits for the commit, and give the changes of the state up to ``cut``.

        None: this shard has no state.
        """


class Loader(Protocol):
    """Makes a shard again from its changelog, in steps that don't block for long."""

    cut: int

    def read(self, key: bytes, value: bytes | None, grave_cut: int = -1) -> None:
        """Take in one record of the changelog, a tombstone with the cut of its flush."""

    def step(self) -> bool:
        """Make some more of the shard; False when there is nothing left to do."""

    def shard(self) -> Shard:
        """The shard as of ``cut``, the last offset applied (-1: none)."""


class Role(Protocol):
    """One role of Rapport."""

    name: str
    topics: Sequence[str]
    produces: Sequence[str]
    beat_seconds: float
    reads_payloads: bool
    """Whether its shards read a batch's bytes: then no record of it is read before."""
    longest_commit_seconds: float
    """The most seconds from one commit to the next, whatever the settings say."""

    def changelog(self, topic: str) -> str | None:
        """The compacted topic, with as many partitions, that keeps the state of shards of ``topic``."""

    def loader(self, topic: str, partition: int) -> Loader:
        """A fresh loader for the shard of this partition."""

    def assigned(self, shards: dict[tuple[str, int], Any], outbox: Outbox) -> None:
        """Called when the shards are loaded and before anything is applied."""

    def beat(self, engine: Engine) -> None:
        """Called every ``beat_seconds`` while the shards are loaded: timers and reports of the role."""


@runtime_checkable
class Deferring(Protocol):
    """What a role has besides when its shards hand work to something slower than the broker."""

    def is_full(self, topic: str) -> bool:
        """Whether so much of the topic waits that no more of it should be fetched for now."""

    async def rest(self) -> None:
        """End within seconds what is under way and begin nothing new; the last commit follows."""
