"""One Apache Kafka for all fault tests; each has topics of its own by a prefix."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from streams.broker.parts import ApacheKafka
from tests.faults.harness import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    if not ApacheKafka.available():
        pytest.skip("Apache Kafka needs Java 17 and Maven")
    with ApacheKafka(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture
def new_cluster(broker: ApacheKafka, tmp_path: Path) -> Callable[..., Cluster]:
    """Makes the test's cluster; keyword arguments are settings (``broker__commit_seconds="0.3"``)."""
    broker.start()  # a test that kills it may have failed in between

    def made(**settings: str) -> Cluster:
        return Cluster(broker.address, f"{secrets.token_hex(4)}.", tmp_path, **settings)

    return made
