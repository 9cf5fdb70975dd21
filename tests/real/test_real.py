"""A small part of the real data through `rapport map | rapport detect`; `run.py` does the whole, brokers included.

Runs when RAPPORT_DATA names the folder with cdnow, retail, care, cfpb and nab; is skipped, and says so, otherwise.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.real.convert import SETS, in_time, nab
from tests.real.pure import Figures, run_pure, write_records
from tests.real.run import settings_file

if TYPE_CHECKING:
    from collections.abc import Iterable

DATA = os.environ.get("RAPPORT_DATA", "")
pytestmark = pytest.mark.skipif(not DATA, reason="real data not run: RAPPORT_DATA does not name their folder")


def figures(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, records: Iterable[dict[str, object]]) -> Figures:
    for variable in [each for each in os.environ if each.startswith("RAPPORT_") and "__" in each]:
        monkeypatch.delenv(variable)
    path = folder / f"{name}.jsonl"
    assert write_records(in_time(records), path) > 0, f"{name} is empty"
    return run_pure(SETS[name][0], path, settings_file(folder, Path(DATA)))


@pytest.mark.parametrize(("name", "first"), [("cdnow", 3000), ("retail", 6000), ("care", 300), ("cfpb", 300)])
def test_every_real_record_becomes_an_interaction(
    name: str, first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = figures(name, tmp_path, monkeypatch, islice(SETS[name][1](Path(DATA)), first))
    assert not found.refused
    assert found.interactions == found.records == first
    assert 1 < found.people <= first


@pytest.mark.parametrize("name", ["cdnow", "retail"])
def test_some_buyers_stop_and_most_do_not(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = figures(name, tmp_path, monkeypatch, SETS[name][1](Path(DATA)))
    assert {"silent_stop"} <= set(found.opened) <= {"silent_stop", "win_back"}
    assert 0.01 < found.opened["silent_stop"] / found.people < 0.25
    for alert in found.alerts.values():
        assert alert.measured.value >= alert.measured.threshold
        assert alert.status != "open" or alert.evidence


@pytest.mark.parametrize("name", ["care", "cfpb"])
def test_nobody_is_on_three_channels_where_the_data_know_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = figures(name, tmp_path, monkeypatch, SETS[name][1](Path(DATA)))
    assert set(found.opened) <= {"fan_emerging"}
    assert found.per_thousand_and_month < 1


def test_people_are_known_from_their_first_interaction_to_the_end_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = figures("cdnow", tmp_path, monkeypatch, SETS["cdnow"][1](Path(DATA)))
    assert 0.85 < found.person_months / (found.people * found.months) < 0.98  # all of them began within three months
    assert found.rate(found.opened["silent_stop"]) < 10


def test_a_quiet_brand_is_alerted_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = figures("nab", tmp_path, monkeypatch, nab(Path(DATA), ("CVS",)))
    assert set(found.opened) == {"mention_spike"}
    assert 2 <= found.opened["mention_spike"] <= 3 * 8  # eight weeks
