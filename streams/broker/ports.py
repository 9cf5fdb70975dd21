"""Ports of 127.0.0.1 for the parts that we run."""

import secrets
import socket

HOST = "127.0.0.1"
_PORTS = range(20_000, 32_000)
"""Below what systems lend to outgoing connections (Linux from 32768), so that a port is still ours after a restart."""


class PartError(Exception):
    """A part can't be run; the message is one sentence with the cure."""


def port_is_free(port: int) -> bool:
    """Say whether a program could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    for _ in range(200):
        port = _PORTS[secrets.randbelow(len(_PORTS))]
        if port_is_free(port):
            return port
    raise PartError(
        f"No free port was found from {_PORTS.start} to {_PORTS.stop - 1} on {HOST}: end a program that listens there."
    )
