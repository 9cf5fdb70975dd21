"""One role as one process: Faust app, engine, metrics, and an end that never leaves half a commit behind."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import itertools
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import faust
from aiokafka import AIOKafkaConsumer

from sinks.metrics_server import serve
from streams.broker import role_topics, whole_batches
from streams.broker.connection import client_settings, faust_address, faust_credentials
from streams.broker.engine import Engine
from streams.broker.instance import claim
from streams.broker.role import Deferring
from streams.broker.stall import StallGuard
from streams.broker.transport import BatchSchema, RapportApp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sinks.metrics import Metrics
    from streams.broker.role import Role
    from streams.broker.whole_batches import RecordBatch
    from streams.settings import Settings

log = logging.getLogger(__name__)

FAILED = 1
FETCH_BYTES = 1024 * 1024
PRODUCE_BYTES = 16 * 1024 * 1024
BACKLOG_BYTES = 4 * 1024 * 1024
BACKLOG_SECONDS = 0.05
BACKLOG_RECORDS = 100_000
BATCH_BYTES = 512 * 1024
TIDY_SECONDS = 10.0
TIDIES_A_FULL_ONE = 60
PORTION_RECORDS = 500
STUCK_SECONDS = 0.05
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
LEAVING_SECONDS = 3.0


async def run(role: Role, settings: Settings, metrics: Metrics, directory: Path) -> None:
    """Run the role until SIGINT or SIGTERM; returns after the last commit. Any failure ends the process at once.

    Raises InstanceTakenError when another process here runs under ``broker.instance_id``, TopicMissingError or
    PartitionsError when the cluster lacks what the role needs.
    """
    await role_topics.check(role, settings.broker)
    whole_batches.install(payloads=role.reads_payloads)
    _keep_freed_memory()
    instance, lock = claim(settings.broker.instance_id, directory)
    app = _new_app(role, settings, directory, instance)
    guard = StallGuard(settings.broker.session_seconds / 2, _die)
    engine = Engine(
        role,
        guard=guard,
        metrics=metrics,
        failed=_die,
        new_reader=lambda: _new_reader(settings),
        flush_seconds=settings.broker.flush_seconds,
    )
    app.engine = engine
    _add_agent(app, role)
    _add_loading(app, engine)
    server = serve(
        metrics,
        host=settings.metrics.host,
        port=settings.metrics.ports.get(role.name, 0),
        role=role.name,
        health=lambda: (True, "alive"),
        ready=lambda: (engine.is_ready, "ready" if engine.is_ready else "not ready: no partitions loaded yet"),
    )
    log.info("%s serves /metrics on http://%s:%d", role.name, settings.metrics.host, server.port)
    try:
        await _run_until_told(app, engine, guard)
    finally:
        server.close()
        if lock is not None:
            lock.close()


async def _run_until_told(app: RapportApp, engine: Engine, guard: StallGuard) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, told.set)
    waiting = [loop.create_task(told.wait()), loop.create_task(app.wait_until_stopped())]
    await _start(app, engine, waiting[0])
    guard.start()
    beside = [loop.create_task(each) for each in (engine.beat(), _tidy(), _commit_backlogs(app, engine))]
    for task in beside:
        task.add_done_callback(_die_with)
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if not told.is_set():
        _die(app.crash_reason or RuntimeError("the app stopped by itself"))
    for task in (*beside, *waiting):
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    if isinstance(engine.role, Deferring):
        await engine.role.rest()
    if engine.is_ready:
        await app.consumer.settle()
    guard.stop()
    engine.is_ready = False
    await _leave(app)


async def _start(app: RapportApp, engine: Engine, told: asyncio.Task[Any]) -> None:
    """Start the app; told to end before it has anything to commit, the process ends at once."""
    starting = asyncio.get_running_loop().create_task(app.start())
    await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done() and not engine.is_ready:
        _end_at_once("told to end while starting")
    await starting


async def _leave(app: RapportApp) -> None:
    """Stop the app, which leaves the group; in a rebalance that can take its whole time-out, and all is committed."""
    leaving = asyncio.get_running_loop().create_task(app.stop())
    await asyncio.wait({leaving}, timeout=LEAVING_SECONDS)
    if not leaving.done():
        _end_at_once("told to end in a rebalance: the group will miss this member by itself")
    await leaving


def _end_at_once(why: str) -> None:
    log.info(why)
    logging.shutdown()
    os._exit(0)


def _keep_freed_memory() -> None:
    """Let glibc keep what batches free, up to 256 MB, for the next ones: fresh pages took half of their unpacking."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:  # musl has none
        mallopt(_M_MMAP_THRESHOLD, 32 * 1024 * 1024)
        mallopt(_M_TRIM_THRESHOLD, 256 * 1024 * 1024)


async def _commit_backlogs(app: RapportApp, engine: Engine) -> None:
    """Commit as soon as a backlog is worked off: a crash in the second until the next commit would repeat much."""
    while True:
        await asyncio.sleep(BACKLOG_SECONDS)
        if engine.has_worked_off(BACKLOG_RECORDS):
            await asyncio.shield(app.consumer.commit())


async def _tidy() -> None:
    """Collect garbage by the clock, not by the number of objects.

    Records wait by the ten thousand and people hold no cycles: Python's own rhythm cost 17 to 29 % of the core's time.
    """
    for number in itertools.count(1):
        await asyncio.sleep(TIDY_SECONDS)
        gc.collect(2 if number % TIDIES_A_FULL_ONE == 0 else 1)


def _new_app(role: Role, settings: Settings, directory: Path, instance: str) -> RapportApp:
    broker = settings.broker
    app = RapportApp(
        f"{broker.topic_prefix}rapport-{role.name}",
        broker=faust_address(broker),
        broker_credentials=faust_credentials(broker),
        processing_guarantee="at_least_once",
        store="memory://",
        datadir=str(directory),
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=FETCH_BYTES,
        consumer_metadata_max_age_ms=5_000,
        consumer_group_instance_id=instance or None,
        broker_max_poll_records=1_000,
        broker_commit_interval=min(broker.commit_seconds, role.longest_commit_seconds),
        broker_session_timeout=broker.session_seconds,
        broker_heartbeat_interval=max(0.3, broker.session_seconds / 5),
        broker_rebalance_timeout=broker.rebalance_seconds,
        broker_request_timeout=max(60.0, broker.session_seconds),
        broker_max_poll_interval=300,
        stream_wait_empty=False,
        stream_buffer_maxsize=16,
        producer_acks=-1,
        producer_linger=0.0,
        producer_max_batch_size=BATCH_BYTES,
        producer_max_request_size=PRODUCE_BYTES,
        producer_compression_type="zstd",
        producer_request_timeout=30,
        producer_threaded=False,
        stream_publish_on_commit=False,
        agent_supervisor="mode.CrashingSupervisor",
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    app.is_idempotent = broker.idempotent == "always"
    app.fetch_wait_ms = broker.fetch_wait_ms
    return app


def _add_agent(app: RapportApp, role: Role) -> None:
    topic = app.topic(
        *role.topics,
        schema=BatchSchema(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"),
        acks=False,
    )

    @app.agent(topic)
    async def apply(fetched: faust.StreamT[Any]) -> None:
        engine = app.engine
        async for generation, tp, batches in fetched:
            for portion in _portions(batches):
                while engine.is_stuck and engine.may_apply:  # noqa: ASYNC110 - rare, as below
                    await asyncio.sleep(STUCK_SECONDS)
                if not engine.may_apply or generation != app.consumer_generation_id:
                    break
                engine.apply(tp, portion)
                while engine.outbox.backlog_bytes > BACKLOG_BYTES:  # noqa: ASYNC110 - rare, and many may wait
                    await asyncio.sleep(0.005)
                if len(portion) < len(batches):
                    await asyncio.sleep(0)


def _portions(batches: list[RecordBatch]) -> Iterator[list[RecordBatch]]:
    """Parts of a fetch that take no longer than a commit under way can wait for its turn."""
    portion: list[RecordBatch] = []
    records = 0
    for batch in batches:
        portion.append(batch)
        records += batch.count
        if records >= PORTION_RECORDS:
            yield portion
            portion, records = [], 0
    if portion:
        yield portion


def _add_loading(app: RapportApp, engine: Engine) -> None:
    @app.on_rebalance_complete.connect
    async def load(_: Any, **__: Any) -> None:
        if not hasattr(engine, "outbox"):
            engine.fetch_committed = app.consumer.committed
            engine.highwater = app.consumer.highwater
            await engine.start(app.producer._ensure_producer())  # noqa: SLF001 - Faust wraps the client we send with
        try:
            await engine.load(app.consumer.assignment())
        except Exception as error:  # noqa: BLE001 - without its state the worker must not go on
            _die(error)
        gc.collect()
        gc.freeze()
        gc.disable()


def _new_reader(settings: Settings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **client_settings(settings.broker),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * FETCH_BYTES,
        max_poll_records=256,
        fetch_max_wait_ms=20,  # what waits at the end of one changelog keeps the next one waiting
    )


def _die_with(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _die(task.exception() or RuntimeError("unknown"))


def _die(error: BaseException) -> None:
    """End the process without another write; the supervisor starts it again and everything is replayed."""
    try:
        log.critical("the worker ends: %s: %s", type(error).__name__, error, exc_info=error)
        logging.shutdown()
    finally:  # a signal may have come in the middle of another line
        os._exit(FAILED)
