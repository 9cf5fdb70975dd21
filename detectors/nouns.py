"""Kinds of interactions as nouns, as a sentence has them."""

from __future__ import annotations

from typing import Final

from detectors.interaction import KINDS

_NOUNS: Final = {
    "purchase_made": "purchase",
    "purchase_returned": "return",
    "subscription_cancelled": "cancellation",
    "page_viewed": "page view",
    "page_left": "page visit",
    "funnel_entered": "begun purchase",
    "funnel_step_reached": "step towards a purchase",
    "funnel_exited": "exit",
    "funnel_completed": "completed purchase",
    "login_made": "login",
    "ticket_opened": "ticket",
    "ticket_replied": "ticket reply",
    "ticket_reopened": "reopened ticket",
    "ticket_resolved": "resolved ticket",
    "call_made": "call",
    "chat_started": "chat",
    "post_published": "post",
    "comment_written": "comment",
    "review_written": "review",
    "article_published": "article",
    "mention_made": "mention",
    "survey_sent": "survey",
    "survey_answered": "survey answer",
    "idea_submitted": "idea",
    "mail_sent": "mail",
    "mail_opened": "opened mail",
    "mail_clicked": "click in a mail",
    "mail_replied": "mail reply",
    "mail_bounced": "bounced mail",
    "mail_marked_spam": "mail marked as spam",
    "mail_unsubscribed": "unsubscription",
    "followed": "follow",
    "unfollowed": "unfollow",
    "referral_made": "referral",
    "referral_converted": "converted referral",
    "traffic_referred": "referred visit",
    "campaign_joined": "joined campaign",
    "bid_seen": "bid",
    "content_published": "publication",
    "document_downloaded": "download",
    "enquiry_made": "enquiry",
    "content_shared": "share",
    "onboarding_step_done": "onboarding step",
    "training_done": "training",
    "colleague_contacted": "contact with a colleague",
    "consent_given": "consent",
    "consent_withdrawn": "withdrawn consent",
}
_PLURALS: Final = {
    "enquiry": "enquiries",
    "ticket reply": "ticket replies",
    "mail reply": "mail replies",
    "step towards a purchase": "steps towards a purchase",
    "click in a mail": "clicks in mails",
    "mail marked as spam": "mails marked as spam",
    "contact with a colleague": "contacts with colleagues",
}


def noun(kind: int) -> str:
    """One interaction of the kind of that code."""
    return _NOUNS[KINDS[kind]]


def plural(one: str) -> str:
    """Several of what :func:`noun` calls ``one``, or of another regular noun."""
    return _PLURALS.get(one, f"{one}s")
