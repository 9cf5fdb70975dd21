"""A broker that others use, too: the demo's topics get a name of their own there, and are removed afterwards."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from aiokafka.admin import AIOKafkaAdminClient

from streams.broker import topics
from streams.broker.connection import client_settings

if TYPE_CHECKING:
    from streams.settings import Settings


def new_prefix() -> str:
    """A prefix of topics and groups that nobody else has."""
    return f"demo-{secrets.token_hex(4)}-"


async def give_back(settings: Settings) -> None:
    """Remove the demo's topics; raises what aiokafka raises."""
    admin = AIOKafkaAdminClient(**client_settings(settings.broker))
    try:
        await admin.start()
        await admin.delete_topics([settings.topic(topic.name) for topic in topics.needed(1.0)])
    finally:
        await admin.close()
