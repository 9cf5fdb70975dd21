"""Rules of Grafana's own dashboard linter, and every metric name held against those that the code declares."""

import json
import re
from collections import Counter
from typing import Any

import pytest
import yaml

from tests.deploy.promql import HISTOGRAMS, PLANNED, ROOT, declared, is_declared, nodes, parse, selectors

GRAFANA = ROOT / "deploy" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "rapport.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [
    pytest.param(panel, target, id=f"{panel['title']} {target['refId']}")
    for panel in PANELS
    for target in panel["targets"]
]
every_panel = pytest.mark.parametrize("panel", [pytest.param(panel, id=panel["title"]) for panel in PANELS])
every_target = pytest.mark.parametrize(("panel", "target"), TARGETS)
UNITS = {"short", "s", "cps", "Bps"}
RULES = yaml.safe_load((ROOT / "deploy" / "prometheus" / "rules.yml").read_text())
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
every_alert = pytest.mark.parametrize("alert", [pytest.param(alert, id=alert["alert"]) for alert in ALERTS])
WANTED = {
    "rapport_events_total",
    "rapport_lag_seconds",
    "rapport_event_to_alert_seconds_bucket",
    "rapport_alerts_total",
    "rapport_commit_seconds_bucket",
    "rapport_state_bytes_total",
    "rapport_armed_deadlines",
    "rapport_dead_letters_total",
    "rapport_deliveries_total",
    "rapport_commit_seconds_count",
}


def variables() -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}


def test_nobody_edits_the_dashboard_in_the_browser_and_loses_it_at_the_next_start() -> None:
    assert DASHBOARD["editable"] is False
    provider = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "rapport.yaml").read_text())["providers"][0]
    assert provider["allowUiUpdates"] is False


def test_the_datasource_is_a_variable_whose_default_is_provisioned() -> None:
    provisioned = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yaml").read_text())
    source = provisioned["datasources"][0]
    variable = variables()["datasource"]
    assert (variable["type"], variable["query"]) == ("datasource", source["type"])
    assert variable["current"]["value"] == source["uid"]


@pytest.mark.parametrize("name", ["job", "instance"])
def test_job_and_instance_are_variables_that_follow_the_time_range(name: str) -> None:
    variable = variables()[name]
    assert variable["refresh"] == 2
    assert variable["multi"]
    assert variable["includeAll"]
    names = re.findall(r"label_values\((\w+)", variable["query"]["query"])
    assert names
    assert all(is_declared(name) for name in names)


def test_no_two_panels_share_an_id_a_title_or_a_place() -> None:
    for key in ("id", "title"):
        seen = Counter(panel[key] for panel in DASHBOARD["panels"])
        assert [value for value, times in seen.items() if times > 1] == []
    cells = Counter(
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    )
    assert max(cells.values()) == 1
    assert max(x for x, _ in cells) < 24


@every_panel
def test_a_panel_has_title_description_unit_and_a_query(panel: dict[str, Any]) -> None:
    assert panel["title"].strip()
    assert panel["description"].strip().endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["targets"]
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@every_target
def test_a_query_is_promql_on_the_chosen_datasource(panel: dict[str, Any], target: dict[str, Any]) -> None:
    assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    parse(target["expr"])


@every_target
def test_a_query_looks_at_the_chosen_job_and_instance_only(panel: dict[str, Any], target: dict[str, Any]) -> None:
    for selector, _ in selectors(target["expr"]):
        chosen = {(matcher.name, matcher.value) for matcher in selector.matchers.matchers}
        assert {("job", "rapport"), ("instance", ".+")} <= chosen


@every_target
def test_a_query_uses_declared_metrics_only(panel: dict[str, Any], target: dict[str, Any]) -> None:
    assert [selector.name for selector, _ in selectors(target["expr"]) if not is_declared(selector.name)] == []


@every_target
def test_a_counter_is_never_shown_bare(panel: dict[str, Any], target: dict[str, Any]) -> None:
    for selector, functions in selectors(target["expr"]):
        if re.search(r"_(total|bucket|sum|count)$", selector.name):
            assert {"rate", "increase", "irate", "resets"} & set(functions), selector.name


@every_target
def test_a_range_is_what_grafana_computes_from_the_scrape_interval(
    panel: dict[str, Any], target: dict[str, Any]
) -> None:
    ranges = re.findall(r"\[([^\]]*)\]", target["expr"])
    assert set(ranges) <= {"$__rate_interval"}
    assert len(ranges) == sum(hasattr(node, "vector_selector") for node, _ in nodes(parse(target["expr"])))


@every_target
def test_a_legend_names_labels_that_the_query_keeps(panel: dict[str, Any], target: dict[str, Any]) -> None:
    kept = set(re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]*)\)", target["expr"]))))
    assert set(re.findall(r"{{\s*(\w+)\s*}}", target["legendFormat"])) <= kept


def test_the_dashboard_shows_what_was_promised() -> None:
    shown = {
        selector.name for panel in PANELS for target in panel["targets"] for selector, _ in selectors(target["expr"])
    }
    assert shown >= WANTED


@every_alert
def test_an_alert_rule_uses_declared_metrics_of_our_job_only(alert: dict[str, Any]) -> None:
    for selector, _ in selectors(alert["expr"]):
        assert is_declared(selector.name), selector.name
        assert ("job", "rapport") in {(matcher.name, matcher.value) for matcher in selector.matchers.matchers}


@every_alert
def test_an_alert_rule_says_how_bad_it_is_what_is_wrong_and_where_to_look(alert: dict[str, Any]) -> None:
    assert re.fullmatch(r"Rapport([A-Z][a-z]+)+", alert["alert"])
    assert alert["labels"]["severity"] in {"warning", "critical"}
    assert alert["for"]
    assert set(alert["annotations"]) == {"summary", "description", "dashboard"}
    assert alert["annotations"]["dashboard"] == f"/d/{DASHBOARD['uid']}"


def test_every_name_under_deploy_is_declared() -> None:
    kinds = {".json", ".yml", ".yaml"}
    files = [file for file in (ROOT / "deploy").rglob("*") if file.suffix in kinds and file.is_file()]
    names = {name for file in files for name in re.findall(r"\brapport_[a-z_]+", file.read_text())}
    assert names
    assert sorted(name for name in names if not is_declared(name)) == []


def test_the_code_declares_what_dashboard_and_rules_were_written_for() -> None:
    assert sorted(name for name in PLANNED if not {name, name.removesuffix("_total")} & declared()) == []
    assert declared() >= HISTOGRAMS
