"""docker-compose.yml and the Dockerfile, checked without Docker: pinned, closed, limited, healthy."""

import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ROLES = ("ingest", "monitor", "cohorts", "deliver")
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
INSTRUCTIONS = [line for line in re.sub(r"\\\n", " ", DOCKERFILE).splitlines() if line and not line.startswith("#")]
every_service = pytest.mark.parametrize("name", sorted(SERVICES))
every_role = pytest.mark.parametrize("role", ROLES)
PINNED = re.compile(r"[a-z./-]+:v?\d+\.\d+\.\d+(-[a-z0-9.-]+)?(@sha256:[0-9a-f]{64})?")


def arguments(instruction: str) -> list[str]:
    return [line.split(maxsplit=1)[1] for line in INSTRUCTIONS if line.split(maxsplit=1)[0] == instruction]


@every_service
def test_an_image_is_pinned_by_its_full_version(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"])


def test_the_base_images_are_pinned_by_their_full_version_and_are_the_same() -> None:
    bases = [base.split()[0] for base in arguments("FROM")]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert PINNED.fullmatch(bases[0])


def test_kafka_is_the_same_with_and_without_docker() -> None:
    pom = (ROOT / "deploy" / "kafka" / "pom.xml").read_text()
    version = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([\d.]+)</version>", pom)
    assert version is not None
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version[1]}"


def test_our_image_has_the_version_of_the_package() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert {SERVICES[role]["image"] for role in ROLES} == {f"rapport:{version[1]}"}


@every_service
def test_a_service_has_no_rights_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert not {"cap_add", "privileged", "network_mode", "pid", "ipc", "devices"} & set(service)


@every_service
def test_a_service_is_not_root(name: str) -> None:
    user, _, _ = SERVICES[name]["user"].partition(":")
    assert int(user) > 0


@every_service
def test_a_service_has_limits(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}


@every_service
def test_a_published_port_is_on_loopback_only(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


@every_service
def test_a_service_that_stays_has_a_health_check_and_one_that_ends_has_none(name: str) -> None:
    if name == "topics":
        assert SERVICES[name]["healthcheck"] == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
    else:
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
        assert SERVICES[name]["restart"] == "unless-stopped"


@every_service
def test_a_mounted_file_is_there_and_can_not_be_written(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).exists()
            assert volume.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


@every_service
def test_a_secret_comes_from_a_file_and_is_given_to_whom_needs_it(name: str) -> None:
    service = SERVICES[name]
    granted = set(service.get("secrets", []))
    assert granted <= set(COMPOSE["secrets"])
    used = set()
    for key, value in service.get("environment", {}).items():
        if re.search(r"SECRET|PASSWORD|TOKEN|WEBHOOK", key):
            assert key.endswith("_FILE")
            used.add(value.removeprefix("/run/secrets/"))
    assert used == granted
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())


@every_role
def test_every_role_runs_once_the_topics_are_there(role: str) -> None:
    service = SERVICES[role]
    assert service["command"] == ["worker", role]
    assert service["depends_on"]["topics"] == {"condition": "service_completed_successfully"}
    assert SERVICES["topics"]["command"] == ["topics", "--create"]
    assert SERVICES["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}


@every_role
def test_only_deliver_can_speak_to_the_outside(role: str) -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert ("outside" in SERVICES[role]["networks"]) == (role == "deliver")


@every_role
def test_prometheus_finds_every_role_where_it_serves_its_metrics(role: str) -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    scrape = next(job for job in config["scrape_configs"] if job["job_name"] == "rapport")
    found = scrape["dns_sd_configs"][0]
    assert role in found["names"]
    assert str(found["port"]) == SERVICES[role]["environment"][f"RAPPORT_METRICS__PORTS__{role.upper()}"]
    assert SERVICES[role]["expose"] == [str(found["port"])]
    assert f":{found['port']}/healthz" in " ".join(SERVICES[role]["healthcheck"]["test"])


def test_topics_are_never_made_by_accident() -> None:
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_redis_keeps_nothing_and_refuses_rather_than_forgets() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly no" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_image_runs_as_the_user_that_compose_says_and_asks_its_own_health() -> None:
    assert arguments("USER")[-1] == SERVICES["ingest"]["user"]
    assert any("/healthz" in line for line in arguments("HEALTHCHECK"))


def test_every_package_in_the_image_is_pinned_by_hash() -> None:
    installs = [step for line in arguments("RUN") for step in line.split("&&") if "pip install" in step]
    assert len(installs) == 3
    for step in installs:
        assert "--no-cache-dir" in step
        assert "--require-hashes" in step or {"--no-deps", "--no-index"} <= set(step.split())
    built_by = (ROOT / "deploy" / "build-requirements.txt").read_text()
    assert re.fullmatch(r"(#.*\n|\w+==[\d.]+( \\\n    --hash=sha256:[0-9a-f]{64})+\n|    # via .*\n)+", built_by)


def test_only_what_the_dockerfile_copies_gets_into_the_build() -> None:
    lines = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    allowed = {pattern.removeprefix("!") for pattern in patterns if pattern.startswith("!")}
    copied = {source for line in arguments("COPY") if "--from" not in line for source in line.split()[:-1]}
    assert copied == allowed
    assert not any(fnmatch("secrets", pattern) or fnmatch(".git", pattern) for pattern in allowed)


def test_the_dockerfile_passes_hadolint() -> None:
    hadolint = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run(
        [hadolint, ROOT / "deploy" / "Dockerfile"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
