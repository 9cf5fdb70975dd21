"""One partition of a source topic in ingest: records mapped, sessions told, what can't be used buried."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from detectors.cuts import COMPLETION_KEY, CutReader
from detectors.wire import encode_compact
from sinks.metrics import EventOutcome
from streams.broker.dead_letters import put_dead_letter
from streams.broker.role import Changes
from streams.ingest.mapper import Mapper
from streams.ingest.sessions import Sessions, session_key
from streams.ingest.stored import Completion, decode_completion, decode_wrapped, encode_stored

if TYPE_CHECKING:
    from detectors.interaction import Interaction
    from streams.broker.outbox import Outbox
    from streams.broker.whole_batches import RecordBatch
    from streams.ingest.refusal import Refused
    from streams.ingest.role import IngestRole

LIVE_MS: Final = 600_000
"""An event that arrives within so long after it happened is live, not replayed."""


class SourceShard:
    """``newest_ms`` is the newest event time seen; ``longest_gap_ms`` the longest stretch without one since asked."""

    def __init__(self, role: IngestRole, source: str, number: int, sessions: Sessions | None) -> None:
        self.role = role
        self.source = source
        self.number = number
        self.sessions = sessions
        self.newest_ms = 0
        self.longest_gap_ms = 0
        self.is_live = False
        self._mapper = Mapper(source, role.settings)

    def apply(self, batch: RecordBatch, outbox: Outbox) -> None:
        """Map the records and write what they say."""
        read = self._mapper.map
        made = ignored = 0
        reasons: list[str] = []
        for record in batch.records:
            mapped = read(record.value or b"", record.timestamp)
            for interaction in mapped.interactions:
                made += 1
                self._take(interaction, record.timestamp, outbox)
            ignored += mapped.ignored
            if mapped.refusals:
                first = mapped.refusals[0]
                reasons.append(first.reason)
                self._bury(record, first, outbox)
        outcomes = {EventOutcome.MAPPED: made, EventOutcome.IGNORED: ignored, EventOutcome.DEAD_LETTER: len(reasons)}
        self.role.metrics.events(self.source, outcomes)
        self.role.metrics.dead_letters(Counter(reasons))

    def let_pass(self, now_ms: int, outbox: Outbox) -> None:
        """Let sessions end while nothing comes: a live source's time is the clock's."""
        if self.sessions is not None and self.is_live:
            self._emit(self.sessions.advance(now_ms), outbox)

    def settled(self, position: int) -> int:
        """All that was applied may be committed."""
        return position

    def flush(self, cut: int, outbox: Outbox) -> Changes | None:  # the outbox: a shard may have last words
        """Give the changed sessions; None for a source without any."""
        sessions = self.sessions
        if sessions is None:
            return None
        dirty, sessions.dirty = sessions.dirty, set()
        entries: list[tuple[bytes, bytes | None]] = []
        for key in dirty:
            value = sessions.encode(key)
            entries.append((key, None if value is None else encode_stored((cut, value))))
        return Changes(entries, (COMPLETION_KEY, encode_stored(Completion(cut, len(sessions), self.newest_ms))))

    def _bury(self, record: Any, refused: Refused, outbox: Outbox) -> None:
        put_dead_letter(
            outbox,
            self.role.dead_letters,
            source_topic=self.role.topic_of[self.source],
            partition=self.number,
            offset=record.offset,
            time_ms=record.timestamp,
            key=record.key,
            value=record.value,
            reason=refused.reason,
            detail=refused.detail,
        )

    def _take(self, interaction: Interaction, arrived_ms: int, outbox: Outbox) -> None:
        at = interaction.occurred_at
        if at > self.newest_ms:
            if self.newest_ms:
                self.longest_gap_ms = max(self.longest_gap_ms, at - self.newest_ms)
            self.newest_ms = at
            self.is_live = arrived_ms - at < LIVE_MS
        sessions = self.sessions
        if sessions is None:
            self._emit((interaction,), outbox)
        else:
            key = session_key(interaction)
            self._emit((interaction, *sessions.apply(interaction, key), *sessions.advance(self.newest_ms)), outbox)

    def _emit(self, interactions: tuple[Interaction, ...] | list[Interaction], outbox: Outbox) -> None:
        topic = self.role.interactions
        for interaction in interactions:
            key = (interaction.stakeholder or "").encode()
            interaction.stakeholder = None  # the record's key says it
            outbox.put(topic, key, encode_compact(interaction))


class SourceLoader:
    """Makes the shard again: from its changelog where the source has sessions, else from nothing."""

    def __init__(self, role: IngestRole, source: str, number: int, *, has_sessions: bool) -> None:
        sessions = Sessions(role.settings) if has_sessions else None
        self._shard = SourceShard(role, source, number, sessions)
        self._cuts = CutReader()
        self.read = self._cuts.read

    @property
    def cut(self) -> int:
        """The last offset that the sessions have applied; -1 for none."""
        return self._cuts.cut

    def step(self) -> bool:
        """Take back all sessions at once: there are only as many as people on the site."""
        self._cuts.finish()
        if self._cuts.completion is not None and self._shard.sessions is not None:
            self._shard.newest_ms = decode_completion(self._cuts.completion).newest_ms
            for key, value in self._cuts.entries.items():
                self._shard.sessions.load(key, decode_wrapped(value)[1])
        return False

    def shard(self) -> SourceShard:
        """The shard as of ``cut``."""
        return self._shard
