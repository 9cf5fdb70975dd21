"""The rules of a person: one file each, found by being here.

To add a rule, write ``detectors/rules/<name>.py`` and its test ``tests/detectors/rules/test_<name>.py``:

* a frozen dataclass that derives from :class:`Rule`; its fields are the knobs, checked in ``__post_init__``, each
  with a docstring (unit, default, consequence). ``name`` is the file's name: it is also the settings section,
  the metrics label and the ``rule`` of its alerts;
* the windows it reads as module constants, listed in ``reads``; the kinds it reacts to in ``kinds``;
* ``assess`` for what an interaction shows; ``deadline`` and ``overdue`` for what silence shows; ``unclear`` for what
  it can't judge yet;
* where it is evidence of a relationship type (:mod:`detectors.types`), that type in ``shows``, and as ``shift`` of the
  findings: the partition moves the person.

A rule only reads: the partition has updated the windows before. It never asks the time, logs, draws a random number
or raises on odd data. The contract suite runs over every rule found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.discovery import found
from detectors.interaction import Party

if TYPE_CHECKING:
    from detectors.finding import Finding
    from detectors.interaction import Event, Kind
    from detectors.normal import Normal
    from detectors.rhythm import RhythmKnobs
    from detectors.stakeholder import Stakeholder
    from detectors.windows import Window


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
    reads_head: ClassVar[bool] = False
    """Whether the rule asks an interaction for nothing beyond its :class:`~detectors.interaction.Head`: then, if all
    that is kept of the kind is so modest, half of the decoding is saved."""

    enabled: bool = True
    """Whether the rule is asked at all; on by default. Off: its windows are still kept, its open alerts stay."""

    def assess(self, who: Stakeholder, interaction: Event, normal: Normal) -> Finding | None:
        """What this interaction, already counted in the windows, shows of the person."""
        raise NotImplementedError

    def deadline(self, who: Stakeholder, interaction: Event, normal: Normal) -> int | None:
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
