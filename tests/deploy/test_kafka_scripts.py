"""The scripts of deploy/kafka, on copies: what they say when something is missing, and that half a fetch isn't one."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from streams.broker import apache
from streams.broker.parts import ApacheKafka, PartError

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ["bash", "cat", "cksum", "dirname", "grep", "head", "ls", "mkdir", "mktemp", "mv", "rm", "sed", "tail", "ps"]


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the folder without jars."""
    copy = tmp_path / "kafka"
    shutil.copytree(ROOT / "deploy" / "kafka", copy, ignore=shutil.ignore_patterns("jars"))
    return copy


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with ordinary tools, and neither Java nor Maven."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None, tool
        (folder / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return folder


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/usr/bin/env bash\n{text}\n")
    path.chmod(0o755)


def java(path: Path, version: str) -> None:
    program(path / "java", f"echo 'openjdk version \"{version}\" 2020-01-01' >&2")


def run(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=dict(os.environ))
    assert done.stdout == ""
    return done.returncode, done.stderr


MAVEN = """
for argument; do case $argument in -DoutputDirectory=*) out=${argument#*=} ;; esac; done
printf jar >"$out/kafka_2.13-4.1.1.jar"
printf jar >"$out/slf4j-api-1.7.36.jar"
"""


def test_no_java_is_said_in_one_sentence(scripts: Path, path: Path) -> None:
    assert run(scripts / "fetch.sh") == (
        1,
        'Apache Kafka needs Java 17 or newer, and "java" was not found: install a JRE 17 and try again.\n',
    )


@pytest.mark.parametrize(("version", "said"), [("11.0.2", "11"), ("1.8.0_292", "1")])
def test_an_old_java_is_named(scripts: Path, path: Path, version: str, said: str) -> None:
    java(path, version)
    assert run(scripts / "fetch.sh") == (
        1,
        f'Apache Kafka needs Java 17 or newer, and "java" is version {said}: install a JRE 17 or set JAVA_HOME.\n',
    )


def test_no_maven_is_said_in_one_sentence(scripts: Path, path: Path) -> None:
    java(path, "21")
    assert run(scripts / "fetch.sh") == (
        1,
        'Fetching Apache Kafka needs Maven, and "mvn" was not found: install Maven 3 and try again.\n',
    )


def test_a_fetch_puts_the_jars_in_place_and_is_not_done_twice(scripts: Path, path: Path) -> None:
    java(path, "17.0.15")
    program(path / "mvn", MAVEN)
    assert run(scripts / "fetch.sh")[0] == 0
    files = sorted(file.name for file in (scripts / "jars").iterdir())
    assert files == [".complete", "kafka_2.13-4.1.1.jar", "slf4j-api-1.7.36.jar"]
    program(path / "mvn", "exit 1")
    assert run(scripts / "fetch.sh") == (0, "")


def test_a_fetch_that_fails_half_way_does_not_count(scripts: Path, path: Path) -> None:
    java(path, "17.0.15")
    program(path / "mvn", f"{MAVEN}\necho '[ERROR] the network is gone'\nexit 1")
    code, said = run(scripts / "fetch.sh")
    assert (code, said.splitlines()[-1]) == (1, "Maven could not fetch Apache Kafka: [ERROR] the network is gone")
    assert list((scripts / "jars").iterdir()) == []


def test_a_fetch_killed_half_way_does_not_count(scripts: Path, path: Path) -> None:
    java(path, "17.0.15")
    program(path / "mvn", f"{MAVEN}\nkill -KILL $PPID")
    assert run(scripts / "fetch.sh")[0] == -9
    program(path / "mvn", MAVEN)
    assert run(scripts / "fetch.sh")[0] == 0
    assert (scripts / "jars" / "kafka_2.13-4.1.1.jar").is_file()
    assert (scripts / "jars" / ".complete").is_file()


def test_a_maven_that_fetches_nothing_does_not_count(scripts: Path, path: Path) -> None:
    java(path, "17.0.15")
    program(path / "mvn", "exit 0")
    code, said = run(scripts / "fetch.sh")
    assert code == 1
    assert "fetched no kafka_2.13 jar" in said
    assert list((scripts / "jars").iterdir()) == []


def test_another_version_replaces_the_jars_of_the_old_one(scripts: Path, path: Path) -> None:
    java(path, "17.0.15")
    program(path / "mvn", MAVEN)
    run(scripts / "fetch.sh")
    pom = scripts / "pom.xml"
    pom.write_text(pom.read_text().replace("4.1.1", "4.1.2"))
    program(path / "mvn", MAVEN.replace("4.1.1", "4.1.2"))
    assert run(scripts / "fetch.sh")[0] == 0
    assert [file.name for file in (scripts / "jars").glob("kafka*")] == ["kafka_2.13-4.1.2.jar"]


def test_what_a_fetch_lacks_becomes_the_sentence_of_the_part(
    scripts: Path, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(apache, "SCRIPTS", scripts)
    with pytest.raises(PartError, match=r'^Apache Kafka needs Java 17 or newer, and "java" was not found'):
        ApacheKafka(tmp_path / "broker").start()


@pytest.mark.parametrize("port", ["0", "65536", "x", "", "123456789012345678901"])
def test_an_impossible_port_is_refused_with_what_is_allowed(scripts: Path, tmp_path: Path, port: str) -> None:
    assert run(scripts / "start.sh", tmp_path / "broker", port) == (
        2,
        f'PORT is "{port}"; allowed are 1 to 65535.\n',
    )


@pytest.mark.parametrize("arguments", [[], ["one", "2", "three"]])
def test_wrong_usage_is_answered_with_the_usage(scripts: Path, arguments: list[str]) -> None:
    assert run(scripts / "start.sh", *arguments) == (2, "usage: start.sh [--foreground] DIR [PORT]\n")


def test_an_unwritable_folder_is_named(scripts: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = run(scripts / "start.sh", tmp_path / "file" / "below")
    assert (code, said) == (
        1,
        f"The folder {tmp_path}/file/below can't be written: give another one, or yourself write access to it.\n",
    )


def test_a_pid_file_that_names_a_stranger_is_not_obeyed(scripts: Path, tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (tmp_path / "pid").write_text(str(stranger.pid))
        assert run(scripts / "stop.sh", tmp_path) == (0, "")
        assert stranger.poll() is None
        assert not (tmp_path / "pid").exists()
    finally:
        stranger.kill()
        stranger.wait()


def test_stopping_in_a_folder_that_is_not_there_is_an_error(scripts: Path, tmp_path: Path) -> None:
    assert run(scripts / "stop.sh", tmp_path / "none") == (1, f"There is no folder {tmp_path}/none.\n")
