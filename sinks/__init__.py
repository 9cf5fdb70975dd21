"""Where alerts go: the topics, the terminal, Slack, the Redis view; and the metrics that operations watch.

A :class:`Sink` is one file with one class that has ``async send(alert)``; a :class:`View` is one that holds the latest
of everything and can be made anew. What goes wrong is a :class:`SinkError` with a reason from a closed set, and whether
another try may help; retries, metrics and logging are written once, in the ``deliver`` role.

To add a sink: ``sinks/<name>.py`` and its test. The file has the class, whose ``name`` is the file's, and
``from_settings(settings)``, by which ``deliver`` finds it: it gives the sink, or None when the settings don't ask for
it, and raises SinkError or ValueError when they are absurd. Settings of its own come from
``settings.deliver.sinks["<name>"]``, a plain table (``[deliver.sinks.<name>]``, ``RAPPORT_DELIVER__SINKS__<NAME>__…``).
A sink has time limits of its own: a ``send`` that never ends holds up what waits for it, though nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sinks.alert import Alert
    from sinks.relationship import Relationship


class Reason(StrEnum):
    """Why a delivery failed; the metrics label ``outcome`` beside ``sent``."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    CONNECTION_LOST = "connection_lost"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    MISCONFIGURED = "misconfigured"


class SinkError(Exception):
    """A delivery that failed; ``retry_after`` is in seconds when the other side named a time."""

    def __init__(self, reason: Reason, detail: str, *, retryable: bool, retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after


class Sink(Protocol):
    """Takes alerts one by one, in the order of the topic."""

    name: str

    async def send(self, alert: Alert) -> None:
        """Deliver this version; raises SinkError, and delivering the same version twice changes nothing more."""

    def covers(self, newer: Alert, older: Alert) -> bool:
        """Whether ``older`` need not be sent while ``newer``, a later version of it, waits behind it."""

    async def close(self) -> None:
        """Release connections; never raises."""


@runtime_checkable
class Folds(Protocol):
    """Knows which alerts about single people are folded into one about many."""

    async def withholds(self, sink: str, alert: Alert, reason: str) -> bool:
        """Whether this version is not to be told to the sink; raises SinkError. It remembers what it answered."""


@runtime_checkable
class View(Protocol):
    """Holds the latest version of every alert and relationship; whatever is lost in it comes again from the topics.

    ``layout`` names how it keeps them; a view that was built by another layout must be made anew. A newer version
    replaces an older one, never the other way round. Every method but ``close`` raises SinkError.
    """

    name: str
    layout: str

    async def send_many(self, alerts: Iterable[Alert]) -> int:
        """Take versions in; after a SinkError all of them may be sent again."""

    async def send_relationships(self, records: Iterable[Relationship]) -> int:
        """Take versions in; after a SinkError all of them may be sent again."""

    async def forget_alert(self, alert_id: str) -> bool:
        """Remove an alert."""

    async def forget_relationship(self, stakeholder: str) -> bool:
        """Remove a relationship."""

    async def flushed(self, build: str) -> bool:
        """Tell whether the view is another one than ``build``, or gone."""

    async def begin(self) -> None:
        """Note that the view is being made anew by us."""

    async def mark(self, build: str) -> bool:
        """Declare the view complete; False, and nothing done, if it was lost since ``begin``."""

    async def wipe(self) -> int:
        """Remove everything."""

    async def close(self) -> None:
        """Release connections; never raises."""


def found() -> list[str]:
    """The names of all sinks there are."""
    return list(_modules())


def configured(settings: Any) -> list[Sink | View]:
    """The sinks that the settings ask for; ``settings`` is the whole tree, which sinks may not import.

    Raises SinkError or ValueError for settings that are absurd.
    """
    modules = _modules()
    unknown = sorted(set(settings.deliver.sinks) - set(modules))
    if unknown:
        raise ValueError(f"deliver.sinks.{unknown[0]} is unknown; allowed: {', '.join(modules)}")
    made = [module.from_settings(settings) for module in modules.values()]
    return [sink for sink in made if sink is not None]


def _modules() -> dict[str, ModuleType]:
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in sorted(names)}
    return {name: module for name, module in modules.items() if hasattr(module, "from_settings")}
