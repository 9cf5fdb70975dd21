"""The windows that several rules read; a rule that needs one of its own declares it in its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.interaction import KIND_CODES, OUTBOUND, Event, Kind
from detectors.rhythm import RhythmKnobs
from detectors.windows import COUNTER_DAYS, DAY_MS, Counter, Gaps, Mark, Trail

if TYPE_CHECKING:
    from detectors.normal import Normal
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

DIRECT: Final = (
    Kind.TICKET_OPENED,
    Kind.TICKET_REPLIED,
    Kind.TICKET_REOPENED,
    Kind.CALL_MADE,
    Kind.CHAT_STARTED,
    Kind.MAIL_REPLIED,
    Kind.ENQUIRY_MADE,
)
"""The kinds by which a person turns to us."""
PUBLIC: Final = (
    Kind.POST_PUBLISHED,
    Kind.COMMENT_WRITTEN,
    Kind.REVIEW_WRITTEN,
    Kind.ARTICLE_PUBLISHED,
    Kind.MENTION_MADE,
)
"""The kinds by which a person speaks about us to others."""

PURCHASES: Final = Trail("purchases", (Kind.PURCHASE_MADE,), keep=6)
PURCHASE_RHYTHM: Final = Gaps("purchase_rhythm", PURCHASES)
SAME_PURCHASE_MS: Final = int(RhythmKnobs().same_purchase_days * DAY_MS)
"""What comes so soon after the last purchase belongs to it, and says nothing new."""

_OUTBOUND: Final = OUTBOUND
_DIRECT_CODES: Final = frozenset(KIND_CODES[kind] for kind in DIRECT)


def is_complaint(interaction: Event) -> bool:
    """Known to be one; what nobody can tell is none."""
    return interaction.complaint is True


def is_theirs(interaction: Event) -> bool:
    """Said by the person, not to them."""
    return interaction.direction != _OUTBOUND


def is_praise(interaction: Event) -> bool:
    """The person's own words, positive, and no complaint."""
    tone = interaction.tone
    return tone is not None and tone > 0.05 and interaction.complaint is not True and interaction.direction != _OUTBOUND


def is_displeased(interaction: Event) -> bool:
    """The person's own words, negative or a complaint; what nobody can tell is neither."""
    if interaction.direction == _OUTBOUND:
        return False
    tone = interaction.tone
    return interaction.complaint is True or (tone is not None and tone < -0.05)


def is_untold(interaction: Event) -> bool:
    """The person's own words, of which nobody can tell whether they are a complaint, nor their tone."""
    return interaction.tone is None and interaction.complaint is None and interaction.direction != _OUTBOUND


def comes_back(interaction: Event) -> bool:
    """A complaint; or a direct contact of which nobody can tell whether it is one."""
    if interaction.direction == _OUTBOUND:
        return False
    if interaction.complaint is None:
        return interaction.kind in _DIRECT_CODES
    return interaction.complaint


COMPLAINTS: Final = Trail("complaints", VOICE, is_complaint, keep=24, excerpt=True, tests_head=True)
WORDS: Final = Counter("words", VOICE, is_theirs, tests_head=True)
UNTOLD: Final = Counter("untold", VOICE, is_untold, tests_head=True)
DISPLEASED: Final = Counter("displeased", VOICE, is_displeased, tests_head=True)
PRAISE: Final = Trail("praise", PUBLIC, is_praise, keep=8, excerpt=True, tests_head=True)
RESOLUTIONS: Final = Trail("resolutions", (Kind.TICKET_RESOLVED,), keep=2)
COMEBACKS: Final = Trail("comebacks", DIRECT + PUBLIC, comes_back, keep=3, tests_head=True)

FUNNEL_ENDS: Final = Trail("funnel_ends", (Kind.FUNNEL_EXITED, Kind.FUNNEL_COMPLETED), keep=16)
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


def purchases_with(who: Stakeholder, interaction: Event) -> list[Mark]:
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
