"""A regular buyer who just stops."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.alive import WEEK_MS, AliveParameters, alive_at, silence_until
from detectors.finding import RESOLVED, RETRACTED, Finding, ended
from detectors.interaction import NEWEST_MS, Kind
from detectors.past import PURCHASE_RHYTHM, PURCHASES, SAME_PURCHASE_MS, purchases_with, rhythmless
from detectors.relationship import AT_RISK, LOST
from detectors.rhythm import EDGES, RhythmKnobs
from detectors.rules import Rule
from detectors.windows import DAY_MS, TENTH_MS, Trail

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.rhythm import Rhythm
    from detectors.seen import Seen
    from detectors.stakeholder import Episode, Stakeholder
    from detectors.trails import Mark
    from detectors.windows import Window


MOST_SCALES: Final = EDGES[-1]
RETURNS: Final = Trail("returns", (Kind.PURCHASE_RETURNED,), keep=2)


@dataclass(frozen=True)
class SilentStop(Rule):
    """Silence longer than a learnt multiple of the person's own scale of gaps (see :mod:`detectors.rhythm`).

    The deadline is fixed at each purchase. P(alive) by MBG/NBD stands in the summary as evidence, not as the trigger;
    when it has fallen below ``lost_below``, the alert is updated: the customer is lost. A return is a silent complaint:
    one after the last purchase is evidence too. The alert resolves at the next purchase; one that turns out to have
    been made before the deadline retracts it.
    """

    name: ClassVar[str] = "silent_stop"
    kinds: ClassVar[tuple[Kind, ...]] = (Kind.PURCHASE_MADE,)
    ends: ClassVar[tuple[Kind, ...]] = (Kind.PURCHASE_MADE,)
    reads: ClassVar[tuple[Window, ...]] = (PURCHASE_RHYTHM, PURCHASES, RETURNS)
    measures: ClassVar[tuple[str, str]] = ("silence since the last purchase", "days")
    playbook: ClassVar[str] = AT_RISK
    shows: ClassVar[tuple[str, ...]] = (AT_RISK, LOST)
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
    lost_below: float = 0.1
    """P(alive) below which a silent buyer counts as lost; .1 by default, 0: never. Higher: given up sooner."""
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
        self._check({"lost_below": (0, 0.5)})
        self._parameters()
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
        if episode.started_at + SAME_PURCHASE_MS < at <= episode.asserted_at and episode.status != RETRACTED:
            summary = "Bought in time after all: the purchase only became known later."
            return _end(who, interaction, episode, RETRACTED, summary)
        if episode.is_open and at > episode.asserted_at:
            days = (at - episode.started_at) / DAY_MS
            return _end(who, interaction, episode, RESOLVED, f"Buys again, after {days:.0f} days.")
        return None

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """Too few purchases for a rhythm."""
        return rhythmless(who, normal)

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """How long this buyer may be silent; of one who is lost, when they are by all that is known now."""
        rhythm = who.rhythm(PURCHASE_RHYTHM)
        if rhythm is None:
            return None
        episode = who.open_episode(self.name)
        lost_at = self._lost_at(rhythm) if episode is not None and who.shown_at(LOST) is not None else None
        return normal.rhythm(PURCHASE_RHYTHM).deadline(rhythm) if lost_at is None else lost_at

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """The buyer has been silent for too long, or for so long that they are lost."""
        rhythm = who.rhythm(PURCHASE_RHYTHM)
        if rhythm is None:
            return None
        lost_at = self._lost_at(rhythm)
        is_lost = lost_at is not None and lost_at <= due
        silence = (due - rhythm.last) / DAY_MS
        chance = alive_at(self._parameters(), rhythm.first, rhythm.last, rhythm.count, due)
        usual = (rhythm.last - rhythm.first) / DAY_MS / max(1, rhythm.count - 1)
        known = who.all_marks(PURCHASES)
        returned = _returned(who, rhythm.last, due)
        return Finding(
            started_at=rhythm.last,
            severity="warning",
            value=round(silence, 1),
            baseline=round(usual, 1),
            threshold=round(silence, 1),
            summary=f"Bought {rhythm.count} times, about every {max(usual, 0.1):.3g} days, but nothing for"
            f" {silence:.3g} days{_told(returned, rhythm.last)}; by the purchases alone, the chance that they are still"
            f" a customer {'has fallen to' if is_lost else 'is'} {chance:.0%}.",
            evidence=known + returned,
            # Parts of one purchase are counted as one, but listed.
            evidence_total=max(rhythm.count, len(known)) + len(returned),
            shift=LOST if is_lost else AT_RISK,
            look_at=None if is_lost else lost_at,
            is_further=due == lost_at,
        )

    def _lost_at(self, rhythm: Rhythm) -> int | None:
        """When (ms, to a tenth of a day of silence) P(alive) is below ``lost_below``; None if that is too far away."""
        if not self.lost_below:
            return None
        known = (rhythm.last - rhythm.first) / WEEK_MS
        weeks = silence_until(self._parameters(), rhythm.count - 1, known, self.lost_below)
        at = rhythm.last + ceil(weeks * WEEK_MS / TENTH_MS) * TENTH_MS
        return at if at < NEWEST_MS else None

    def _parameters(self) -> AliveParameters:
        return AliveParameters(self.r, self.alpha, self.a, self.b)


def _returned(who: Stakeholder, since: int, until: int) -> list[Mark]:
    """What is known to have been returned in that time."""
    return [mark for mark in who.all_marks(RETURNS) if since < mark.at <= until]


def _told(returned: list[Mark], since: int) -> str:
    """The newest return, as a clause that follows."""
    if not returned:
        return ""
    days = round((returned[-1].at - since) / DAY_MS)
    when = f"{days} day{'s' if days > 1 else ''} after" if days else "on the day of"
    return f" (they returned something {when} the last purchase)"


def _end(who: Stakeholder, interaction: Seen, episode: Episode, status: str, summary: str) -> Finding:
    rhythm = who.rhythm(PURCHASE_RHYTHM)
    known = purchases_with(who, interaction)
    total = max(0 if rhythm is None else rhythm.count, len(known))
    returned = _returned(who, episode.started_at, episode.detected_at)
    evidence = sorted(known + returned, key=lambda mark: (mark.at, mark.offset))
    return ended(episode, summary, evidence, total + len(returned), status=status)
