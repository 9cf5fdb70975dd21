"""Who answers for a role: our own process, nobody else who has its port."""

import os

from sinks.metrics_server import MetricsServer, serve
from streams.roles import new_metrics
from streams.running.role_programs import RolePrograms
from streams.settings import Settings


def served() -> MetricsServer:
    return serve(new_metrics(Settings()), health=lambda: (True, ""), ready=lambda: (True, "ready"))


async def test_a_role_is_ready_when_its_own_process_says_so_not_when_another_has_its_port() -> None:
    server = served()
    try:
        settings = Settings.model_validate({"metrics": {"ports": {"monitor": server.port}}})
        roles = RolePrograms(settings, config=None, environment={})
        [monitor] = [program for program in roles.programs() if program.name == "monitor"]
        monitor.environment()
        assert not await roles.is_ready("monitor")
        monitor.started(os.getpid() + 1)
        assert not await roles.is_ready("monitor")
        assert await roles.totals("monitor") == {}
        monitor.started(os.getpid())
        assert await roles.is_ready("monitor")
        assert "rapport_ready" in await roles.totals("monitor")
        monitor.environment()  # the next start: its port may be another's until it has begun
        assert not await roles.is_ready("monitor")
    finally:
        server.close()


def test_every_role_gets_the_environment_and_a_port_of_its_own() -> None:
    settings = Settings.model_validate({"metrics": {"ports": {"monitor": 9402}}})
    roles = RolePrograms(settings, config=None, environment={"HOME": "/here"})
    given = {program.name: program.environment() for program in roles.programs()}
    assert given["monitor"] == {"HOME": "/here", "RAPPORT_METRICS__PORTS__MONITOR": "9402"}
    assert given["ingest"]["RAPPORT_METRICS__PORTS__INGEST"] == str(roles.ports["ingest"])
