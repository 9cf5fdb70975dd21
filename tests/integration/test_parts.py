"""The real parts: started, killed, restarted, and gone when their owner is."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from streams.broker.parts import ApacheKafka, EmbeddedBroker, EmbeddedRedis, Part, choose_broker
from streams.broker.ports import port_is_free

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_REDIS = Path("/usr/bin/redis-server")
needs_kafka = [
    pytest.mark.broker,
    pytest.mark.skipif(not ApacheKafka.available(), reason="Apache Kafka needs Java 17 and Maven"),
]
EVERY_PART = [
    pytest.param(EmbeddedBroker, id="embedded-broker"),
    pytest.param(EmbeddedRedis, id="embedded-redis", marks=pytest.mark.redis),
    pytest.param(
        lambda directory: EmbeddedRedis(directory, binary=SYSTEM_REDIS),
        id="system-redis",
        marks=[pytest.mark.redis, pytest.mark.skipif(not SYSTEM_REDIS.exists(), reason="no system Redis")],
    ),
    pytest.param(ApacheKafka, id="apache-kafka", marks=needs_kafka),
]
OWNER = """
import sys, time
from pathlib import Path
from streams.broker.parts import ApacheKafka, EmbeddedBroker, EmbeddedRedis
part = {part}(Path(sys.argv[1]))
part.start()
print(part.pid, part.port, flush=True)
time.sleep(600)
"""


@pytest.fixture(params=EVERY_PART)
def part(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Part]:
    made: Part = request.param(tmp_path / "part")
    yield made
    made.kill()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def becomes_true(question: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.05)
    return False


def pid_of(part: Part) -> int:
    assert part.pid is not None
    return part.pid


def port_of(part: Part) -> int:
    assert part.port is not None
    return part.port


def listening_addresses(port: int) -> set[str]:
    """Local addresses, in the kernel's hexadecimal, of the sockets that listen on this port."""
    rows = [line.split() for table in ("tcp", "tcp6") for line in Path("/proc/net", table).read_text().splitlines()[1:]]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}


def test_a_stopped_part_leaves_no_process_and_no_busy_port(part: Part) -> None:
    part.start()
    pid = pid_of(part)
    assert alive(pid)
    part.stop()
    assert not alive(pid)
    assert not part.running
    assert port_is_free(port_of(part))


def test_a_killed_part_starts_again_on_the_same_port(part: Part) -> None:
    first = part.start()
    pid = pid_of(part)
    part.kill()
    assert not alive(pid)
    assert part.start() == first
    assert pid_of(part) != pid


def test_a_second_start_of_a_running_part_changes_nothing(part: Part) -> None:
    first, pid = part.start(), part.pid
    assert (part.start(), part.pid) == (first, pid)


def test_stop_and_kill_of_a_part_that_does_not_run_do_nothing(part: Part) -> None:
    part.stop()
    part.kill()
    assert not part.running


def test_a_part_has_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it(part: Part) -> None:
    part.start()
    assert os.getsid(pid_of(part)) != os.getsid(0)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net")
def test_a_part_listens_on_loopback_only(part: Part) -> None:
    part.start()
    assert listening_addresses(port_of(part)) <= {"0100007F", "0000000000000000FFFF00000100007F"}
    assert listening_addresses(port_of(part))


def test_a_part_outlives_the_thread_that_started_it(part: Part) -> None:
    thread = threading.Thread(target=part.start)
    thread.start()
    thread.join()
    time.sleep(0.3)  # long enough for a signal at the thread's end to have arrived
    assert part.running
    assert alive(pid_of(part))


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_a_part_dies_with_its_watcher(part: Part) -> None:
    part.start()
    pid = pid_of(part)
    os.killpg(os.getpgid(pid), signal.SIGSTOP)  # neither may act on its own any more
    assert part._watcher is not None
    part._watcher.kill()
    assert becomes_true(lambda: port_is_free(port_of(part)))
    assert not part.running


@pytest.mark.parametrize(
    "name",
    [
        "EmbeddedBroker",
        pytest.param("EmbeddedRedis", marks=pytest.mark.redis),
        pytest.param("ApacheKafka", marks=needs_kafka),
    ],
)
def test_a_part_dies_when_its_owner_is_killed(name: str, tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(part=name), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert owner.stdout is not None
        pid, port = (int(word) for word in owner.stdout.readline().split())
        owner.stdout.close()
        assert alive(pid)
    finally:
        owner.kill()
        owner.wait()
    assert becomes_true(lambda: not alive(pid))
    assert port_is_free(port)


@pytest.mark.redis
def test_a_temporary_directory_goes_with_its_part() -> None:
    with EmbeddedRedis() as part:
        directory = part.directory
        assert directory.is_dir()
    assert not directory.exists()


@pytest.mark.redis
def test_redis_keeps_nothing_on_disk(tmp_path: Path) -> None:
    part = EmbeddedRedis(tmp_path)
    with part, redis.Redis.from_url(part.address) as client:
        client.set("key", "value")
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
    assert [file.name for file in tmp_path.iterdir()] == ["log"]
    with part, redis.Redis.from_url(part.address) as client:
        assert client.get("key") is None


async def publish(address: str, value: bytes, *, idempotent: bool, timeout_seconds: int = 30) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=address,
        enable_idempotence=idempotent,
        acks="all",
        max_request_size=12 * 1024 * 1024,
        request_timeout_ms=timeout_seconds * 1000,
    )
    await producer.start()
    try:
        await producer.send_and_wait("news", value, partition=0)
    finally:
        await producer.stop()


async def published(address: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition("news", 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        return [(await consumer.getone()).value for _ in range(end)]
    finally:
        await consumer.stop()


async def create_topic(address: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("news", 1, 1, topic_configs={"message.timestamp.type": "LogAppendTime"})])
    finally:
        await admin.close()


async def test_the_embedded_broker_gives_back_what_it_was_sent() -> None:
    with choose_broker("embedded") as broker:
        assert isinstance(broker, EmbeddedBroker)
        await create_topic(broker.address)
        await publish(broker.address, b"hello", idempotent=broker.idempotent_producer)
        assert await published(broker.address) == [b"hello"]


@pytest.mark.broker
@pytest.mark.skipif(not ApacheKafka.available(), reason="Apache Kafka needs Java 17 and Maven")
async def test_apache_kafka_keeps_records_through_a_kill_and_takes_ten_megabytes(tmp_path: Path) -> None:
    broker = choose_broker("apache", tmp_path)
    huge = b"x" * 10_000_000
    with broker:
        await create_topic(broker.address)
        await publish(broker.address, b"hello", idempotent=broker.idempotent_producer)
        await publish(broker.address, huge, idempotent=broker.idempotent_producer)
        broker.kill()
        broker.start()
        assert await published(broker.address) == [b"hello", huge]


@pytest.mark.broker
@pytest.mark.skipif(not ApacheKafka.available(), reason="Apache Kafka needs Java 17 and Maven")
async def test_apache_kafka_makes_no_topic_by_accident(tmp_path: Path) -> None:
    with ApacheKafka(tmp_path) as broker:
        with pytest.raises(KafkaError):
            await publish(broker.address, b"hello", idempotent=False, timeout_seconds=3)
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
        await admin.start()
        try:
            assert "news" not in await admin.list_topics()
        finally:
            await admin.close()


@pytest.mark.broker
@pytest.mark.skipif(not ApacheKafka.available(), reason="Apache Kafka needs Java 17 and Maven")
def test_the_start_script_keeps_its_port_and_the_stop_script_leaves_nothing(tmp_path: Path) -> None:
    start, stop = ROOT / "deploy/kafka/start.sh", ROOT / "deploy/kafka/stop.sh"
    try:
        address = subprocess.check_output([start, tmp_path], text=True, timeout=90).strip()
        pid = int((tmp_path / "pid").read_text())
        again = subprocess.run([start, tmp_path], capture_output=True, text=True, timeout=90, check=True)
        assert (again.stdout.strip(), int((tmp_path / "pid").read_text())) == (address, pid)
        refused = subprocess.run(
            [start, "--foreground", tmp_path], capture_output=True, text=True, timeout=90, check=False
        )
        assert refused.returncode == 1
        assert refused.stderr == f"The broker of {tmp_path} already runs as process {pid}: stop it first.\n"
        subprocess.run([stop, tmp_path], timeout=30, check=True)
        assert not alive(pid)
        assert subprocess.check_output([start, tmp_path], text=True, timeout=90).strip() == address
    finally:
        subprocess.run([stop, tmp_path], timeout=30, check=True)
    assert port_is_free(int(address.rpartition(":")[2]))
