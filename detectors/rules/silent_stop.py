"""A regular buyer who just stops."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.alive import AliveParameters, alive_at
from detectors.finding import RESOLVED, RETRACTED, Finding, ended
from detectors.interaction import Kind
from detectors.past import PURCHASE_RHYTHM, PURCHASES
from detectors.relationship import AT_RISK
from detectors.rhythm import EDGES, RhythmKnobs
from detectors.rules import Rule
from detectors.windows import DAY_MS, Mark

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Episode, Stakeholder
    from detectors.windows import Window


MOST_SCALES: Final = EDGES[-1]
_SAME_MS: Final = int(RhythmKnobs().same_purchase_days * DAY_MS)  # what belongs to the last purchase says nothing new


@dataclass(frozen=True)
class SilentStop(Rule):
    """Silence longer than a learnt multiple of the person's own scale of gaps (see :mod:`detectors.rhythm`).

    The deadline is fixed at each purchase. The alert resolves at the next purchase; one that turns out to have been
    made before the deadline retracts it. P(alive) by MBG/NBD stands in the summary as evidence, not as the trigger.
    """

    name: ClassVar[str] = "silent_stop"
    kinds: ClassVar[tuple[Kind, ...]] = (Kind.PURCHASE_MADE,)
    ends: ClassVar[tuple[Kind, ...]] = (Kind.PURCHASE_MADE,)
    reads: ClassVar[tuple[Window, ...]] = (PURCHASE_RHYTHM, PURCHASES)
    measures: ClassVar[tuple[str, str]] = ("silence since the last purchase", "days")
    playbook: ClassVar[str] = AT_RISK
    shows: ClassVar[tuple[str, ...]] = (AT_RISK,)
    reads_head: ClassVar[bool] = True
    waits_unasked: ClassVar[bool] = True

    false_alarms: float = 0.04
    """False alarms per customer and month of 30 days; .04 by default. Higher: earlier alerts, more of them wrong."""
    half_life_gaps: float = 4.0
    """Gaps until an old gap weighs half; 4 by default. Lower: follows a changed rhythm sooner, and is more nervous."""
    shrinkage: float = 2.0
    """Weight of all buyers' typical scale, in gaps; 2 by default. Higher: buyers with few gaps are treated alike."""
    prior_days: float = 30.0
    """Typical scale assumed of an unknown shop, days; 30 by default. It is soon outweighed by what is learnt."""
    calibration: float | None = None
    """Scales of silence before an alert, instead of learning them; none by default, 1 to 16. Given, nobody's deadline
    depends on other people: results no longer vary with how partitions are read."""
    r: float = 0.525
    """MBG/NBD: shape of the purchase rates over people; the published fit to CDNOW by default, as the next three."""
    alpha: float = 6.183
    """MBG/NBD: inverse scale of the rates, weeks. Higher: slower buyers, slower doubt."""
    a: float = 0.891
    """MBG/NBD: drop-outs the prior counts. Higher: sooner doubt."""
    b: float = 1.614
    """MBG/NBD: purchases without drop-out the prior counts. Higher: later doubt."""

    def __post_init__(self) -> None:
        if self.calibration is not None and not 1 <= self.calibration <= MOST_SCALES:
            raise ValueError(f"calibration is {self.calibration}; allowed: 1 to {MOST_SCALES:g}")
        AliveParameters(self.r, self.alpha, self.a, self.b)
        self.rhythm_knobs()

    def rhythm_knobs(self) -> dict[str, RhythmKnobs]:
        """What the knobs mean for the rhythm of purchases."""
        shared = {field.name for field in fields(RhythmKnobs)} & {field.name for field in fields(self)}
        knobs = RhythmKnobs(fixed_multiplier=self.calibration, **{name: getattr(self, name) for name in shared})
        return {PURCHASE_RHYTHM.name: knobs}

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """A purchase ends an open alert; one made before the deadline retracts it, even after it was resolved."""
        episode = who.episode(self.name)
        if episode is None:
            return None
        at = interaction.occurred_at
        if episode.started_at + _SAME_MS < at <= episode.asserted_at and episode.status != RETRACTED:
            summary = "Bought in time after all: the purchase only became known later."
            return _end(who, interaction, episode, RETRACTED, summary)
        if episode.is_open and at > episode.asserted_at:
            days = (at - episode.started_at) / DAY_MS
            return _end(who, interaction, episode, RESOLVED, f"Buys again, after {days:.0f} days.")
        return None

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Too few purchases for a rhythm."""
        rhythm = who.rhythm(PURCHASE_RHYTHM)
        if rhythm is None:
            return "no purchase is known"
        if normal.rhythm(PURCHASE_RHYTHM).is_regular(rhythm):
            return None
        return f"{rhythm.count} purchase{'s' if rhythm.count > 1 else ''} so far: no rhythm yet"

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """How long this buyer may be silent."""
        rhythm = who.rhythm(PURCHASE_RHYTHM)
        return None if rhythm is None else normal.rhythm(PURCHASE_RHYTHM).deadline(rhythm)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """The buyer has been silent for too long."""
        rhythm = who.rhythm(PURCHASE_RHYTHM)
        if rhythm is None:
            return None
        silence = (due - rhythm.last) / DAY_MS
        parameters = AliveParameters(self.r, self.alpha, self.a, self.b)
        chance = alive_at(parameters, rhythm.first, rhythm.last, rhythm.count, due)
        usual = (rhythm.last - rhythm.first) / DAY_MS / max(1, rhythm.count - 1)
        known = who.all_marks(PURCHASES)
        return Finding(
            started_at=rhythm.last,
            severity="warning",
            value=round(silence, 1),
            baseline=round(usual, 1),
            threshold=round(silence, 1),
            summary=f"Bought {rhythm.count} times, about every {max(usual, 0.1):.3g} days, but nothing for"
            f" {silence:.3g} days; by the purchases alone, the chance that they are still a customer is {chance:.0%}.",
            evidence=known,
            evidence_total=max(rhythm.count, len(known)),  # parts of one purchase are counted as one, but listed
            shift=AT_RISK,
        )


def _end(who: Stakeholder, interaction: Seen, episode: Episode, status: str, summary: str) -> Finding:
    rhythm = who.rhythm(PURCHASE_RHYTHM)
    known = _with(who, interaction)
    return ended(episode, summary, known, max(0 if rhythm is None else rhythm.count, len(known)), status=status)


def _with(who: Stakeholder, interaction: Seen) -> list[Mark]:
    """The purchases still known and this one, which may have come too late for the trail: older than all in it."""
    known = who.all_marks(PURCHASES)
    if any(mark.offset == who.offset for mark in known):
        return known
    late = Mark(
        interaction.occurred_at, who.offset, interaction.kind, interaction.channel, interaction.id, excerpt=None
    )
    return [late, *known]
