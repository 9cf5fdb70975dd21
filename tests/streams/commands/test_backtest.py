from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from streams.backtest import lanes
from tests.streams.commands.samples import complaint, lines, purchase

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

ROOT = Path(__file__).resolve().parents[3]
LATER = "[rules.third_channel]\nchannels = 3\n"
SOONER = "[rules.third_channel]\nchannels = 2\n"
NEVER = "[rules.third_channel]\nenabled = false\n"
CHANNELS = ("phone", "chat", "twitter")


def angry(person: str = "c-1", complaints: int = 3, first: float = 40) -> list[dict[str, Any]]:
    """Complaints on so many channels, one a day."""
    return [complaint(first + day, channel, person=person) for day, channel in enumerate(CHANNELS[:complaints])]


@pytest.fixture(autouse=True)
def _one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in this process: starting others takes longer than these histories."""
    monkeypatch.setattr(lanes, "cores", lambda: 1)


@pytest.fixture
def backtest(run: Run, tmp_path: Path) -> Run:
    """Run `rapport backtest` with this history on stdin and this text as new.toml."""

    def invoke(records: list[dict[str, Any]] | bytes, new: str, *options: str) -> Result:
        (tmp_path / "new.toml").write_text(new)
        stdin = records if isinstance(records, bytes) else lines(*records)
        return run("backtest", "-", "--rules", "new.toml", *options, stdin=stdin)

    return invoke


def found(result: Result) -> dict[str, Any]:
    """The JSON lines: header, total, rules by name, the alerts by what became of them."""
    records = [json.loads(line) for line in result.stdout.splitlines()]
    told: dict[str, Any] = {"rules": {}, "gained": [], "lost": [], "changed": []}
    for record in records:
        kind = record.pop("record")
        if kind == "rule":
            told["rules"][record.pop("rule")] = record
        elif kind in told:
            told[kind].append(record)
        else:
            told[kind] = record
    return told


# What differs


def test_an_alert_that_only_the_new_rules_raise_is_gained(backtest: Run) -> None:
    told = found(backtest(angry(complaints=2), SOONER, "--json"))
    counts = told["rules"]["third_channel"]
    assert (counts["gained"], counts["lost"], counts["same"], counts["changed"]) == (1, 0, 0, 0)
    assert (counts["old"]["alerts"], counts["new"]["alerts"]) == (0, 1)
    [alert] = told["gained"]
    assert (alert["rule"], alert["stakeholder"], alert["severity"]) == ("third_channel", "c-1", "critical")
    assert alert["detected_at"] == "2023-12-25T22:13:20.000Z"
    assert alert["summary"].startswith("Complained")
    assert told["total"]["gained"] == 1


def test_an_alert_that_only_the_old_rules_raise_is_lost(backtest: Run) -> None:
    told = found(backtest(angry(), NEVER, "--json"))
    assert (told["rules"]["third_channel"]["lost"], told["total"]["lost"]) == (1, 1)
    assert [each["stakeholder"] for each in told["lost"]] == ["c-1"]
    assert told["gained"] == []


def test_an_alert_at_another_time_has_changed(backtest: Run) -> None:
    told = found(backtest(angry(), SOONER, "--json"))
    counts = told["rules"]["third_channel"]
    assert (counts["changed"], counts["changed_time"], counts["changed_severity"]) == (1, 1, 0)
    assert (counts["gained"], counts["lost"], counts["same"]) == (0, 0, 0)
    [alert] = told["changed"]
    assert alert["old"]["detected_at"] == "2023-12-26T22:13:20.000Z"
    assert alert["new"]["detected_at"] == "2023-12-25T22:13:20.000Z"


def test_by_the_same_rules_all_is_the_same(backtest: Run) -> None:
    told = found(backtest(angry(), LATER, "--json"))
    assert told["rules"]["third_channel"]["same"] == 1
    assert told["header"]["old"]["rules_version"] == told["header"]["new"]["rules_version"]
    assert "the rules of both are the same" in backtest(angry(), LATER).stdout


def test_the_old_rules_are_those_in_force_or_those_of_a_file(backtest: Run, tmp_path: Path) -> None:
    (tmp_path / "rapport.toml").write_text(NEVER)
    (tmp_path / "old.toml").write_text(SOONER)
    assert found(backtest(angry(), LATER, "--json"))["rules"]["third_channel"]["gained"] == 1
    told = found(backtest(angry(), LATER, "--json", "--against", "old.toml"))
    assert told["rules"]["third_channel"]["changed"] == 1
    assert (told["header"]["old"]["settings"], told["header"]["new"]["settings"]) == ("old.toml", "new.toml")


def test_the_header_says_what_it_rests_on(backtest: Run) -> None:
    header = found(backtest([*angry(), *angry("c-2", 1, first=50)], SOONER, "--json", "--partitions", "3"))["header"]
    assert {name: header[name] for name in ("partitions", "interactions", "people", "refused", "days")} == {
        "partitions": 3,
        "interactions": 4,
        "people": 2,
        "refused": 0,
        "days": 11,
    }
    assert (header["from"], header["until"]) == ("2023-12-24T22:13:20.000Z", "2024-01-03T22:13:20.000Z")
    assert (header["old"]["settings"], header["feedback"]) == (None, None)


def test_partitions_are_those_of_the_settings_by_default(backtest: Run, tmp_path: Path) -> None:
    assert found(backtest(angry(), SOONER, "--json"))["header"]["partitions"] == 4
    (tmp_path / "rapport.toml").write_text("[broker]\npartitions = 7\n")
    assert found(backtest(angry(), SOONER, "--json"))["header"]["partitions"] == 7


def test_rates_are_told_per_rule_and_together(backtest: Run) -> None:
    history = [*angry("c-1"), *angry("c-2"), *angry("c-3", first=47)]
    told = found(backtest(history, NEVER, "--json"))
    for counts in (told["rules"]["third_channel"], told["total"]):
        assert (counts["old"]["per_day"], counts["old"]["busiest_day"]) == (0.3, 2)
        assert counts["old"]["per_1000_people_month"] == 3_000
        assert (counts["new"]["per_day"], counts["new"]["busiest_day"]) == (0.0, 0)
    assert told["rules"]["mention_spike"]["old"]["per_1000_people_month"] is None
    assert "dead_feed" not in told["rules"]


@pytest.mark.parametrize(("options", "shown"), [((), 3), (("--examples", "2"), 2), (("--examples", "0"), 0)])
def test_so_many_examples_a_rule_are_shown_the_newest_first(backtest: Run, options: list[str], shown: int) -> None:
    history = [each for day in range(5) for each in angry(f"c-{day}", 3, first=40 + day)]
    told = found(backtest(history, NEVER, "--json", *options))
    assert told["rules"]["third_channel"]["lost"] == 5
    assert [each["stakeholder"] for each in told["lost"]] == ["c-4", "c-3", "c-2"][:shown]
    words = backtest(history, NEVER, *options).stdout
    assert words.count("  customer") + words.count("UTC  c-") == shown


# Feedback


def test_precision_against_feedback(backtest: Run, tmp_path: Path) -> None:
    history = [*angry("c-1"), *angry("c-2"), *angry("c-3")]
    ids = {each["stakeholder"]: each["alert_id"] for each in found(backtest(history, NEVER, "--json"))["lost"]}
    said = [
        {"alert_id": ids["c-1"], "verdict": "wrong"},
        {"alert_id": ids["c-2"], "verdict": "acknowledged"},
        {"alert_id": "another", "verdict": "wrong"},
    ]
    (tmp_path / "said.jsonl").write_bytes(lines(*said))
    result = backtest(history, NEVER, "--json", "--feedback", "said.jsonl")
    told = found(result)
    assert result.exit_code == 0
    old = told["rules"]["third_channel"]["old"]
    assert (old["acknowledged"], old["wrong"], old["precision"]) == (1, 1, 0.5)
    assert told["total"]["new"]["precision"] is None
    assert told["header"]["feedback"] == {"verdicts": 3, "of_neither": 1}
    words = backtest(history, NEVER, "--feedback", "said.jsonl").stdout
    assert f"third channel{'1 of 2 (50%)':>32}{'-':>24}" in words
    assert "1 of 3 verdicts is about alerts that neither side raises" in words


def test_without_feedback_that_is_said(backtest: Run) -> None:
    assert "no feedback stored" in backtest(angry(), NEVER).stdout


def test_a_bad_line_of_feedback_is_named_and_the_rest_counts(backtest: Run, tmp_path: Path) -> None:
    said = lines({"alert_id": "a", "verdict": "snooze"}, {"alert_id": "b", "verdict": "wrong"})
    (tmp_path / "said.jsonl").write_bytes(said)
    result = backtest(angry(), NEVER, "--json", "--feedback", "said.jsonl")
    assert result.exit_code == 1
    assert "said.jsonl:1: Invalid enum value 'snooze'" in result.stderr
    assert found(result)["header"]["feedback"]["verdicts"] == 1


# In words


def test_the_table_and_the_examples_say_it_in_words(backtest: Run) -> None:
    history = [*angry("c-1"), *angry("c-2", 2), *angry("\u202ec-3", 2)]
    result = backtest(history, SOONER)
    assert result.exit_code == 0
    span = "from 2023-12-24 22:13 UTC to 2023-12-26 22:13 UTC"
    assert f"7 interactions of 3 people, {span}, in 4 partitions" in result.stdout
    assert "old: the settings in force (sha256:" in result.stdout
    assert "new: new.toml (sha256:" in result.stdout
    rows = {line[:21].strip(): line[21:].split() for line in result.stdout.splitlines()}
    assert rows["third channel"] == ["1", "3", "2", "0", "1", "0.33", "1", "3,333.33", "10,000"]
    assert rows["together"] == rows["third channel"]
    assert "no alerts on either side: " in result.stdout
    assert "third channel: 2 gained" in result.stdout
    assert "third channel: 1 changed (0 in severity, 1 in time)" in result.stdout
    assert "2023-12-25 22:13 UTC  c-2: critical. Complained" in result.stdout
    assert "2023-12-25 22:13 UTC  c-3: critical. Complained" in result.stdout
    assert "(Old: 2023-12-26T22:13:20.000Z.)" in result.stdout
    assert "\u202e" not in result.stdout


def test_of_an_empty_history_that_is_said(backtest: Run) -> None:
    result = backtest(b"", SOONER)
    assert result.exit_code == 0
    assert "no interactions, in 4 partitions" in result.stdout


# What is refused


def test_bad_lines_are_named_and_the_rest_is_judged(backtest: Run) -> None:
    history = lines(*angry()[:1], purchase(1, kind="yodelled")) + b"no json\n" + lines(*angry()[1:])
    result = backtest(history, NEVER, "--json")
    assert result.exit_code == 1
    assert "stdin:2: bad_interaction: Invalid enum value 'yodelled'" in result.stderr
    assert "stdin:3: JSON is malformed" in result.stderr
    told = found(result)
    assert (told["header"]["refused"], told["header"]["interactions"]) == (2, 3)
    assert told["total"]["lost"] == 1


def test_files_are_merged_by_time(backtest: Run, run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(*angry()[::2]))
    (tmp_path / "b.jsonl").write_bytes(lines(*angry()[1::2]))
    told = found(backtest(angry(), SOONER, "--json"))
    assert found(run("backtest", "b.jsonl", "a.jsonl", "--rules", "new.toml", "--json")) == told


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[rules.third_channel]\nchannel = 2\n", "new.toml: rules.third_channel.channel is unknown; allowed: "),
        ("[rules.third_chanel]\nchannels = 2\n", "new.toml: rules.third_chanel is unknown; allowed: "),
        ("[rules.third_channel]\nchannels = -1\n", "new.toml: rules.third_channel: channels is -1; allowed: "),
        ("[rules", "new.toml is no TOML"),
    ],
)
def test_a_fault_in_the_rules_is_named_with_what_is_allowed(backtest: Run, toml: str, said: str) -> None:
    result = backtest(angry(), toml)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-"], "Missing option '--rules'"),
        (
            ["--rules", "new.toml"],
            "neither a file nor --topic is given; allowed: files, - for standard input, or",
        ),
        (["-", "--topic", "--rules", "new.toml"], "files and --topic are given; allowed: "),
        (["--topic", "--partitions", "2", "--rules", "new.toml"], "--partitions is given with --topic, which has its"),
        (
            ["--topic", "--form", "csv", "--rules", "new.toml"],
            "--form is given with --topic, which has its own; allowed",
        ),
        (["-", "--rules", "new.toml", "--partitions", "0"], "0 is not in the range"),
        (["-", "--rules", "new.toml", "--examples", "-1"], "-1 is not in the range"),
        (["-", "--rules", "none.toml"], "none.toml: No such file or directory; allowed: a readable TOML file"),
        (["-", "--rules", "new.toml", "--against", "none.toml"], "none.toml: No such file or directory"),
        (["none.jsonl", "--rules", "new.toml"], "none.jsonl: No such file or directory; allowed: a readable file"),
        (["-", "-", "--rules", "new.toml"], "- is given twice"),
        (["-", "--rules", "new.toml", "--feedback", "none.jsonl"], "none.jsonl: No such file or directory"),
    ],
)
def test_wrong_usage_is_refused_with_what_is_allowed(run: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "new.toml").write_text(SOONER)
    result = run("backtest", *arguments, stdin=b"")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_without_a_broker_the_topic_is_none(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new.toml").write_text(SOONER)
    monkeypatch.setenv("RAPPORT_BROKER__ADDRESS", "127.0.0.1:1")
    result = run("backtest", "--topic", "--rules", "new.toml")
    assert result.exit_code == 1
    assert "broker 127.0.0.1:1 can't be reached: start it, or set broker.address" in result.stderr


# Processes


def test_a_process_that_ends_is_told_of(backtest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(_lane: object, _batch: object) -> None:
        raise lanes.LaneError("a process that judged ended with code -9")

    monkeypatch.setattr(lanes.Here, "ask", die)
    result = backtest(angry(), SOONER)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "a process that judged ended with code -9" in result.stderr


def started(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """`rapport backtest` with its processes, as a group of its own that Ctrl-C reaches as a whole."""
    return subprocess.Popen(
        [sys.executable, "-m", "streams", "backtest", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - else a test run in the background never hears of it
    )


def is_alone(group: int) -> bool:
    """Whether nobody of the process group lives after a moment."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_interrupted_it_ends_with_130_and_leaves_nobody_behind(tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(SOONER)
    process = started(tmp_path, "-", "--rules", "new.toml")
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        process.stdin.write(b"no json\n")
        process.stdin.flush()
        assert process.stderr.readline().startswith(b"stdin:1: JSON is malformed")  # its processes live by now
        os.killpg(process.pid, signal.SIGINT)
        out, said = process.communicate(timeout=20)
        assert (process.returncode, out, said.strip()) == (130, b"", b"")
        assert is_alone(process.pid)
    finally:
        process.kill()
        process.communicate()


def test_it_ends_with_its_processes_and_says_the_same(backtest: Run, tmp_path: Path) -> None:
    history = [*angry(), *angry("c-2", 2), purchase(300, "c-3")]
    here = backtest(history, SOONER)
    process = started(tmp_path, "-", "--rules", "new.toml")
    out, _ = process.communicate(lines(*history), timeout=60)
    assert (process.returncode, out.decode()) == (0, here.stdout)
    assert is_alone(process.pid)
