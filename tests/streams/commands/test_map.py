from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from detectors.wire import decode
from tests.streams.commands.samples import lines, order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


def view(at: str, name: str, step: str | None = None) -> dict[str, Any]:
    event = {"type": "page", "properties": {"path": "/"}} if step is None else {"type": "track", "event": step}
    return {"anonymousId": "a-1", "userId": "c-1", "timestamp": at, "messageId": name} | event


def printed(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_source_records_become_interactions_on_stdout(run: Run) -> None:
    result = run(
        "map", "purchases", "-", stdin=lines(order(1, "2024-01-01T10:00:00Z"), order(2, "2024-01-02T10:00:00Z"))
    )
    assert result.exit_code == 0, result.output
    assert [each["id"] for each in printed(result)] == ["o-1", "o-2"]
    assert all(decode(line.encode()) for line in result.stdout.splitlines())
    assert "2 records: 2 interactions, 0 ignored, 0 refused" in result.stderr


def test_identities_are_kept_and_not_yet_resolved(run: Run) -> None:
    [made] = printed(run("map", "purchases", "-", stdin=lines(order(1, "2024-01-01T10:00:00Z"))))
    assert made["identities"] == {"customer_id": "c-1"}
    assert "stakeholder" not in made


def test_a_stakeholder_that_the_record_names_is_kept(run: Run) -> None:
    record = {"id": "i", "occurred_at": 1_700_000_000_000, "kind": "login_made", "channel": "site"}
    [made] = printed(run("map", "interactions", "-", stdin=lines(record | {"stakeholder": "s-7"})))
    assert made["stakeholder"] == "s-7"
    [other] = printed(
        run("map", "interactions", "-", stdin=lines(record | {"stakeholder": "s-7", "identities": {"cookie": "k"}}))
    )
    assert other["stakeholder"] == "s-7"


def test_refused_records_are_named_and_the_rest_is_mapped(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_bytes(
        lines(order(1, "2024-01-01"), order(2, "2024-01-02", total="x7")) + b"no json\n" + lines(order(3, "2024-01-03"))
    )
    result = run("map", "purchases", str(path))
    assert result.exit_code == 1
    assert [each["id"] for each in printed(result)] == ["o-1", "o-3"]
    assert f"{path}:2: bad_value: total is 'x7'; allowed: a number" in result.stderr
    assert f"{path}:3: not_json: " in result.stderr
    assert "4 records: 2 interactions, 0 ignored, 2 refused (bad_value 1, not_json 1)" in result.stderr


@pytest.mark.parametrize("source", ["purchases", "interactions"])
def test_a_line_nested_too_deeply_is_refused_with_its_reason(run: Run, source: str) -> None:
    result = run("map", source, "-", stdin=b"[" * 100_000 + b"\n" + b'{"a":' * 100_000)
    assert result.exit_code == 1
    assert "stdin:1: nested too deeply; allowed: JSON" in result.stderr
    assert "stdin:2: too_deep: " in result.stderr


def test_a_session_that_times_out_within_the_input_exits(run: Run) -> None:
    views = lines(
        view("2024-01-01T10:00:00Z", "1", "Product Added"),
        view("2024-01-01T10:05:00Z", "2", "Checkout Started"),
        view("2024-01-01T11:00:00Z", "3"),
    )
    kinds = [each["kind"] for each in printed(run("map", "page-views", "-", stdin=views))]
    assert kinds.count("funnel_exited") == 1


def test_a_session_open_at_the_end_exits_only_when_time_goes_on(run: Run) -> None:
    views = lines(view("2024-01-01T10:00:00Z", "1", "Product Added"))
    assert "funnel_exited" not in run("map", "page-views", "-", stdin=views).stdout
    assert "funnel_exited" not in run("map", "page-views", "-", "--until", "2024-01-01T10:29:59Z", stdin=views).stdout
    assert "funnel_exited" in run("map", "page-views", "-", "--until", "2024-01-01T10:30:00Z", stdin=views).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pigeons", "-"), r"source 'pigeons' has no mapping; allowed: interactions, page-views, purchases"),
        (("purchases", "nothing.jsonl"), "nothing.jsonl: No such file or directory; allowed: a readable file"),
        (("purchases", "-", "-"), "- is given twice"),
        (("purchases", "-", "--until", "soon"), "the time is 'soon'; allowed: RFC 3339"),
        (("purchases",), "Missing argument"),
        (("purchases", "-", "--form", "xml"), "'xml' is not one of 'json', 'csv'"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_allowed(run: Run, arguments: tuple[str, ...], message: str) -> None:
    result = run("map", *arguments, stdin=b"")
    assert result.exit_code == 2
    assert message in result.stderr


def test_csv_with_a_header_is_mapped_like_json(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order_id,total,customer_id,timestamp\no-1,12.50,c-1,2024-01-01T10:00:00Z\n")
    [made] = printed(run("map", "purchases", str(path)))
    assert made["amount"] == {"value": 12.5, "currency": "USD"}
