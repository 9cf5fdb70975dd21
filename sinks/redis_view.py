"""The live view in Redis: what the command line and dashboards read; all of it can be rebuilt from the topics.

Every write is one script, so a version replaces only older ones, and an alert is never half in the view,
however often and in whatever order records come.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from detectors.together import PEOPLE, key_at
from sinks.alert import encode_alert
from sinks.redis_connection import connect
from sinks.redis_layout import (
    FORGET_ALERT,
    FORGET_RELATIONSHIP,
    LAYOUT,
    MARK,
    PUT_ALERT,
    PUT_RELATIONSHIP,
    STREAM_LENGTH,
    WITHHOLD,
    Keys,
    as_pattern,
    redis_failures,
)
from sinks.relationship import encode_relationship

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from redis.asyncio import Redis
    from redis.commands.core import AsyncScript

    from sinks.alert import Alert
    from sinks.relationship import Relationship

    _Call = tuple[str, list[str | bytes | int]]

_BATCH = 500
_DAY_SECONDS = 86_400


class RedisView:
    """Writes alerts and relationships into the view; idempotent by (id, version). ``close()`` closes the client.

    ``kept_days`` is how long a resolved or retracted alert can still be read, counted from its writing, so that
    replayed history can be looked at. The client's replies must be bytes (``decode_responses=False``).
    """

    name = "redis_view"
    layout = LAYOUT

    def __init__(
        self,
        client: Redis,
        *,
        prefix: str = "rapport:",
        kept_days: float = 30.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        if not 0 < kept_days <= 3650:
            raise ValueError(f"kept_days is {kept_days}; allowed: more than 0, at most 3650")
        self.keys = Keys(prefix)
        self._client: Any = client  # its stubs name every reply of every mode
        self._kept_seconds = max(1, round(kept_days * _DAY_SECONDS))
        self._now = now
        self._put_alert = client.register_script(PUT_ALERT)
        self._put_relationship = client.register_script(PUT_RELATIONSHIP)
        self._forget_alert = client.register_script(FORGET_ALERT)
        self._forget_relationship = client.register_script(FORGET_RELATIONSHIP)
        self._mark = client.register_script(MARK)
        self._withhold = client.register_script(WITHHOLD)
        self._building = self.keys.building(uuid.uuid4().hex)

    async def send(self, alert: Alert) -> None:
        """Take this version in unless the view has it or a newer one; raises SinkError."""
        await self.send_many((alert,))

    async def send_many(self, alerts: Iterable[Alert]) -> int:
        """Take versions in, in their order, and return how many were new; after a SinkError send all of them again."""
        return await self._run(self._put_alert, [self._alert_call(alert) for alert in alerts])

    async def send_relationship(self, record: Relationship) -> None:
        """Take this version in unless the view has it or a newer one; raises SinkError."""
        await self.send_relationships((record,))

    async def send_relationships(self, records: Iterable[Relationship]) -> int:
        """Take versions in and return how many were new; after a SinkError send all of them again."""
        return await self._run(self._put_relationship, [self._relationship_call(record) for record in records])

    async def forget_alert(self, alert_id: str) -> bool:
        """Remove an alert and every trace of it but its id in the stream; False if there was none."""
        return bool(await self._run(self._forget_alert, [(self.keys.alert(alert_id), [self.keys.prefix, alert_id])]))

    async def forget_relationship(self, stakeholder: str) -> bool:
        """Remove a relationship; False if there was none."""
        key = self.keys.relationship(stakeholder)
        return bool(await self._run(self._forget_relationship, [(key, [self.keys.prefix, stakeholder])]))

    async def withholds(self, sink: str, alert: Alert, reason: str) -> bool:
        """Whether this version is not to be told to the sink: many who shifted for the reason are one alert now.

        That is decided at an alert's first version, remembered, and undone by a critical one.
        """
        keys = [self.keys.withheld(alert.alert_id), self.keys.many(reason)]
        is_first, is_critical = int(alert.version == 1), int(alert.severity == "critical")
        with redis_failures():
            return bool(await self._withhold(keys=keys, args=[sink, is_first, is_critical, self._kept_seconds]))

    async def flushed(self, build: str) -> bool:
        """Tell whether the view is another one than ``build``, or gone: then it must be rebuilt from the topics."""
        with redis_failures():
            found: bytes | None = await self._client.get(self.keys.view)
        return found != build.encode()

    async def begin(self) -> None:
        """Note that the view is being made anew by this object; a flush takes the note away, as ``wipe`` does."""
        with redis_failures():
            await self._client.set(self._building, 1, ex=_DAY_SECONDS)

    async def mark(self, build: str) -> bool:
        """Declare the view complete as ``build``; False, and nothing done, if Redis was flushed since ``begin``."""
        with redis_failures():
            return bool(await self._mark(keys=[self._building, self.keys.view], args=[build]))

    async def wipe(self) -> int:
        """Remove every key under the prefix, the mark first, and return how many there were."""
        pattern = as_pattern(self.keys.prefix) + "*"
        with redis_failures():
            removed: int = await self._client.delete(self.keys.view)
            found: list[bytes] = []
            async for key in self._client.scan_iter(match=pattern, count=_BATCH):
                found.append(key)
                if len(found) >= _BATCH:
                    removed += await self._client.unlink(*found)
                    found = []
            if found:
                removed += await self._client.unlink(*found)
        return removed

    async def close(self) -> None:
        """Release the connections; never raises."""
        await self._client.aclose()

    async def _run(self, script: AsyncScript, calls: Sequence[_Call]) -> int:
        done = 0
        for start in range(0, len(calls), _BATCH):
            with redis_failures():
                async with self._client.pipeline(transaction=False) as pipe:
                    for key, arguments in calls[start : start + _BATCH]:
                        await script(keys=[key], args=arguments, client=pipe)
                    done += sum(await pipe.execute())
        return done

    def _alert_call(self, alert: Alert) -> _Call:
        arguments: list[str | bytes | int] = [
            *(self.keys.prefix, alert.alert_id, alert.version, alert.status, alert.severity, alert.rule),
            *(_epoch_ms(alert.started_at), encode_alert(alert), self._kept_seconds, int(self._now()), STREAM_LENGTH),
        ]
        cohort = alert.cohort
        many = "" if cohort is None or cohort.what != PEOPLE else key_at(cohort.where)
        person = "" if alert.stakeholder is None else f"={alert.stakeholder}"
        arguments += [person, many, *alert.folded]
        return self.keys.alert(alert.alert_id), arguments

    def _relationship_call(self, record: Relationship) -> _Call:
        return self.keys.relationship(record.stakeholder), [
            *(self.keys.prefix, record.stakeholder, record.version, record.type, record.party),
            *(_epoch_ms(record.last_seen), encode_relationship(record)),
        ]


def from_settings(settings: Any) -> RedisView | None:
    """The view in ``redis.url``; None if that is empty. Raises ValueError for an address that is none."""
    url: str = settings.redis.url.get_secret_value()
    if not url:
        return None
    return RedisView(connect(url), prefix=settings.redis.prefix, kept_days=settings.redis.resolved_days)


def _epoch_ms(time: str) -> int:
    when = datetime.fromisoformat(time)
    return int(when.timestamp()) * 1000 + when.microsecond // 1000
