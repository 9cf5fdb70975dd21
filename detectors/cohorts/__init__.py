"""The rules about many people at once, one file each, found by being here. Only ``many_at_once`` is told who they are.

To add one, write ``detectors/cohorts/<name>.py`` with one frozen dataclass that derives from :class:`CohortRule`, and
its test. ``name`` is the file's name (settings section, metrics label, playbook and ``rule`` of its alerts too); the
fields are the knobs, each with a docstring (unit, default, consequence) and a range checked in
``__post_init__``. The rule itself holds no state. It offers

* ``new_series(key)``: the state of one key, with ``to_tuple()`` of plain values;
* ``load_series(key, values)``: that state as it was stored;
* ``observe(series, at_ms, …) -> CohortFinding | None`` for what it is fed with, under names of its own;
* ``sorts`` and ``take``, by which the partition feeds it with rows of :mod:`detectors.tally`;
* ``advance(series, at_ms) -> CohortFinding | None`` for event time that passes.

``started_at`` of a finding identifies its episode: two findings of one key and ``part`` with the same ``started_at``
are two versions of one alert. It follows from the counts alone, so that a replay gives the same. A rule never asks the
time, logs, draws a random number or raises on odd data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from detectors.discovery import found
from detectors.finding import OPEN, RESOLVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from detectors.tally import Segment


class Measured:
    """What was measured, against what is usual and what was needed; all three in ``unit``."""

    __slots__ = ("baseline", "name", "threshold", "unit", "value")

    def __init__(self, name: str, value: float, *, baseline: float, threshold: float, unit: str) -> None:
        self.name = name
        self.value = value
        self.baseline = baseline
        self.threshold = threshold
        self.unit = unit


class Member(NamedTuple):
    """Somebody of a cohort: whether their alert, which started then (ms), is folded into that of the cohort."""

    stakeholder: str
    started_at: int
    is_folded: bool


class CohortFinding:
    """What a cohort rule concluded about one key.

    ``started_at`` and ``detected_at`` are epoch milliseconds of event time, ``severity`` is ``warning`` or
    ``critical``, ``where`` says which cohort (``{"brand": "Acme"}``), ``size`` how many events it consists of.
    ``part`` tells apart the alerts that one key may have at once, ``status`` whether this is trouble (``open``) or
    its end (``resolved``, severity ``info``). ``people`` are those of whom it consists, where it names any.
    """

    __slots__ = (
        "detected_at",
        "key",
        "measured",
        "part",
        "people",
        "rule",
        "severity",
        "size",
        "started_at",
        "status",
        "summary",
        "what",
        "where",
    )

    def __init__(
        self,
        rule: str,
        key: str,
        *,
        started_at: int,
        detected_at: int,
        severity: str,
        measured: Measured,
        summary: str,
        what: str,
        where: dict[str, str],
        size: int,
        part: str = "",
        status: str = OPEN,
        people: Sequence[Member] = (),
    ) -> None:
        self.rule = rule
        self.key = key
        self.started_at = started_at
        self.detected_at = detected_at
        self.severity = severity
        self.measured = measured
        self.summary = summary
        self.what = what
        self.where = where
        self.size = size
        self.part = part
        self.status = status
        self.people = people

    def ended(self, at: int, summary: str) -> CohortFinding:
        """That the trouble is over since a time (ms), with its last figures."""
        return CohortFinding(
            self.rule,
            self.key,
            started_at=self.started_at,
            detected_at=at,
            severity="info",
            measured=self.measured,
            summary=summary,
            what=self.what,
            where=self.where,
            size=self.size,
            part=self.part,
            status=RESOLVED,
            people=self.people,
        )


@dataclass(frozen=True)
class CohortRule(ABC):
    """The promise of every rule of cohorts; ``series`` is what its ``new_series`` made."""

    name: ClassVar[str]
    grain_ms: ClassVar[int]
    """Counts of one stretch of so many ms are taken together, once it has passed for everybody; 1: each by itself."""
    tick_ms: ClassVar[int]
    """At which multiples (ms) of event time the passing of time is told."""
    takes_late: ClassVar[bool] = False
    """Whether a count that comes after its time has passed counts as of now; else it is dropped."""

    enabled: bool = True
    """Whether the rule is asked at all; on by default. Off: what it counts is not looked at, its alerts stay."""

    @property
    def wait_ms(self) -> int:
        """How long (ms) a count may be told after it happened, though nobody is behind: so long it is waited for."""
        return 0

    @abstractmethod
    def new_series(self, key: str) -> Any:
        """Start the state of a key nothing is known of."""

    @abstractmethod
    def load_series(self, key: str, values: Any) -> Any:
        """Rebuild a series from its ``to_tuple()``."""

    def begin(self, series: Any, at_ms: int, since_ms: int) -> None:  # noqa: B027 - few rules care
        """Told once of a new series, before its first count: from ``since_ms`` to ``at_ms`` nothing has come."""

    @abstractmethod
    def sorts(self, what: str, segment: Segment, number: int, failed: int) -> Iterable[tuple[Any, int]]:
        """The sorts, but for key and time, that a row of a tally consists of, and how many of each."""

    @abstractmethod
    def take(self, series: Any, at_ms: int, what: Any, number: int) -> Iterable[CohortFinding]:
        """Take in so many equal counts of a stretch that begins at ``at_ms``, up to which time was told to pass."""

    @abstractmethod
    def advance(self, series: Any, at_ms: int) -> CohortFinding | None:
        """Let event time pass; asked until there is no finding."""

    def over(self, finding: CohortFinding, at_ms: int) -> CohortFinding | None:
        """The end of the alert with this last finding, if it is over by itself at that time (ms)."""
        return None


def discover() -> dict[str, type[CohortRule]]:
    """Every rule in this folder by its name; raises TypeError when a file holds no rule of its name."""
    return found(__path__, __name__, CohortRule)  # type: ignore[type-abstract]  # what is found is concrete
