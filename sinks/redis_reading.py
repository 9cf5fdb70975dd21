"""Reading the live view: open alerts by severity and age, one stakeholder's view, boards, and a stream to follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

from sinks.alert import Severity, Status, decode_alert
from sinks.redis_layout import Keys, as_pattern, redis_failures
from sinks.relationship import decode_relationship
from sinks.wording import CLOSED, SEVERITY_RANK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from redis.asyncio import Redis

    from sinks.alert import Alert
    from sinks.relationship import Relationship

OPEN: tuple[Status, ...] = ("open", "updated")
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_OPEN: Final = frozenset(status.encode() for status in OPEN)
_PAGE = 200
_SCANNED = 5000


class StakeholderView(NamedTuple):
    """What the view knows of one stakeholder; ``alerts`` newest first, closed ones until they expire."""

    relationship: Relationship | None
    alerts: list[Alert]


class RedisReading:
    """Reads what RedisView wrote under the same prefix; every method raises SinkError when Redis is gone."""

    def __init__(self, client: Redis, *, prefix: str = "rapport:") -> None:
        self._client: Any = client  # its stubs name every reply of every mode
        self._keys = Keys(prefix)

    async def alert(self, alert_id: str) -> Alert | None:
        """One alert in its latest version, or None."""
        found = await self._alerts([alert_id])
        return found[0] if found else None

    async def alerts(
        self,
        *,
        statuses: Collection[Status] = OPEN,
        severities: Collection[Severity] = SEVERITIES,
        stakeholder: str | None = None,
        limit: int = 100,
        with_folded: bool = True,
    ) -> list[Alert]:
        """Alerts that pass every filter, the most severe first and the oldest first among these."""
        found: list[Alert] = []
        async for alert in self._candidates(statuses, severities, stakeholder):
            if not with_folded and alert.folded_into is not None:
                continue
            if alert.status in statuses and alert.severity in severities:
                found.append(alert)
                # The candidates of open alerts come in the order asked for; the others must be sorted first.
                if len(found) >= limit and stakeholder is None and not CLOSED & set(statuses):
                    break
        found.sort(key=lambda alert: (-SEVERITY_RANK[alert.severity], alert.started_at, alert.alert_id))
        return found[:limit]

    async def open_counts(self) -> dict[Severity, int]:
        """How many alerts of each severity are open."""
        with redis_failures():
            async with self._client.pipeline(transaction=False) as pipe:
                for severity in SEVERITIES:
                    pipe.zcard(self._keys.open(severity))
                return dict(zip(SEVERITIES, await pipe.execute(), strict=True))

    async def stakeholder(self, stakeholder: str) -> StakeholderView:
        """One stakeholder's relationship and alerts; empty for someone unknown."""
        with redis_failures():
            value: bytes | None = await self._client.hget(self._keys.relationship(stakeholder), "json")
            ids = await self._client.zrevrange(self._keys.by(stakeholder), 0, -1)
        relationship = None if value is None else decode_relationship(value)
        return StakeholderView(relationship, await self._alerts([one.decode() for one in ids]))

    async def relationships(self, relationship_type: str, *, limit: int = 100) -> list[Relationship]:
        """The relationships of one type, the last seen first."""
        with redis_failures():
            people = await self._client.zrevrange(self._keys.type(relationship_type), 0, limit - 1)
        values = await self._json([self._keys.relationship(person.decode()) for person in people])
        return [decode_relationship(value) for value in values]

    async def relationship_types(self) -> dict[str, int]:
        """Every type that somebody has, with the number of people; looks through all keys."""
        start = self._keys.type("")
        counts: dict[str, int] = {}
        with redis_failures():
            async for key in self._client.scan_iter(match=f"{as_pattern(start)}*", count=_SCANNED, _type="zset"):
                counts[key.decode()[len(start) :]] = await self._client.zcard(key)
        return {name: count for name, count in counts.items() if count}

    async def top_rules(self, limit: int = 10) -> list[tuple[str, int]]:
        """The rules with the most open alerts."""
        return await self._board(self._keys.board_rules, limit)

    async def top_stakeholders(self, limit: int = 10) -> list[tuple[str, int]]:
        """The stakeholders with the most severe and most open alerts, with their weight (see redis_layout)."""
        return await self._board(self._keys.board_stakeholders, limit)

    async def end(self) -> str:
        """The id of the newest change, to follow from there on."""
        with redis_failures():
            newest = await self._client.xrevrange(self._keys.changes, count=1)
        return newest[0][0].decode() if newest else "0-0"

    async def follow(self, *, after: str | None = None, block_seconds: float = 1.0) -> AsyncIterator[Alert]:
        """Yield alerts as they change, for ever; ``after`` is an id of the stream, by default its end now.

        Each alert comes in its latest version, once; versions overtaken before they were read are skipped.
        ``block_seconds`` must be shorter than the client's socket timeout.
        """
        last = after if after is not None else await self.end()
        while True:
            with redis_failures():
                reply: Any = await self._client.xread(
                    {self._keys.changes: last}, count=_PAGE, block=round(block_seconds * 1000)
                )
            for entry, fields in _entries(reply):
                last = entry
                alert = await self.alert(fields[b"id"].decode())
                if alert is not None and alert.version == int(fields[b"version"]):
                    yield alert

    async def _board(self, key: str, limit: int) -> list[tuple[str, int]]:
        with redis_failures():
            rows = await self._client.zrevrange(key, 0, limit - 1, withscores=True)
        return [(member.decode(), int(score)) for member, score in rows]

    async def _candidates(
        self, statuses: Collection[Status], severities: Collection[Severity], stakeholder: str | None
    ) -> AsyncIterator[Alert]:
        if stakeholder is not None:
            keys = [self._keys.by(stakeholder)]
        else:
            wanted = sorted(severities, key=SEVERITY_RANK.__getitem__, reverse=True)
            keys = [self._keys.open(severity) for severity in wanted] if set(OPEN) & set(statuses) else []
            keys += [self._keys.closed(status) for status in sorted(CLOSED & set(statuses))]
        for key in keys:
            start = 0
            while ids := await self._page(key, start):
                for alert in await self._alerts(ids):
                    yield alert
                start += _PAGE

    async def _page(self, key: str, start: int) -> list[str]:
        with redis_failures():
            return [one.decode() for one in await self._client.zrange(key, start, start + _PAGE - 1)]

    async def _alerts(self, ids: Sequence[str]) -> list[Alert]:
        """Those of these that there are; what is folded into an alert that is open says so, unless it is critical."""
        if not ids:
            return []
        with redis_failures():
            async with self._client.pipeline(transaction=False) as pipe:
                for one in ids:
                    pipe.hget(self._keys.alert(one), "json")
                for one in ids:
                    pipe.get(self._keys.folded(one))
                values = await pipe.execute()
        into = dict(zip(ids, values[len(ids) :], strict=True))
        standing = await self._open({parent for parent in into.values() if parent is not None})
        found = [decode_alert(value) for value in values[: len(ids)] if value is not None]
        for alert in found:
            parent = into[alert.alert_id]
            if parent in standing and alert.severity != "critical":
                alert.folded_into = parent.decode()
        return found

    async def _open(self, ids: set[bytes]) -> set[bytes]:
        """Which of these alerts are open."""
        if not ids:
            return set()
        asked = sorted(ids)
        with redis_failures():
            async with self._client.pipeline(transaction=False) as pipe:
                for one in asked:
                    pipe.hget(self._keys.alert(one.decode()), "status")
                statuses = await pipe.execute()
        return {one for one, status in zip(asked, statuses, strict=True) if status in _OPEN}

    async def _json(self, keys: Sequence[str]) -> list[bytes]:
        """The records under these keys, without those that expired meanwhile."""
        if not keys:
            return []
        with redis_failures():
            async with self._client.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.hget(key, "json")
                return [value for value in await pipe.execute() if value is not None]


def _entries(reply: Any) -> list[tuple[str, dict[bytes, bytes]]]:
    """The entries of a one-stream XREAD, in both shapes that the protocol versions give."""
    if not reply:
        return []
    stream = next(iter(reply.values()))[0] if isinstance(reply, dict) else reply[0][1]
    return [(entry.decode(), fields) for entry, fields in stream]
