"""The roles as programs for the supervisor, and how to ask the running ones whether they are ready."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING

from streams.broker.ports import free_port
from streams.running import probe
from streams.running.supervisor import Program
from streams.settings import PREFIX, ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from streams.settings import Settings

_ASK_AGAIN_SECONDS = 0.1


class RolePrograms:
    """Every role as `rapport worker ROLE` in a process of its own.

    ``environment`` is the whole one that they get; its settings stand over those of ``config``. A metrics port of 0
    becomes a free one, a new one at every start, in ``ports``.
    """

    def __init__(self, settings: Settings, *, config: Path | None, environment: Mapping[str, str]) -> None:
        self._metrics = settings.metrics
        self._config = config
        self._environment = environment
        self.ports: dict[str, int] = {}
        self._pids: dict[str, int] = {}

    def programs(self) -> list[Program]:
        """One program for each role."""
        return [
            Program(role, self._command(role), partial(self._of, role), partial(self._pids.__setitem__, role))
            for role in ROLES
        ]

    async def is_ready(self, role: str) -> bool:
        """Whether the role that was started here answers that it can do its work."""
        return (await self._get(role, "/readyz")).status == 200

    async def wait_ready(self, role: str) -> None:
        """Return when the role is ready, however long that takes."""
        while not await self.is_ready(role):  # noqa: ASYNC110 - another process can't set an event of ours
            await asyncio.sleep(_ASK_AGAIN_SECONDS)

    async def totals(self, role: str) -> dict[str, float]:
        """The role's metrics, summed over their labels; empty when it does not answer."""
        return probe.totals((await self._get(role, "/metrics")).body)

    async def _get(self, role: str, path: str) -> probe.Answer:
        """What our own process answers; what another one does, that has its port, is no answer."""
        pid = self._pids.get(role)
        if pid is None:
            return probe.NOBODY
        answer = await probe.get(self._metrics.host, self.ports[role], path)
        return answer if answer.pid == pid else probe.NOBODY

    def _command(self, role: str) -> list[str]:
        config = [] if self._config is None else ["--config", str(self._config)]
        return [sys.executable, "-P", "-m", "streams", "worker", role, *config]

    def _of(self, role: str) -> dict[str, str]:
        port = self._metrics.ports.get(role, 0) or free_port()
        self.ports[role] = port
        self._pids.pop(role, None)
        return {**self._environment, f"{PREFIX}METRICS__PORTS__{role.upper()}": str(port)}
