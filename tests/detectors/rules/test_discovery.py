"""Rules are found by being there, one a file of its name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from detectors import rules
from detectors.rules import discover

if TYPE_CHECKING:
    from pathlib import Path

RULE = """
from detectors.rules import Rule


class Found(Rule):
    name = "{name}"
"""


def test_every_file_of_the_folder_is_a_rule_of_its_name() -> None:
    assert [made.name for made in discover().values()] == list(discover())


def test_a_file_is_a_rule_as_soon_as_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brand_new.py").write_text(RULE.format(name="brand_new"))
    monkeypatch.setattr(rules, "__path__", [str(tmp_path)])
    monkeypatch.setitem(sys.modules, "detectors.rules.brand_new", None)
    del sys.modules["detectors.rules.brand_new"]
    assert [(name, made.__name__) for name, made in discover().items()] == [("brand_new", "Found")]


@pytest.mark.parametrize(
    "text", ["", RULE.format(name="another"), RULE.format(name="misnamed") * 2 + "class B(Found): ..."]
)
def test_a_file_without_its_one_rule_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "misnamed.py").write_text(text)
    monkeypatch.setattr(rules, "__path__", [str(tmp_path)])
    monkeypatch.setitem(sys.modules, "detectors.rules.misnamed", None)
    del sys.modules["detectors.rules.misnamed"]
    with pytest.raises(TypeError, match=r"misnamed.py holds \d rules named 'misnamed'; allowed: one"):
        discover()
