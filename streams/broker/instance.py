"""A name that a worker keeps over restarts, so that its partitions wait for it instead of moving to others.

Kafka calls it static membership: a process that comes back under its name within the session time-out gets its
partitions at once, without a rebalance. Two processes with one name would take them from each other for ever without
an error; so the name holds the machine's, and a lock file keeps a second process on the same machine out.
"""

from __future__ import annotations

import fcntl
import re
import socket
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class InstanceTakenError(RuntimeError):
    """Another process of this machine runs under the name; the message names it and the cure."""


def claim(instance_id: str, directory: Path) -> tuple[str, IO[str] | None]:
    """The name to join the group with, and the lock, which holds for as long as it is open; ("", None) without a name.

    ``directory``, made if it is not there, is the same for all processes of one role on this machine.
    Raises InstanceTakenError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if not instance_id:
        return "", None
    lock = (directory / f"{instance_id}.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise InstanceTakenError(
            f"broker.instance_id {instance_id!r} is in use by another worker of this role on this machine;"
            " allowed: one process a name"
        ) from None
    machine = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())[:128]
    return f"{machine}-{instance_id}", lock
