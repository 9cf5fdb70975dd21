"""``rapport worker ROLE``: one role in this process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
from aiokafka.errors import KafkaError

from sinks.metrics_server import PortError
from streams.commands._broker import sentence
from streams.commands._options import log_to_stderr, with_settings
from streams.settings import ROLES

if TYPE_CHECKING:
    from streams.settings import Settings


@click.command("worker")
@click.argument("role", type=click.Choice(ROLES))
@with_settings
def command(settings: Settings, role: str) -> None:
    """Run one role until SIGINT or SIGTERM; it ends after its last commit."""
    from streams.broker.instance import InstanceTakenError  # noqa: PLC0415 - as below
    from streams.broker.role_topics import PartitionsError  # noqa: PLC0415
    from streams.broker.topics import TopicMissingError  # noqa: PLC0415
    from streams.roles import run_role  # noqa: PLC0415 - Faust takes half a second to import

    log_to_stderr()
    try:
        asyncio.run(run_role(role, settings))
    except KafkaError as error:
        raise click.ClickException(sentence(settings, error)) from error
    except PortError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(str(error)) from error
    except (InstanceTakenError, TopicMissingError, PartitionsError) as error:
        raise click.ClickException(str(error)) from None
