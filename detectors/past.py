"""The windows that several rules read; a rule that needs one of its own declares it in its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors import traits
from detectors.interaction import Kind
from detectors.rhythm import RhythmKnobs
from detectors.traits import DIRECT
from detectors.windows import COUNTER_DAYS, DAY_MS, Counter, Gaps, Mark, Trail

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder

VOICE: Final = (
    Kind.TICKET_OPENED,
    Kind.TICKET_REPLIED,
    Kind.TICKET_REOPENED,
    Kind.CALL_MADE,
    Kind.CHAT_STARTED,
    Kind.POST_PUBLISHED,
    Kind.COMMENT_WRITTEN,
    Kind.REVIEW_WRITTEN,
    Kind.ARTICLE_PUBLISHED,
    Kind.MENTION_MADE,
    Kind.SURVEY_ANSWERED,
    Kind.IDEA_SUBMITTED,
    Kind.MAIL_REPLIED,
    Kind.ENQUIRY_MADE,
)
"""The kinds by which a person says something to us or about us."""

PUBLIC: Final = (
    Kind.POST_PUBLISHED,
    Kind.COMMENT_WRITTEN,
    Kind.REVIEW_WRITTEN,
    Kind.ARTICLE_PUBLISHED,
    Kind.MENTION_MADE,
)
"""The kinds by which a person speaks about us to others."""


def text_of(interaction: Seen) -> str | None:
    """What was said."""
    return interaction.text


def step_of(interaction: Seen) -> str | None:
    """The step of a funnel."""
    return interaction.step


PURCHASES: Final = Trail("purchases", (Kind.PURCHASE_MADE,), keep=6)
PURCHASE_RHYTHM: Final = Gaps("purchase_rhythm", PURCHASES)
SAME_PURCHASE_MS: Final = int(RhythmKnobs().same_purchase_days * DAY_MS)
"""What comes so soon after the last purchase belongs to it, and says nothing new."""

COMPLAINTS: Final = Trail("complaints", VOICE, keep=24, quotes=text_of, traits=traits.COMPLAINT)
WORDS: Final = Counter("words", VOICE, traits=traits.THEIRS)
UNTOLD: Final = Counter("untold", VOICE, traits=traits.UNTOLD)
DISPLEASED: Final = Counter("displeased", VOICE, traits=traits.DISPLEASED)
PRAISE: Final = Trail("praise", PUBLIC, keep=8, quotes=text_of, traits=traits.PRAISE)
RESOLUTIONS: Final = Trail("resolutions", (Kind.TICKET_RESOLVED,), keep=2)
COMEBACKS: Final = Trail("comebacks", DIRECT + PUBLIC, keep=3, traits=traits.COMES_BACK)

FUNNEL_ENDS: Final = Trail("funnel_ends", (Kind.FUNNEL_EXITED, Kind.FUNNEL_COMPLETED), keep=12, quotes=step_of)
EXITS: Final = Counter("exits", (Kind.FUNNEL_EXITED,))
COMPLETIONS: Final = Counter("completions", (Kind.FUNNEL_COMPLETED,))

SHARES: Final = Trail("shares", (Kind.CONTENT_SHARED, Kind.REFERRAL_MADE), keep=24)


def rhythmless(who: Stakeholder, normal: Normal) -> str | None:
    """Why nothing is to be expected of a buyer: too few purchases for a rhythm."""
    rhythm = who.rhythm(PURCHASE_RHYTHM)
    if rhythm is None:
        return "no purchase is known"
    if normal.rhythm(PURCHASE_RHYTHM).is_regular(rhythm):
        return None
    return f"{rhythm.count} purchase{'s' if rhythm.count > 1 else ''} so far: no rhythm yet"


def purchases_with(who: Stakeholder, interaction: Seen) -> list[Mark]:
    """The purchases still known and this one, which may have come too late for the trail: older than all in it."""
    known = who.all_marks(PURCHASES)
    if any(mark.offset == who.offset for mark in known):
        return known
    late = Mark(
        interaction.occurred_at, who.offset, interaction.kind, interaction.channel, interaction.id, excerpt=None
    )
    return [late, *known]


def untold(who: Stakeholder) -> str | None:
    """Why what the person said can't be judged: of no word of their last 90 days is it known how it was meant."""
    words = who.counted(WORDS, who.seen, COUNTER_DAYS)
    return UNTOLD_WORDS if words and who.counted(UNTOLD, who.seen, COUNTER_DAYS) >= words else None


UNTOLD_WORDS: Final = "nobody can tell how their words are meant"
