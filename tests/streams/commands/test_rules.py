from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


def test_what_is_printed_is_a_settings_file_that_is_good(run: Run, tmp_path: Path) -> None:
    printed = run("rules").stdout
    assert tomllib.loads(printed)["rules"]["third_channel"]["channels"] == 3
    (tmp_path / "all.toml").write_text(printed)
    result = run("rules", "check", "all.toml")
    assert result.exit_code == 0, result.output
    assert "all.toml is good: 0 knobs differ from their defaults; sha256:" in result.stdout


def test_json_has_a_line_for_each_knob(run: Run) -> None:
    knobs = [json.loads(line) for line in run("rules", "--json").stdout.splitlines()]
    [found] = [knob for knob in knobs if (knob["rule"], knob["name"]) == ("silent_stop", "false_alarms")]
    assert found["default"] == found["value"] == 0.04
    assert "False alarms per customer and month" in found["about"]


def test_the_value_in_force_is_shown_beside_the_default(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rapport.toml").write_text("[rules.third_channel]\nchannels = 4\n")
    assert "channels = 4  # 3 by default" in run("rules").stdout
    assert "third_channel.channels = 4 (3 by default)" in run("rules", "check", "rapport.toml").stdout


def test_a_list_is_printed_as_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rapport.toml").write_text('[rules.silent_watcher]\npages = ["/ir"]\n')
    assert 'pages = ["/ir"]  # ["/investor",' in run("rules").stdout
    assert 'silent_watcher.pages = ["/ir"] (["/investor",' in run("rules", "check", "rapport.toml").stdout


def test_what_is_no_setting_is_not_told(run: Run) -> None:
    knobs = [json.loads(line) for line in run("rules", "--json").stdout.splitlines()]
    told = [knob["name"] for knob in knobs if knob["rule"] == "copy_cat"]
    assert "references" in told
    assert "texts" not in told


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "[rules.third_chanel]\n",
            "rules.third_chanel is unknown; allowed: advocate_emerging, advocate_quiet, ",
        ),
        ("[rules.third_channel]\nchanels = 3\n", "rules.third_channel.chanels is unknown; allowed: enabled, channels"),
        ("[rules.third_channel]\nchannels = 1\n", "channels is 1; allowed: 2 to "),
        ("[rules.mention_spike]\nthreshold = 99\n", "threshold must be a number from 0.5 to 20, not 99.0"),
        ("[rules.funnel_drop]\nmargin = 0\n", "margin must be a number from 1 to 10, not 0.0"),
        ("[rules.exit_rate]\nmargins = 2\n", "rules.exit_rate.margins is unknown; allowed: enabled, budget, "),
        ("[rule]\n", "rule is unknown; allowed: broker"),
        ("channels 3\n", "is no TOML"),
        ("[deliver.sinks.foo]\n", "deliver.sinks.foo is unknown; allowed: redis_view"),
        ('[redis]\nurl = "foo://:SECRET@x"\n', "allowed: redis://HOST:PORT/0"),
        ('[deliver]\nslack_webhook_url = "http://evil.example/SECRET"\n', "allowed: https://hooks.slack.com"),
    ],
)
def test_a_bad_file_ends_with_2_and_names_the_value_and_what_is_allowed(
    run: Run, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "bad.toml").write_text(content)
    result = run("rules", "check", "bad.toml")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "SECRET" not in result.stderr


def test_a_missing_file_ends_with_2(run: Run) -> None:
    assert run("rules", "check", "nothing.toml").exit_code == 2


def test_the_environment_plays_no_part_in_a_check(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "good.toml").write_text("")
    monkeypatch.setenv("RAPPORT_RULES__THIRD_CHANNEL__CHANNELS", "4")
    monkeypatch.setenv("RAPPORT_BROKER__FOO", "1")
    assert "0 knobs differ" in run("rules", "check", "good.toml").stdout


def test_the_settings_of_the_folder_play_no_part_in_a_check(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text("")
    (tmp_path / "rapport.toml").write_text("[brokre]\n")
    assert "good.toml is good" in run("rules", "check", "good.toml").stdout
    assert isinstance(run("rules").exception, SettingsError)


def test_a_secret_is_not_repeated_and_may_begin_like_json(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_BROKER__PASSWORD", "[s3cret")
    monkeypatch.setenv("RAPPORT_DELIVER__SLACK_WEBHOOK_URL", "{https://hooks.slack.com/SECRET")
    assert run("rules").exit_code == 0
