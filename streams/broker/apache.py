"""Apache Kafka without Docker: the scripts of deploy/kafka, run as a part."""

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from streams.broker.answering import broker_answers
from streams.broker.part import Part
from streams.broker.ports import HOST, PartError

logger = logging.getLogger(__name__)

SCRIPTS = Path(__file__).resolve().parents[2] / "deploy" / "kafka"
_FETCH_SECONDS = 900


class ApacheKafka(Part):
    """One KRaft broker whose data, ports and log stay in its directory; the first start fetches about 45 MB.

    KAFKA_HEAP_OPTS and JAVA_HOME are passed on.
    """

    name: ClassVar[str] = "Apache Kafka"
    start_seconds: ClassVar[float] = 90
    idempotent_producer: ClassVar[bool] = True
    keeps_data: ClassVar[bool] = True

    @staticmethod
    def available() -> bool:
        """Say whether the scripts and a Java are here, and the jars or a Maven to fetch them with."""
        java = shutil.which(
            str(Path(os.environ.get("JAVA_HOME", ""), "bin", "java")) if "JAVA_HOME" in os.environ else "java"
        )
        fetchable = (SCRIPTS / "jars" / ".complete").is_file() or shutil.which("mvn") is not None
        return (SCRIPTS / "start.sh").is_file() and java is not None and fetchable

    @property
    def address(self) -> str:
        """`host:port`, for bootstrap.servers."""
        return f"{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What the start script says; the broker's own log is `kafka.log` beside it."""
        return self.directory / "start.log"

    def _environment(self) -> Mapping[str, str]:
        """Return ours, for JAVA_HOME, KAFKA_HEAP_OPTS and Maven's, but not our settings: secrets are among them."""
        return {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}

    def _settle_port(self) -> None:
        """Take the port of last time, else a free one."""
        ports = self.directory / "ports"
        if self.port is None and ports.is_file():
            self.port = int(ports.read_text().split()[0])
        super()._settle_port()

    def _command(self) -> list[str]:
        _fetch()
        return [str(SCRIPTS / "start.sh"), "--foreground", str(self.directory), str(self.port)]

    def _answers(self) -> bool:
        return broker_answers(self.port or 0)

    def _last_words(self) -> str:
        said = super()._last_words()
        kafka = self.directory / "kafka.log"
        if said or not kafka.is_file():
            return said
        lines = kafka.read_text(errors="replace").splitlines()
        errors = [line for line in lines if re.search(r"\b(ERROR|FATAL|Exception)\b", line)]
        return " / ".join((errors or lines)[-5:])


def _fetch() -> None:
    script = SCRIPTS / "fetch.sh"
    if not script.is_file():
        raise PartError(
            f"Apache Kafka is run by scripts of the source checkout, and {script} is not there: "
            "run from a checkout, or name a running broker with --broker HOST:PORT."
        )
    if not (SCRIPTS / "jars" / ".complete").is_file():
        logger.info("fetching Apache Kafka, about 45 MB")
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no arguments
            [str(script)], capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PartError(
            f"Fetching Apache Kafka took more than {_FETCH_SECONDS} s: check the network and try again."
        ) from error
    if done.returncode:
        raise PartError(
            done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{script} failed without a word."
        )
