"""Rules about many people at once, fed with counts that name nobody.

To add one, write ``detectors/cohorts/<name>.py`` with one frozen dataclass, and its test. The class attribute ``name``
is the file's name (settings section, metrics label and ``rule`` of its alerts too); the fields are the knobs,
``enabled`` among them, each with a docstring (unit, default, consequence) and a range checked in ``__post_init__``.
The rule itself holds no state. It offers

* ``new_series(key)``: the state of one key, with ``to_tuple()``;
* ``load_series(key, values)``: that state as it was stored;
* ``observe(series, at_ms, …) -> CohortFinding | None`` for a count;
* ``advance(series, at_ms) -> CohortFinding | None`` for event time that passes without one.

``started_at`` of a finding identifies its episode: two findings of one key with the same ``started_at`` are two
versions of one alert. It follows from the counts alone, so that a replay gives the same. A rule never asks the time,
logs, draws a random number or raises on odd data.
"""

from __future__ import annotations


class Measured:
    """What was measured, against what is usual and what was needed; all three in ``unit``."""

    __slots__ = ("baseline", "name", "threshold", "unit", "value")

    def __init__(self, name: str, value: float, *, baseline: float, threshold: float, unit: str) -> None:
        self.name = name
        self.value = value
        self.baseline = baseline
        self.threshold = threshold
        self.unit = unit


class CohortFinding:
    """What a cohort rule concluded about one key.

    ``started_at`` and ``detected_at`` are epoch milliseconds of event time, ``severity`` is ``warning`` or
    ``critical``, ``where`` says which cohort (``{"brand": "Acme"}``), ``size`` how many events it consists of.
    """

    __slots__ = (
        "detected_at",
        "key",
        "measured",
        "rule",
        "severity",
        "size",
        "started_at",
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
