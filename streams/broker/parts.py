"""The real parts that a machine without Docker can run, for `rapport demo`, `rapport up` and tests."""

from pathlib import Path

from streams.broker.apache import ApacheKafka
from streams.broker.embedded_broker import EmbeddedBroker, no_embedded_broker
from streams.broker.embedded_redis import EmbeddedRedis
from streams.broker.part import Part
from streams.broker.ports import PartError

__all__ = ["ApacheKafka", "EmbeddedBroker", "EmbeddedRedis", "Part", "PartError", "choose_broker"]


def choose_broker(kind: str, directory: Path | None = None, port: int | None = None) -> EmbeddedBroker | ApacheKafka:
    """Return the broker asked for, not yet started.

    `embedded`: Tansu; where its binary doesn't exist, Apache Kafka; where that can't run either, PartError.
    `apache`: Apache Kafka, or the start will say what is missing.
    """
    if kind == "apache":
        return ApacheKafka(directory, port)
    if kind != "embedded":
        raise PartError(
            f"There is no broker called {kind!r}: allowed are embedded, apache, or HOST:PORT of a running one."
        )
    if EmbeddedBroker.available():
        return EmbeddedBroker(directory, port)
    if ApacheKafka.available():
        return ApacheKafka(directory, port)
    raise PartError(no_embedded_broker())
