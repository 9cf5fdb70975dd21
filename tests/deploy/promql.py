"""What the tests of dashboards and alert rules ask of a PromQL expression."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser

ROOT = Path(__file__).resolve().parents[2]
_PLACEHOLDERS = (("$__rate_interval", "1m"), ("$job", "rapport"), ("$instance", ".+"))
_CHILDREN = ("expr", "param", "lhs", "rhs", "vector_selector")
_PARTS = re.compile(r"_(bucket|sum|count)$")
PLANNED = frozenset(
    [
        "rapport_events_total",
        "rapport_lag_seconds",
        "rapport_lag_records",
        "rapport_event_to_alert_seconds",
        "rapport_alerts_total",
        "rapport_commit_seconds",
        "rapport_last_commit_timestamp_seconds",
        "rapport_people",
        "rapport_armed_deadlines",
        "rapport_state_bytes_total",
        "rapport_changelog_records_total",
        "rapport_restore_seconds",
        "rapport_dead_letters_total",
        "rapport_deliveries_total",
        "rapport_delivery_queue",
        "rapport_ready",
    ]
)
HISTOGRAMS = frozenset({"rapport_event_to_alert_seconds", "rapport_commit_seconds"})
FROM_PROMETHEUS = frozenset({"up"})


def declared() -> frozenset[str]:
    """Return the names declared in sinks/metrics.py; before that file exists, those it is going to declare."""
    metrics = ROOT / "sinks" / "metrics.py"
    if not metrics.exists():
        return PLANNED
    return frozenset(re.findall(r"\brapport_[a-z_]+", metrics.read_text()))


def is_declared(name: str) -> bool:
    """Say whether this series exists; a histogram has three, and the client library adds `_total` to counters."""
    names = declared()
    known = names | {f"{metric}_total" for metric in names} | FROM_PROMETHEUS
    return name in known or (bool(_PARTS.search(name)) and _PARTS.sub("", name) in names)


def without_variables(expression: str) -> str:
    """Return the expression as Prometheus would be sent it."""
    for variable, value in _PLACEHOLDERS:
        expression = expression.replace(variable, value)
    return expression


def parse(expression: str) -> Any:
    """Parse the expression; ValueError if it isn't PromQL."""
    return promql_parser.parse(without_variables(expression))


def nodes(node: Any, *inside: str) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield every node below this one, itself first, with the names of the functions around it."""
    yield node, inside
    if isinstance(node, promql_parser.Call):
        for argument in node.args:
            yield from nodes(argument, *inside, node.func.name)
        return
    for name in _CHILDREN:
        child = getattr(node, name, None)
        if child is not None:
            yield from nodes(child, *inside)


def selectors(expression: str) -> list[tuple[Any, tuple[str, ...]]]:
    """Return every selector of series in the expression with the names of the functions around it."""
    found = [pair for pair in nodes(parse(expression)) if isinstance(pair[0], promql_parser.VectorSelector)]
    assert found, f"no series in {expression}"
    return found
