from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


def test_without_a_name_the_names_are_listed(run: Run) -> None:
    names = run("schema").stdout.split()
    assert {"alert.v1.strict", "interaction.v1.tolerant", "interaction.v1.compact", "asyncapi"} <= set(names)


def test_one_schema_is_printed_as_json_that_is_a_schema(run: Run) -> None:
    schema = json.loads(run("schema", "alert.v1.strict").stdout)
    jsonschema_rs.meta.validate(schema)
    assert schema["$id"] == "urn:rapport:alert:v1:strict"


def test_reasons_of_dead_letters_are_a_closed_set_for_who_writes_them(run: Run) -> None:
    schema = run("schema", "dead_letter_headers.v1.strict").stdout
    assert "not_json" in schema
    assert "bad_interaction" in schema


def test_with_json_each_is_one_line(run: Run) -> None:
    printed = [json.loads(line) for line in run("schema", "--json").stdout.splitlines()]
    assert {"name", "schema"} == set(printed[0])
    assert len(printed) == len(run("schema").stdout.split())


def test_all_are_written_into_a_folder(run: Run, tmp_path: Path) -> None:
    result = run("schema", "--out", "made/here")
    names = run("schema").stdout.split()
    assert {path.name for path in (tmp_path / "made" / "here").iterdir()} == {f"{name}.json" for name in names}
    assert json.loads((tmp_path / "made" / "here" / "asyncapi.json").read_text())["asyncapi"] == "3.0.0"
    assert f"{len(names)} schemas written" in result.stderr


def test_an_unknown_name_ends_with_2_and_the_names_there_are(run: Run) -> None:
    result = run("schema", "alert")
    assert result.exit_code == 2
    assert "there is no schema 'alert'; allowed: alert.v1.strict" in result.stderr


def test_a_folder_that_cannot_be_made_ends_with_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("schema", "--out", "file/inside")
    assert result.exit_code == 1
    assert "allowed: a folder that can be written" in result.stderr


@pytest.mark.parametrize("name", ["asyncapi", "interaction.v1.compact"])
def test_documents_that_are_no_schema_are_json_too(run: Run, name: str) -> None:
    assert isinstance(json.loads(run("schema", name).stdout), dict)


def test_settings_play_a_part_in_the_asyncapi_document_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rapport.toml").write_text("[brokre]\n")
    assert "asyncapi" in run("schema").stdout
    assert run("schema", "alert.v1.strict").exit_code == 0
    assert isinstance(run("schema", "asyncapi").exception, SettingsError)
    (tmp_path / "rapport.toml").write_text('[broker]\ntopic_prefix = "mine-"\n')
    assert '"mine-alerts"' in run("schema", "asyncapi").stdout
