"""The windows that several rules read; a rule that needs one of its own declares it in its file."""

from __future__ import annotations

from typing import Final

from detectors.interaction import Event, Kind
from detectors.windows import Counter, Gaps, Trail

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

PURCHASES: Final = Trail("purchases", (Kind.PURCHASE_MADE,), keep=6)
PURCHASE_RHYTHM: Final = Gaps("purchase_rhythm", PURCHASES)


def _is_complaint(interaction: Event) -> bool:
    return interaction.complaint is True


COMPLAINTS: Final = Trail("complaints", VOICE, _is_complaint, keep=24, excerpt=True, tests_head=True)
WORDS: Final = Counter("words", VOICE)

FUNNEL_ENDS: Final = Trail("funnel_ends", (Kind.FUNNEL_EXITED, Kind.FUNNEL_COMPLETED), keep=32)
EXITS: Final = Counter("exits", (Kind.FUNNEL_EXITED,))
COMPLETIONS: Final = Counter("completions", (Kind.FUNNEL_COMPLETED,))
