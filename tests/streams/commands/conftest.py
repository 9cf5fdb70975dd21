from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from aiokafka.consumer import fetcher
from click.testing import CliRunner, Result

from streams.commands import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `rapport` with these arguments in a folder of its own, without settings of the surroundings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RAPPORT_")]:
        monkeypatch.delenv(name)

    def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(cli, list(arguments), input=stdin)

    return invoke


@pytest.fixture(autouse=True)
def _the_client_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """``rebuild`` has consumers give whole batches, in its whole process: here that is the tests' own."""
    monkeypatch.setattr(fetcher, "PartitionRecords", fetcher.PartitionRecords)
