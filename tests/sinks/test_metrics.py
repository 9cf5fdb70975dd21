from __future__ import annotations

import http.client
import os
import re
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sinks.metrics import EventOutcome, Metrics
from sinks.metrics_server import PROCESS_HEADER, MetricsServer, PortError, check_ports, serve
from tests.sinks.samples import alert

if TYPE_CHECKING:
    from collections.abc import Iterator

DECLARED = {
    "rapport_events_total": ("counter", {"source", "outcome"}),
    "rapport_lag_seconds": ("gauge", {"topic"}),
    "rapport_lag_records": ("gauge", {"topic"}),
    "rapport_event_to_alert_seconds": ("histogram", set()),
    "rapport_alerts_total": ("counter", {"rule", "severity", "status"}),
    "rapport_commit_seconds": ("histogram", set()),
    "rapport_last_commit_timestamp_seconds": ("gauge", set()),
    "rapport_people": ("gauge", set()),
    "rapport_armed_deadlines": ("gauge", set()),
    "rapport_state_bytes_total": ("counter", set()),
    "rapport_changelog_records_total": ("counter", set()),
    "rapport_restore_seconds": ("gauge", set()),
    "rapport_dead_letters_total": ("counter", {"reason"}),
    "rapport_deliveries_total": ("counter", {"sink", "outcome"}),
    "rapport_delivery_queue": ("gauge", set()),
    "rapport_ready": ("gauge", set()),
}
BUCKETS = [".01", ".025", ".05", ".1", ".25", ".5", "1", "2.5", "5", "10", "30", "60"]


def built(*, strict: bool = True) -> Metrics:
    return Metrics(
        sources=["tickets", "tweets"],
        rules=["third_channel"],
        topics=["interactions"],
        sinks=["slack"],
        dead_letter_reasons=["in_the_future"],
        strict=strict,
    )


def filled(metrics: Metrics) -> Metrics:
    metrics.events("tweets", {EventOutcome.MAPPED: 7, EventOutcome.DEAD_LETTER: 1})
    metrics.lag("interactions", seconds=1.5, records=30)
    metrics.dead_letters({"in_the_future": 2})
    metrics.alerts([alert(), alert(version=2)], [0.04, 3.0])
    metrics.committed(at_seconds=1000.0, duration_seconds=0.02, records=5, state_bytes=900)
    metrics.state(people=12, armed_deadlines=9)
    metrics.restored(4.5)
    metrics.delivered("slack")
    metrics.delivered("slack", "rate_limited")
    metrics.queue(3)
    metrics.ready(ready=True)
    return metrics


def test_every_metric_is_declared_once_with_its_type_and_labels() -> None:
    found = {}
    for family in filled(built()).registry.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        found[name] = (family.type, labels)
    assert found == DECLARED


def test_values_arrive_where_they_belong() -> None:
    value = filled(built()).registry.get_sample_value
    assert value("rapport_events_total", {"source": "tweets", "outcome": "mapped"}) == 7
    assert value("rapport_events_total", {"source": "tweets", "outcome": "dead_letter"}) == 1
    assert value("rapport_lag_seconds", {"topic": "interactions"}) == 1.5
    assert value("rapport_lag_records", {"topic": "interactions"}) == 30
    assert value("rapport_dead_letters_total", {"reason": "in_the_future"}) == 2
    labels = {"rule": "third_channel", "severity": "warning", "status": "open"}
    assert value("rapport_alerts_total", labels) == 2
    assert value("rapport_event_to_alert_seconds_bucket", {"le": "0.05"}) == 1
    assert value("rapport_event_to_alert_seconds_sum") == pytest.approx(3.04)
    assert value("rapport_commit_seconds_count") == 1
    assert value("rapport_last_commit_timestamp_seconds") == 1000.0
    assert value("rapport_changelog_records_total") == 5
    assert value("rapport_state_bytes_total") == 900
    assert (value("rapport_people"), value("rapport_armed_deadlines")) == (12, 9)
    assert value("rapport_restore_seconds") == 4.5
    assert value("rapport_deliveries_total", {"sink": "slack", "outcome": "sent"}) == 1
    assert value("rapport_deliveries_total", {"sink": "slack", "outcome": "rate_limited"}) == 1
    assert (value("rapport_delivery_queue"), value("rapport_ready")) == (3, 1)


def test_the_latency_buckets_stand_on_the_promised_limits() -> None:
    families = {family.name: family for family in filled(built()).registry.collect()}
    samples = families["rapport_event_to_alert_seconds"].samples
    bounds = [float(sample.labels["le"]) for sample in samples if sample.name.endswith("_bucket")]
    assert bounds == [*map(float, BUCKETS), float("inf")]


@pytest.mark.parametrize(
    ("call", "label"),
    [
        (lambda m: m.events("c-1042", {EventOutcome.MAPPED: 1}), "source"),
        (lambda m: m.events("tweets", {"odd": 1}), "outcome"),
        (lambda m: m.lag("c-1042", seconds=0, records=0), "topic"),
        (lambda m: m.dead_letters({"c-1042": 1}), "reason"),
        (lambda m: m.alerts([alert(rule="c-1042")]), "rule"),
        (lambda m: m.delivered("c-1042"), "sink"),
        (lambda m: m.delivered("slack", "c-1042"), "outcome"),
    ],
)
def test_an_unknown_label_value_raises_in_tests_and_is_other_in_production(call: Any, label: str) -> None:
    with pytest.raises(ValueError, match=f"label {label} is .*; allowed: "):
        call(built())
    lenient = built(strict=False)
    call(lenient)
    shown = lenient.exposition().decode()
    assert f'{label}="other"' in shown
    assert "c-1042" not in shown


def test_no_label_ever_holds_a_person() -> None:
    metrics = filled(built(strict=False))
    metrics.alerts([alert(stakeholder="c-1042")])
    assert "c-1042" not in metrics.exposition().decode()


def test_failures_stand_at_zero_before_the_first_one() -> None:
    value = built().registry.get_sample_value
    assert value("rapport_dead_letters_total", {"reason": "in_the_future"}) == 0
    assert value("rapport_deliveries_total", {"sink": "slack", "outcome": "server_error"}) == 0


def test_two_instances_do_not_share_anything() -> None:
    first, second = built(), built()
    first.queue(5)
    assert second.registry.get_sample_value("rapport_delivery_queue") == 0


def test_the_exposition_can_be_parsed_and_has_no_creation_times() -> None:
    text = filled(built()).exposition().decode()
    names = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in names} == set(DECLARED)


class Probes:
    health: tuple[bool, str] = (True, "fine")
    ready: tuple[bool, str] = (False, "restoring\r\nstate")


@pytest.fixture
def probes() -> Probes:
    return Probes()


@pytest.fixture
def server(probes: Probes) -> Iterator[MetricsServer]:
    running = serve(filled(built()), health=lambda: probes.health, ready=lambda: probes.ready)
    yield running
    running.close()


def asked(server: MetricsServer, path: str, method: str = "GET") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, response.headers["Content-Type"], body


def test_metrics_are_served_as_prometheus_reads_them(server: MetricsServer) -> None:
    status, kind, body = asked(server, "/metrics")
    assert status == 200
    assert kind.startswith("text/plain; version=")
    assert "rapport_people 12.0" in body


def test_probes_answer_200_or_503_with_one_line(server: MetricsServer, probes: Probes) -> None:
    assert asked(server, "/healthz")[::2] == (200, "fine\n")
    assert asked(server, "/readyz?verbose")[::2] == (503, "restoring state\n")
    probes.ready = (True, "ready")
    assert asked(server, "/readyz")[::2] == (200, "ready\n")


def test_a_scrape_shows_readiness_as_the_probe_says(server: MetricsServer, probes: Probes) -> None:
    assert "rapport_ready 0.0" in asked(server, "/metrics")[2]
    probes.ready = (True, "ready")
    assert "rapport_ready 1.0" in asked(server, "/metrics")[2]


def test_a_broken_probe_is_a_no() -> None:
    def broken() -> tuple[bool, str]:
        raise RuntimeError("token=secret")

    server = serve(built(), health=broken, ready=broken)
    try:
        assert asked(server, "/healthz")[::2] == (503, "the probe failed: RuntimeError\n")
        assert asked(server, "/metrics")[0] == 200
    finally:
        server.close()


def test_other_paths_and_methods_are_refused(server: MetricsServer) -> None:
    assert asked(server, "/")[::2] == (404, "allowed: /metrics /healthz /readyz\n")
    assert asked(server, "/metrics", "POST")[0] == 501


def test_a_silent_client_does_not_hold_up_the_others(server: MetricsServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port)):
        assert asked(server, "/healthz")[0] == 200


def test_a_busy_port_is_one_clear_sentence(server: MetricsServer) -> None:
    with pytest.raises(PortError) as caught:
        serve(built(), port=server.port, role="monitor", health=lambda: (True, ""), ready=lambda: (True, ""))
    assert str(caught.value) == (
        f"the metrics port {server.port} on 127.0.0.1 is in use: end what listens there, or set metrics.ports.monitor"
        " (RAPPORT_METRICS__PORTS__MONITOR) to another, or to 0 for any free one"
    )


def test_a_busy_port_is_found_before_anybody_starts(server: MetricsServer) -> None:
    with pytest.raises(PortError, match=rf"{server.port} on 127.0.0.1 is in use.*metrics.ports.cohorts"):
        check_ports("127.0.0.1", {"ingest": 0, "cohorts": server.port})


def test_one_port_for_two_is_found_and_free_ones_stay_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    check_ports("127.0.0.1", {"ingest": port, "cohorts": 0, "deliver": 0})
    with pytest.raises(PortError, match=r"metrics\.ports\.deliver"):
        check_ports("127.0.0.1", {"ingest": port, "deliver": port})


def test_an_answer_says_which_process_it_is_from(server: MetricsServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/healthz")
    assert connection.getresponse().headers[PROCESS_HEADER] == str(os.getpid())
    connection.close()


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [("127.0.0.1", 70_000, "allowed: 0"), ("192.0.2.1", 0, "can't be served"), ("::bad", 0, "can't be served")],
)
def test_an_impossible_address_is_one_clear_sentence(host: str, port: int, words: str) -> None:
    with pytest.raises(PortError, match=words):
        serve(built(), host=host, port=port, health=lambda: (True, ""), ready=lambda: (True, ""))


def test_a_closed_server_leaves_no_thread_and_a_free_port(probes: Probes) -> None:
    server = serve(built(), health=lambda: probes.health, ready=lambda: probes.ready)
    server.close()
    server.close()
    assert not any(thread.name == "metrics" for thread in threading.enumerate())
    serve(built(), port=server.port, health=lambda: (True, ""), ready=lambda: (True, "")).close()
