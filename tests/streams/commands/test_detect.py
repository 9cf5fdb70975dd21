from __future__ import annotations

import itertools
import json
import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.streams.commands.samples import DAY, START, complaint, lines, purchase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


def mentions(row: int, count: int) -> list[dict[str, Any]]:
    return [
        purchase(
            row * 300 / 86_400 + place * 1e-5,
            f"fan-{row}-{place}",
            kind="mention_made",
            source="tweets",
            channel="twitter",
            subject="Acme",
        )
        for place in range(count)
    ]


REGULAR = [purchase(7 * week) for week in range(6)]
ANGRY = [complaint(day, channel) for day, channel in ((40, "phone"), (41, "chat"), (42, "twitter"))]


def alerts(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def written(folder: Path, name: str, records: list[dict[str, Any]]) -> str:
    (folder / name).write_bytes(lines(*records))
    return str(folder / name)


def test_an_absence_comes_due_only_when_time_is_moved_on(run: Run) -> None:
    assert alerts(run("detect", "-", "--json", stdin=lines(*REGULAR))) == []
    [alert] = alerts(run("detect", "-", "--json", "--until", "2024-02-15", stdin=lines(*REGULAR)))
    assert (alert["rule"], alert["status"], alert["stakeholder"]) == ("silent_stop", "open", "c-1")


def test_evidence_points_at_the_place_in_the_merged_order(run: Run, tmp_path: Path) -> None:
    files = [written(tmp_path, "a.jsonl", REGULAR), written(tmp_path, "b.jsonl", ANGRY)]
    [alert] = alerts(run("detect", *files, "--json"))
    assert alert["rule"] == "third_channel"
    assert [(each["topic"], each["partition"], each["offset"]) for each in alert["evidence"]] == [
        ("interactions", 0, 6),
        ("interactions", 0, 7),
        ("interactions", 0, 8),
    ]


def test_neither_the_order_of_files_nor_of_lines_changes_an_alert(run: Run, tmp_path: Path) -> None:
    shuffled = [*REGULAR, *ANGRY]
    random.Random(7).shuffle(shuffled)
    a, b = written(tmp_path, "a.jsonl", REGULAR), written(tmp_path, "b.jsonl", ANGRY)
    c = written(tmp_path, "c.jsonl", shuffled)
    outputs = {run("detect", *files, "--json", "--until", "2025-01-01").stdout for files in ((a, b), (b, a), (c,))} | {
        run("detect", "-", "--json", "--until", "2025-01-01", stdin=lines(*shuffled)).stdout
    }
    assert len(outputs) == 1
    assert outputs != {""}


def test_what_map_prints_is_what_detect_reads(run: Run) -> None:
    orders = lines(
        *(
            {"order_id": f"o-{week}", "total": 5, "customer_id": "c-1", "timestamp": (START + 7 * week * DAY) // 1000}
            for week in range(6)
        )
    )
    mapped = run("map", "purchases", "-", stdin=orders)
    [alert] = alerts(run("detect", "-", "--json", "--until", "2024-02-15", stdin=mapped.stdout_bytes))
    assert alert["rule"] == "silent_stop"


def test_a_stakeholder_named_by_the_interaction_comes_before_its_identities(run: Run) -> None:
    known = [complaint(day, channel, stakeholder="s-1") for day, channel in ((1, "phone"), (2, "chat"), (3, "twitter"))]
    [alert] = alerts(run("detect", "-", "--json", stdin=lines(*known)))
    assert alert["stakeholder"] == "s-1"


def test_a_burst_of_mentions_is_an_alert_about_the_brand(run: Run) -> None:
    quiet = list(itertools.chain.from_iterable(mentions(row, 3) for row in range(400)))
    burst = list(itertools.chain.from_iterable(mentions(row, 60) for row in range(400, 406)))
    [alert, *_] = alerts(run("detect", "-", "--json", stdin=lines(*quiet, *burst, *mentions(407, 1))))
    assert (alert["rule"], alert["stakeholder"], alert["cohort"]["where"]) == ("mention_spike", None, {"brand": "Acme"})


def test_cards_say_it_in_words(run: Run) -> None:
    result = run("detect", "-", stdin=lines(*ANGRY))
    assert "CRITICAL - new alert - third channel" in result.stdout
    assert "3 interactions of 1 people: 1 alert versions" in result.stderr


def test_bad_lines_are_named_and_the_rest_is_judged(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    nobody = purchase(1) | {"identities": {}}
    path.write_bytes(lines(*ANGRY[:1], nobody, purchase(1, kind="yodelled")) + b"no json\n" + lines(*ANGRY[1:]))
    result = run("detect", str(path), "--json")
    assert result.exit_code == 1
    assert [alert["rule"] for alert in alerts(result)] == ["third_channel"]
    assert f"{path}:2: no_identity" in result.stderr
    assert f"{path}:3: bad_interaction: Invalid enum value 'yodelled'" in result.stderr
    assert f"{path}:4: JSON is malformed" in result.stderr
    assert result.stderr.count(f"{path}:") == 3


@pytest.mark.parametrize("at", ["2024-01-01T10:00:00", "yesterday", None, -5])
def test_a_time_that_is_none_is_refused(run: Run, at: object) -> None:
    result = run("detect", "-", stdin=lines(purchase(1, occurred_at=at)))
    assert result.exit_code == 1
    assert "stdin:1: " in result.stderr


def test_what_lies_in_the_future_is_refused_and_moves_no_clock(run: Run) -> None:
    alive = [purchase(7 * week) for week in range(6)]
    future = purchase(0, "c-2", occurred_at=int((time.time() + 10 * 60) * 1000))
    soon = purchase(0, "c-3", occurred_at=int((time.time() + 4 * 60) * 1000))
    result = run("detect", "-", "--json", stdin=lines(*alive, future))
    assert result.exit_code == 1
    assert "stdin:7: in_the_future: occurred_at " in result.stderr
    assert "6 interactions of 1 people" in result.stderr
    assert run("detect", "-", "--json", stdin=lines(*alive)).stdout == result.stdout
    assert run("detect", "-", "--json", stdin=lines(soon)).exit_code == 0


def test_until_before_the_last_event_is_said_to_change_nothing(run: Run) -> None:
    result = run("detect", "-", "--until", "2001-01-01", stdin=lines(*REGULAR))
    assert "--until 2001-01-01T00:00:00.000Z changes nothing" in result.stderr


def test_knobs_come_from_the_settings_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rapport.toml").write_text("[rules.third_channel]\nchannels = 2\n")
    [first, *_] = alerts(run("detect", "-", "--json", stdin=lines(*ANGRY[:2])))
    assert first["measured"]["threshold"] == 2
