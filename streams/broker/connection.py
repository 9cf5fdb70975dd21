"""How to reach the cluster: the one place that turns the broker's settings into what clients want."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import faust

if TYPE_CHECKING:
    from streams.settings import Broker


def client_settings(broker: Broker) -> dict[str, Any]:
    """The connection arguments of every aiokafka client."""
    settings: dict[str, Any] = {
        "bootstrap_servers": broker.address.split(","),
        "security_protocol": broker.security,
    }
    if broker.security != "PLAINTEXT":
        settings["ssl_context"] = ssl.create_default_context()
    if broker.security == "SASL_SSL":
        settings["sasl_mechanism"] = broker.mechanism
        settings["sasl_plain_username"] = broker.username
        settings["sasl_plain_password"] = broker.password.get_secret_value()
    return settings


def faust_credentials(broker: Broker) -> Any:
    """The same for Faust; None for PLAINTEXT."""
    if broker.security == "PLAINTEXT":
        return None
    context = ssl.create_default_context()
    if broker.security == "SSL":
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=broker.username,
        password=broker.password.get_secret_value(),
        ssl_context=context,
        mechanism=broker.mechanism,
    )


def faust_address(broker: Broker) -> str:
    """The cluster as the URLs that Faust wants."""
    return ";".join(f"kafka://{address.strip()}" for address in broker.address.split(","))
