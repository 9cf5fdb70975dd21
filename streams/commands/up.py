"""``rapport up``: all roles on this machine, each a process of its own, started again when it dies."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from sinks.metrics_server import PortError, check_ports
from streams.broker.parts import EmbeddedRedis
from streams.commands._broker import asked
from streams.commands._options import json_option, with_settings
from streams.commands._parts import OURS, check_broker, check_redis, running_parts, sigterm_interrupts
from streams.running.supervisor import HopelessError, Supervisor, SupervisorError
from streams.settings import ROLES, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.broker.parts import Part
    from streams.commands._parts import Parts
    from streams.running.role_programs import RolePrograms
    from streams.running.supervisor import Notice
    from streams.settings import Settings

LOOK_SECONDS: Final = 0.2
"""From one look at what we started to the next."""
_TAIL_BYTES: Final = 4096


@click.command("up")
@click.option(
    "--broker",
    callback=check_broker,
    metavar="embedded|apache|HOST:PORT",
    help="Start one (embedded keeps nothing), or use that one; the configured address by default.",
)
@click.option(
    "--redis",
    callback=check_redis,
    metavar="embedded|URL",
    help="Start one, or use that one; the configured URL by default.",
)
@json_option
@with_settings
def command(settings: Settings, broker: str | None, redis: str | None, as_json: bool) -> None:  # noqa: FBT001 - click
    """Run all roles until Ctrl-C or SIGTERM; each ends after its last commit."""
    from streams.broker import topics  # noqa: PLC0415 - Faust takes half a second to import
    from streams.running.role_programs import RolePrograms  # noqa: PLC0415 - likewise

    config = click.get_current_context().params["config"]
    try:
        check_ports(settings.metrics.host, {role: settings.metrics.ports.get(role, 0) for role in ROLES})
    except PortError as error:
        raise click.UsageError(str(error)) from None
    with sigterm_interrupts(), running_parts(broker, redis) as found:
        environment = {**os.environ, **found.environment}
        settings = load(config, environment)
        if broker in OURS:
            asked(topics.create(settings), settings)
        reporter = Reporter(as_json=as_json)
        reporter.report("using", broker=settings.broker.address)
        roles = RolePrograms(settings, config=config, environment=environment)
        told = asyncio.run(_run(settings, roles, found, reporter))
    if told == signal.SIGINT:
        raise click.Abort


async def _run(settings: Settings, roles: RolePrograms, found: Parts, reporter: Reporter) -> int:
    """Supervise until told to end; gives the signal that told.

    Raises click.UsageError when a role can't run as things are set, click.ClickException when it is given up or
    something that we started is gone.
    """
    supervisor = _supervisor(settings, roles, reporter)
    told: list[int] = []

    def end(number: int) -> None:
        told.append(number)
        reporter.report("stopping" if len(told) == 1 else "killing")
        supervisor.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    beside = [
        asyncio.create_task(_report_ready(roles, found, reporter)),
        asyncio.create_task(_end_with(found.started, supervisor, reporter)),
    ]
    failed: SupervisorError | None = None
    try:
        await supervisor.run()
    except SupervisorError as error:
        failed = error
    finally:
        for task in beside:
            task.cancel()
    if not told and (part := _gone(found.started)) is not None:  # then a role may well have failed of it
        raise click.ClickException(_obituary(part))
    if failed is not None:
        raise (click.UsageError if isinstance(failed, HopelessError) else click.ClickException)(str(failed))
    return told[0]


def _supervisor(settings: Settings, roles: RolePrograms, reporter: Reporter) -> Supervisor:
    return Supervisor(
        roles.programs(),
        restarts=settings.supervisor.restarts,
        backoff_seconds=settings.supervisor.backoff_seconds,
        stop_seconds=settings.supervisor.stop_seconds,
        tell=reporter.tell,
        say=reporter.say,
    )


async def _report_ready(roles: RolePrograms, found: Parts, reporter: Reporter) -> None:
    async def one(role: str) -> None:
        await roles.wait_ready(role)
        reporter.report("role_ready", role=role, port=roles.ports[role])

    await asyncio.gather(*(one(role) for role in ROLES))
    reporter.report("ready")
    if found.own:
        reporter.lend(found.own)


async def _end_with(started: Sequence[Part], supervisor: Supervisor, reporter: Reporter) -> None:
    """Stop everything once something that we started is gone; without its broker a role has nothing left to commit."""
    while (part := _gone(started)) is None:  # noqa: ASYNC110 - another process can't set an event of ours
        await asyncio.sleep(LOOK_SECONDS)
    reporter.report("part_died", part=part.name)
    supervisor.stop()
    if not isinstance(part, EmbeddedRedis):
        supervisor.stop()


def _gone(started: Sequence[Part]) -> Part | None:
    return next((part for part in started if not part.running), None)


def _obituary(part: Part) -> str:
    words = ""
    with suppress(OSError):
        words = part.log.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace").strip().rpartition("\n")[2]
    logged = f" (last in its log: {words})" if words else ""
    return f"{part.name}, which `up` had started, is gone{logged}, and with it all that it held: start `up` anew"


class Reporter:
    """Says what happens: objects on stdout for machines, else sentences on stderr, among the lines of the roles."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def report(self, event: str, **more: Any) -> None:
        """Say that something happened."""
        if self._as_json:
            line = msgspec.json.encode({"event": event, **more}).decode()
            print(line, flush=True)  # noqa: T201 - stdout is the machine's
        else:
            details = " ".join(f"{name} {value}" for name, value in more.items())
            self.say("up", f"{event.replace('_', ' ')} {details}".rstrip())

    def lend(self, settings: dict[str, str]) -> None:
        """Say by which settings another terminal finds what we started: an event, or a line to copy."""
        if self._as_json:
            self.report("started_parts", **settings)
            return
        self.say("up", "to use the same from another terminal:")
        assignments = " ".join(f"{name}={shlex.quote(value)}" for name, value in settings.items())
        print(f"export {assignments}", file=sys.stderr, flush=True)  # noqa: T201 - alone on its line, to be copied

    def tell(self, notice: Notice) -> None:
        """Say what happened to a role."""
        more = {"pid": notice.pid, "exit_code": notice.code, "next_start_in_seconds": notice.pause}
        known = {name: value for name, value in more.items() if value is not None}
        self.report(notice.event, role=notice.program, **known)

    def say(self, name: str, line: str) -> None:
        """Pass on a line of a role, its name before it."""
        print(f"{name:<8} | {line}", file=sys.stderr, flush=True)  # noqa: T201 - stderr is where logs go
