"""Every way a part can fail to start ends in one sentence with the cure, and in no process."""

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from streams.broker import apache, embedded_broker, embedded_redis
from streams.broker.parts import ApacheKafka, EmbeddedBroker, EmbeddedRedis, Part, PartError, choose_broker


class Program(Part):
    """A Python program that is ready when it has printed `ready`."""

    name: ClassVar[str] = "The program"
    start_seconds: ClassVar[float] = 5
    stop_seconds: ClassVar[float] = 0.2
    code: ClassVar[str] = "print('ready', flush=True); import time; time.sleep(600)"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _command(self) -> list[str]:
        return [sys.executable, "-c", self.code]

    def _answers(self) -> bool:
        return "ready" in self.log.read_text()


def script(directory: Path, text: str) -> Path:
    path = directory / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def refusal(part: Part) -> str:
    with pytest.raises(PartError) as caught:
        part.start()
    assert not part.running
    assert part.pid is None
    return str(caught.value)


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing on PATH, no Java, no binary in any wheel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    for module in (embedded_broker, embedded_redis):
        monkeypatch.setattr(module, "find_binary", lambda *_: None)


@pytest.mark.parametrize("cls", [EmbeddedBroker, EmbeddedRedis, ApacheKafka])
def test_a_busy_port_is_named_with_the_cure(cls: type[Part], busy_port: int, tmp_path: Path) -> None:
    said = refusal(cls(tmp_path, busy_port))
    assert said.endswith(
        f"can't listen on port {busy_port} of 127.0.0.1, another program does: stop that program, or give another port."
    )


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_an_impossible_port_is_refused_with_what_is_allowed(port: int, tmp_path: Path) -> None:
    with pytest.raises(PartError, match=rf"can't listen on port {port}: allowed are 1 to 65535"):
        EmbeddedRedis(tmp_path, port)


def test_an_unwritable_folder_is_named_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "below"
    said = refusal(Program(folder))
    assert said == (
        f"The program can't write in {folder} (Not a directory): give another folder, or yourself write access to it."
    )


def test_a_program_that_ends_at_once_is_quoted(tmp_path: Path) -> None:
    program = script(tmp_path, "echo first >&2; echo the disk is full; exit 3")
    said = refusal(EmbeddedRedis(tmp_path / "part", binary=program))
    assert said == "Redis ended at once; its last words: first / the disk is full"


def test_a_program_that_can_not_be_run_is_named(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("no program")
    assert refusal(EmbeddedRedis(tmp_path / "part", binary=program)).endswith(f"{program}: Permission denied")


def test_only_the_words_of_the_last_start_are_quoted(tmp_path: Path) -> None:
    program = script(tmp_path, "echo old; exit 1")
    part = EmbeddedRedis(tmp_path / "part", binary=program)
    refusal(part)
    script(tmp_path, "echo new; exit 1")
    assert refusal(part) == "Redis ended at once; its last words: new"


def test_a_program_that_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "code", "print('well', flush=True); import time; time.sleep(600)")
    monkeypatch.setattr(Program, "start_seconds", 1)
    part = Program(tmp_path)
    said = refusal(part)
    assert said == f"The program did not answer on {part.address} within 1 s; its last words: well"


def test_an_interrupted_start_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids: list[int] = []

    def interrupted(part: Program) -> bool:
        assert part.pid is not None
        pids.append(part.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(Program, "_answers", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Program(tmp_path).start()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_program_that_will_not_end_is_killed_after_the_grace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Program, "code", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + Program.code
    )
    part = Program(tmp_path)
    part.start()
    pid = part.pid
    assert pid is not None
    part.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_stop_asks_before_it_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "stop_seconds", 5)
    code = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye', flush=True)))\n"
    monkeypatch.setattr(Program, "code", code + Program.code)
    with Program(tmp_path) as part:
        pass
    assert part.log.read_text() == "ready\nbye\n"


def test_a_program_killed_by_a_stranger_is_no_longer_running(tmp_path: Path) -> None:
    with Program(tmp_path) as part:
        watcher, pid = part._watcher, part.pid
        assert watcher is not None
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert watcher.wait(5) == 128 + signal.SIGKILL
        assert not part.running


def test_a_part_sees_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_SLACK__SIGNING_SECRET", "hush")
    monkeypatch.setattr(Program, "code", "import os; print(dict(os.environ))\n" + Program.code)
    with Program(tmp_path) as part:
        assert "hush" not in part.log.read_text()
    assert "RAPPORT_SLACK__SIGNING_SECRET" not in ApacheKafka(tmp_path)._environment()


@pytest.mark.usefixtures("bare_machine")
def test_without_a_binary_the_two_other_ways_are_named() -> None:
    said = refusal(EmbeddedBroker())
    assert re.fullmatch(
        r"There is no embedded broker for \S+ on \S+: install Java 17 and Maven for Apache Kafka \(--broker apache\), "
        r"or name a running one with --broker HOST:PORT\.",
        said,
    )
    with pytest.raises(PartError) as caught:
        choose_broker("embedded")
    assert str(caught.value) == said


@pytest.mark.usefixtures("bare_machine")
def test_without_a_redis_server_the_cure_is_named() -> None:
    assert "install Redis 6.2 or newer so that it is on PATH" in refusal(EmbeddedRedis())


def test_where_there_is_no_embedded_broker_apache_kafka_is_chosen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(embedded_broker, "find_binary", lambda *_: None)
    monkeypatch.setattr(ApacheKafka, "available", lambda: True)
    assert isinstance(choose_broker("embedded", tmp_path), ApacheKafka)


def test_the_broker_asked_for_is_chosen(tmp_path: Path) -> None:
    assert isinstance(choose_broker("embedded", tmp_path), EmbeddedBroker)
    assert isinstance(choose_broker("apache", tmp_path), ApacheKafka)


def test_an_unknown_broker_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(PartError, match="no broker called 'rabbit': allowed are embedded, apache, or HOST:PORT"):
        choose_broker("rabbit")


def test_apache_kafka_outside_a_checkout_names_the_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(apache, "SCRIPTS", tmp_path / "nowhere")
    assert refusal(ApacheKafka(tmp_path)) == (
        f"Apache Kafka is run by scripts of the source checkout, and {tmp_path}/nowhere/fetch.sh is not there: "
        "run from a checkout, or name a running broker with --broker HOST:PORT."
    )
    assert not ApacheKafka.available()
