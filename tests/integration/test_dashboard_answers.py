"""A real Prometheus reads our own metrics, and every query of the dashboard has an answer there."""

import json
import shutil
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from prometheus_client import start_http_server

from sinks import Reason
from sinks.metrics import EventOutcome, Metrics
from streams.broker.part import Part
from streams.broker.ports import free_port
from tests.deploy.promql import ROOT
from tests.sinks.samples import alert

pytestmark = pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "rapport.json"
SETTINGS = """
global: {{scrape_interval: 250ms, scrape_timeout: 200ms, evaluation_interval: 250ms}}
rule_files: [{rules}]
scrape_configs:
  - job_name: rapport
    static_configs: [{{targets: ["127.0.0.1:{port}"], labels: {{role: monitor}}}}]
"""


class Prometheus(Part):
    """Scrapes one port of 127.0.0.1 four times a second."""

    name: ClassVar[str] = "Prometheus"

    def __init__(self, directory: Path, scraped: int) -> None:
        super().__init__(directory)
        rules = ROOT / "deploy" / "prometheus" / "rules.yml"
        (directory / "prometheus.yml").write_text(SETTINGS.format(port=scraped, rules=json.dumps(str(rules))))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _command(self) -> list[str]:
        listen = f"--web.listen-address=127.0.0.1:{self.port}"
        files = [f"--config.file={self.directory}/prometheus.yml", f"--storage.tsdb.path={self.directory}/data"]
        return ["prometheus", listen, *files]

    def _answers(self) -> bool:
        try:
            return bool(self.get("/-/ready"))
        except OSError:
            return False

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.address + path, timeout=5) as answer:  # noqa: S310 - our own http address
            found: bytes = answer.read()
            return found

    def ask(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.get(f"/api/v1/query?query={urllib.parse.quote(expression)}"))[
            "data"
        ]["result"]
        return found


def use(metrics: Metrics) -> None:
    """Do a little of everything that is counted."""
    metrics.events("purchases", dict.fromkeys(EventOutcome, 3))
    metrics.lag("interactions", seconds=0.4, records=12)
    metrics.dead_letters({"not_json": 1})
    metrics.alerts([alert()], [0.2, 1.5])
    metrics.committed(at_seconds=time.time(), duration_seconds=0.02, records=5, state_bytes=900)
    metrics.state(people=40, armed_deadlines=7)
    metrics.restored(1.5)
    metrics.delivered("slack")
    metrics.delivered("slack", Reason.SERVER_ERROR)
    metrics.queue(2)
    metrics.ready(ready=True)


def scrape_some(metrics: Metrics, running: Prometheus) -> None:
    """Use the metrics until Prometheus, which takes its time to begin, has read them some ten times."""
    deadline = time.monotonic() + 30
    while not running.ask("count_over_time(rapport_ready[1m]) >= 10"):
        assert time.monotonic() < deadline, running.get("/api/v1/targets")
        use(metrics)
        time.sleep(0.2)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    metrics = Metrics(
        sources=["purchases"],
        rules=["third_channel"],
        topics=["interactions"],
        sinks=["slack"],
        dead_letter_reasons=["not_json"],
        strict=True,
    )
    port = free_port()
    server, thread = start_http_server(port, "127.0.0.1", metrics.registry)
    try:
        with Prometheus(tmp_path_factory.mktemp("prometheus"), port) as running:
            scrape_some(metrics, running)
            yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def queries() -> list[Any]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [
        pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
        for panel in panels
        for target in panel.get("targets", [])
    ]


@pytest.mark.parametrize("expression", queries())
def test_a_panel_is_not_empty(prometheus: Prometheus, expression: str) -> None:
    for variable, value in (("$__rate_interval", "30s"), ("$job", "rapport"), ("$instance", ".+")):
        expression = expression.replace(variable, value)
    answer = prometheus.ask(expression)
    assert answer
    assert all(series["value"][1] not in {"NaN", "+Inf", "-Inf"} for series in answer)


def test_the_alert_rules_are_evaluated_without_an_error(prometheus: Prometheus) -> None:
    groups = json.loads(prometheus.get("/api/v1/rules"))["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert rules
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []
