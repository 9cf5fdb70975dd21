"""The small HTTP server behind /metrics, /healthz and /readyz, in a thread of its own."""

from __future__ import annotations

import errno
import os
import socket
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Final

from prometheus_client import CONTENT_TYPE_LATEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sinks.metrics import Metrics

    Probe = Callable[[], tuple[bool, str]]
    Answer = Callable[[], tuple[int, str, bytes]]

PROCESS_HEADER: Final = "Rapport-Process"
"""Of every answer: the process id of who answers, by which one role is told from another that has its port."""
_TEXT = "text/plain; charset=utf-8"


class PortError(OSError):
    """The port can't be listened on; the message is one sentence for the user."""


class MetricsServer:
    """Answers until ``close()``; ``port`` is the one in use, also when any free one was asked for."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        self.port: int = server.server_address[1]
        self._thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering and free the port; calling it again is harmless."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve(
    metrics: Metrics, *, host: str = "127.0.0.1", port: int = 0, role: str = "", health: Probe, ready: Probe
) -> MetricsServer:
    """Serve the metrics and two probes, each 200 or 503 with one line; port 0 takes any free one.

    The probes run in the server's threads and must be quick. Raises PortError, whose cure names the role's setting.
    """
    answers: dict[str, Answer] = {
        "/metrics": lambda: _exposition(metrics, ready),
        "/healthz": lambda: _probed(health),
        "/readyz": lambda: _probed(ready),
    }
    try:
        return MetricsServer(_Server(host, port, answers))
    except (OSError, OverflowError) as error:
        raise PortError(_why(error, host, port, role)) from None


def check_ports(host: str, ports: Mapping[str, int]) -> None:
    """Raise PortError unless every role could listen on its port now, all of them at once."""
    with ExitStack() as all_at_once:
        for role, port in ports.items():
            probe = all_at_once.enter_context(socket.socket(_family(host)))
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                probe.listen(1)  # two that don't listen could share a port
            except (OSError, OverflowError) as error:
                raise PortError(_why(error, host, port, role)) from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _why(error: OSError | OverflowError, host: str, port: int, role: str) -> str:
    setting = f"metrics.ports.{role or 'ROLE'} (RAPPORT_METRICS__PORTS__{role.upper() or 'ROLE'})"
    if isinstance(error, OverflowError):
        return f"the metrics port is {port}; allowed: 0 (any free one) to 65535, as {setting}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"the metrics port {port} on {host} is in use: end what listens there,"
            f" or set {setting} to another, or to 0 for any free one"
        )
    return (
        f"the metrics can't be served on {host} port {port} ({error.strerror}):"
        f" set metrics.host (RAPPORT_METRICS__HOST) to an address of this machine, or {setting} to another port"
    )


def _probed(probe: Probe) -> tuple[int, str, bytes]:
    fine, line = _asked(probe)
    return 200 if fine else 503, _TEXT, (" ".join(line.split()) + "\n").encode()


def _exposition(metrics: Metrics, ready: Probe) -> tuple[int, str, bytes]:
    metrics.ready(ready=_asked(ready)[0])
    return 200, CONTENT_TYPE_LATEST, metrics.exposition()


def _asked(probe: Probe) -> tuple[bool, str]:
    try:
        return probe()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the probe, the answer is "no", not silence
        return False, f"the probe failed: {type(error).__name__}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.address_family = _family(host)
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without the base class's look-up of the host's name, which may ask a name server."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "rapport"
    sys_version = ""
    timeout = 5.0

    def do_GET(self) -> None:
        """Answer one request."""
        answer = self.server.answers.get(self.path.partition("?")[0])
        status, kind, body = answer() if answer else (404, _TEXT, b"allowed: /metrics /healthz /readyz\n")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header(PROCESS_HEADER, str(os.getpid()))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: a scrape every few seconds is no news."""
