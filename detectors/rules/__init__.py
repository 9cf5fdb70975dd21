"""The rules of a person: one file each, found by being here.

To add a rule, write ``detectors/rules/<name>.py`` and its test ``tests/detectors/rules/test_<name>.py``:

* a frozen dataclass that derives from :class:`Rule`; its fields are the knobs, checked in ``__post_init__``, each
  with a docstring (unit, default, consequence). ``name`` is the file's name: it is also the settings section,
  the metrics label and the ``rule`` of its alerts;
* the windows it reads as module constants, listed in ``reads`` (one whose condition depends on a knob is made in
  ``__post_init__``, see ``Rule._set``); the kinds it reacts to in ``kinds``;
* ``assess`` for what an interaction shows; ``deadline`` and ``overdue`` for what silence shows; ``unclear`` for what
  it can't judge yet;
* where it is evidence of a relationship type (:mod:`detectors.types`), that type in ``shows``, and as ``shift`` of the
  findings: the partition moves the person.

A rule only reads: the partition has updated the windows before. It never asks the time, logs, draws a random number
or raises on odd data. The contract suite runs over every rule found.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from detectors.discovery import found
from detectors.interaction import Party
from detectors.playbooks import PLAYBOOKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field

    from detectors.finding import Finding
    from detectors.interaction import Kind
    from detectors.normal import Normal
    from detectors.rhythm import RhythmKnobs
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window

NO_KNOB: Final = {"is_knob": False}
"""Metadata of a field that is no setting: whoever builds the rule fills it (see ``Rule.informed``)."""


def knobs(made: Any) -> list[Field[Any]]:
    """The fields of a rule, or of anything else that is set likewise, that are settings."""
    return [each for each in fields(made) if each.metadata.get("is_knob", True)]


@dataclass(frozen=True)
class Rule:
    """The promise of every rule; a subclass overrides what it needs."""

    name: ClassVar[str]
    kinds: ClassVar[tuple[Kind, ...]]
    reads: ClassVar[tuple[Window, ...]]
    measures: ClassVar[tuple[str, str]]
    """What is measured, and its unit."""
    playbook: ClassVar[str]
    """Which entry of :mod:`detectors.playbooks` says what to do."""
    parties: ClassVar[tuple[Party, ...]] = (Party.CUSTOMER, Party.UNKNOWN)
    """Whom it concerns, by what they are in the interaction; of no known party: by what they are in the main."""
    is_urgent: ClassVar[bool] = False
    """Whether it is asked before the others: what it finds makes lesser findings of the same type no news."""
    shows: ClassVar[tuple[str, ...]] = ()
    """The relationship types that its findings may name as ``shift``."""
    reopens: ClassVar[bool] = False
    """Whether trouble that comes back within weeks (``relationship.again_days``) is the same alert, opened again."""
    waits_unasked: ClassVar[bool] = False
    """Whether ``deadline`` is asked though no alert of the rule is open: silence itself may be the trouble."""
    ends: ClassVar[tuple[Kind, ...]] = ()
    """Those of ``kinds`` that begin nothing: ``assess`` is asked about them only if the rule has had an alert."""
    asked_for: ClassVar[tuple[Window, ...]] = ()
    """Given, it is asked only about what one of these windows has taken in: nothing else changes what it says."""
    rests_on: ClassVar[tuple[str, ...]] = ()
    """Rules whose alerts it goes by: where they are off it has nothing to say."""
    needs_meaning: ClassVar[bool] = False
    """Whether it can't judge whom nobody can understand (:func:`detectors.past.untold`, by windows that it reads); that
    is then told for it."""
    reads_head: ClassVar[bool] = False
    """Whether the rule asks an interaction for nothing beyond its :class:`~detectors.interaction.Head`: then, if all
    that is kept of the kind is so modest, half of the decoding is saved."""

    gathers: ClassVar[bool] = True
    """Whether its alerts about many people at once are told as one (``many_at_once``); see ``is_gathered``."""
    detail: ClassVar[str] = ""
    """What the excerpt of the newest counted interaction is, if only people alike in it shift for the same reason."""

    enabled: bool = True
    """Whether the rule is asked at all; on by default. Off: what only it reads is no longer counted, its open alerts
    stay."""

    @classmethod
    def is_gathered(cls) -> bool:
        """Whether its alerts are told to the cohorts: not those that are private, as the people would be named."""
        return cls.gathers and all(PLAYBOOKS[name].audience == "team" for name in (cls.playbook, *cls.shows))

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """What this interaction, already counted in the windows, shows of the person."""
        raise NotImplementedError

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """Until when (event time, ms) silence is fine; None: for ever.

        Asked after every interaction of ``kinds`` while an alert of the rule is open, else if it ``waits_unasked``.
        """
        return None

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """What it shows that nothing came until ``due``; a finding may say when to look again."""
        return None

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Why nothing can be said of the person yet, as a short clause; None: it can.

        Asked whenever the record of the relationship is written, of people of ``parties``.
        """
        return None

    def informed(self, texts_in: Callable[[str], dict[str, str]]) -> Self:
        """The rule with what stands in the folder that a knob names; ``texts_in`` reads one, by file name.

        Asked once by whoever builds the rule, as a rule itself reads no file. Raises ValueError as ``texts_in`` does.
        """
        return self

    def _set(self, **values: Any) -> None:
        """Set what follows from the knobs, such as the windows of ``reads``; only for ``__post_init__``."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _check_each(self, knob: str, is_good: Callable[[str], bool], allowed: str) -> None:
        """Raise ValueError for the first text in a list that is not good, naming the knob, it and what is allowed."""
        for each in getattr(self, knob):
            if not is_good(each):
                raise ValueError(f"{knob} has {each!r}; allowed: {allowed}")

    def _check(self, limits: dict[str, tuple[float, float]]) -> None:
        """Raise ValueError for the first knob that is not within its limits, naming it and what is allowed."""
        for knob, (low, high) in limits.items():
            if not low <= getattr(self, knob) <= high:
                raise ValueError(f"{knob} is {getattr(self, knob)}; allowed: {low} to {high}")

    def rhythm_knobs(self) -> dict[str, RhythmKnobs]:
        """How the population's rhythms are learnt, by name of the window, for a rule that reads one."""
        return {}


def discover() -> dict[str, type[Rule]]:
    """Every rule in this folder by its name; raises TypeError when a file holds no rule of its name."""
    return found(__path__, __name__, Rule)
