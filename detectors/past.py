"""The windows that several rules read; a rule that needs one of its own declares it in its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors import traits
from detectors.day_counts import COUNTER_DAYS
from detectors.interaction import Kind
from detectors.rhythm import RhythmKnobs
from detectors.trails import Mark
from detectors.traits import DIRECT
from detectors.windows import DAY_MS, Counter, Gaps, Trail

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


ADVISING: Final = (Kind.SURVEY_ANSWERED, Kind.IDEA_SUBMITTED)
"""The kinds by which a person tells us how we could do better."""


def score_share(interaction: Seen) -> float | None:
    """Where the score lies on its scale, from 0 (worst) to 1; None if either is unknown or they don't fit."""
    score, scale = interaction.score, interaction.score_scale
    if score is None or scale is None or not scale[0] <= score <= scale[1] or scale[0] == scale[1]:
        return None
    return (score - scale[0]) / (scale[1] - scale[0])


def _is_scored(interaction: Seen) -> bool:
    return score_share(interaction) is not None


def _is_top_score(interaction: Seen) -> bool:
    """In the top fifth of its scale, and nothing displeased is said with it."""
    share = score_share(interaction)
    return share is not None and share > 0.8 and not traits.traits_of(interaction) & traits.DISPLEASED


def _is_low_score(interaction: Seen) -> bool:
    """In the lower half of its scale, of an answer whose words are not displeased, which are counted as such."""
    share = score_share(interaction)
    return share is not None and share < 0.5 and not traits.traits_of(interaction) & traits.DISPLEASED


PURCHASES: Final = Trail("purchases", (Kind.PURCHASE_MADE,), keep=6)
PURCHASE_RHYTHM: Final = Gaps("purchase_rhythm", PURCHASES)
SAME_PURCHASE_MS: Final = int(RhythmKnobs().same_purchase_days * DAY_MS)
"""What comes so soon after the last purchase belongs to it, and says nothing new."""

COMPLAINTS: Final = Trail("complaints", VOICE, keep=24, quotes=text_of, traits=traits.COMPLAINT)
WORDS: Final = Counter("words", VOICE, traits=traits.THEIRS)
UNTOLD: Final = Counter("untold", VOICE, traits=traits.UNTOLD)
DISPLEASED: Final = Counter("displeased", VOICE, traits=traits.DISPLEASED)
PRAISE: Final = Trail("praise", PUBLIC, keep=8, quotes=text_of, traits=traits.PRAISE)
BLAME: Final = Trail("blame", PUBLIC, keep=2, quotes=text_of, traits=traits.DISPLEASED)
CONTENT: Final = Trail("content", VOICE, keep=2, traits=traits.CONTENT)
ANSWERS: Final = Counter("answers", ADVISING, traits=traits.THEIRS)
BARE_SCORES: Final = Counter("bare_scores", (Kind.SURVEY_ANSWERED,), _is_scored, traits=traits.UNTOLD)
LOW_SCORES: Final = Counter("low_scores", (Kind.SURVEY_ANSWERED,), _is_low_score, traits=traits.THEIRS)
TOP_SCORES: Final = Trail("top_scores", (Kind.SURVEY_ANSWERED,), _is_top_score, keep=1, traits=traits.THEIRS)
RESOLUTIONS: Final = Trail("resolutions", (Kind.TICKET_RESOLVED,), keep=2)
COMEBACKS: Final = Trail("comebacks", DIRECT + PUBLIC, keep=3, traits=traits.COMES_BACK)

FUNNEL_ENDS: Final = Trail("funnel_ends", (Kind.FUNNEL_EXITED, Kind.FUNNEL_COMPLETED), keep=12, quotes=step_of)
EXITS: Final = Counter("exits", (Kind.FUNNEL_EXITED,))
COMPLETIONS: Final = Counter("completions", (Kind.FUNNEL_COMPLETED,))

SHARES: Final = Trail("shares", (Kind.CONTENT_SHARED, Kind.REFERRAL_MADE), keep=24)
RECOMMENDATIONS: Final = Trail(
    "recommendations",
    (Kind.REFERRAL_MADE, Kind.REFERRAL_CONVERTED, Kind.CONTENT_SHARED),
    keep=6,
    traits=traits.THEIRS,
)

MEANING: Final = (WORDS, UNTOLD, BARE_SCORES, DISPLEASED, LOW_SCORES)
"""The windows that :func:`meant` reads."""


def meant(who: Stakeholder, until_ms: int, days: int) -> tuple[int, int, int]:
    """How many words of the ``days`` calendar days to then, of how many it is known how they are meant, how many ill.

    An answer to a survey is told by its score if its words don't tell; one in the lower half of the scale is meant ill.
    """
    words = who.counted(WORDS, until_ms, days)
    told = words - who.counted(UNTOLD, until_ms, days) + who.counted(BARE_SCORES, until_ms, days)
    return words, told, who.counted(DISPLEASED, until_ms, days) + who.counted(LOW_SCORES, until_ms, days)


def contacts(who: Stakeholder, until_ms: int, days: int) -> dict[int, int]:
    """How often the person spoke to us or about us, by day; but for advice: whoever answers us seeks no company."""
    found = who.daily(WORDS, until_ms, days)
    for day, answers in who.daily(ANSWERS, until_ms, days).items():
        found[day] = found.get(day, 0) - answers
        if found[day] <= 0:
            del found[day]
    return found


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
