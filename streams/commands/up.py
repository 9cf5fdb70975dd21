"""``rapport up``: all roles on this machine, each a process of its own, started again when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from streams.commands._broker import asked
from streams.commands._options import json_option, with_settings
from streams.commands._parts import OURS, check_broker, check_redis, parts, sigterm_interrupts
from streams.running.supervisor import Supervisor, SupervisorError
from streams.settings import ROLES, load

if TYPE_CHECKING:
    from streams.running.role_programs import RolePrograms
    from streams.running.supervisor import Notice
    from streams.settings import Settings


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
    with sigterm_interrupts(), parts(broker, redis) as found:
        environment = {**os.environ, **found}
        settings = load(config, environment)
        if broker in OURS:
            asked(topics.create(settings), settings)
        reporter = Reporter(as_json=as_json)
        reporter.report("using", broker=settings.broker.address)
        roles = RolePrograms(settings, config=config, environment=environment)
        try:
            told = asyncio.run(_run(settings, roles, reporter))
        except SupervisorError as error:
            raise click.ClickException(str(error)) from error
    if told == signal.SIGINT:
        raise click.Abort


async def _run(settings: Settings, roles: RolePrograms, reporter: Reporter) -> int:
    """Supervise until told to end; gives the signal that told."""
    supervisor = Supervisor(
        roles.programs(),
        restarts=settings.supervisor.restarts,
        backoff_seconds=settings.supervisor.backoff_seconds,
        stop_seconds=settings.supervisor.stop_seconds,
        tell=reporter.tell,
        say=reporter.say,
    )
    told: list[int] = []

    def end(number: int) -> None:
        told.append(number)
        reporter.report("stopping" if len(told) == 1 else "killing")
        supervisor.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    ready = asyncio.create_task(_report_ready(roles, reporter))
    try:
        await supervisor.run()
    finally:
        ready.cancel()
    return told[0]


async def _report_ready(roles: RolePrograms, reporter: Reporter) -> None:
    async def one(role: str) -> None:
        await roles.wait_ready(role)
        reporter.report("role_ready", role=role, port=roles.ports[role])

    await asyncio.gather(*(one(role) for role in ROLES))
    reporter.report("ready")


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

    def tell(self, notice: Notice) -> None:
        """Say what happened to a role."""
        more = {"pid": notice.pid, "exit_code": notice.code, "next_start_in_seconds": notice.pause}
        known = {name: value for name, value in more.items() if value is not None}
        self.report(notice.event, role=notice.program, **known)

    def say(self, name: str, line: str) -> None:
        """Pass on a line of a role, its name before it."""
        print(f"{name:<8} | {line}", file=sys.stderr, flush=True)  # noqa: T201 - stderr is where logs go
