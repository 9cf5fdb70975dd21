"""Channels in words, as a sentence has them."""

from __future__ import annotations

from typing import Final

from detectors.interaction import CHANNELS

_PLACES: Final = {
    "site": "on the website",
    "app": "in the app",
    "shop": "in the shop",
    "mail": "by e-mail",
    "phone": "by phone",
    "chat": "by chat",
    "sms": "by text message",
    "twitter": "on Twitter",
    "facebook": "on Facebook",
    "instagram": "on Instagram",
    "linkedin": "on LinkedIn",
    "glassdoor": "on Glassdoor",
    "youtube": "on YouTube",
    "review_site": "on a review site",
    "marketplace": "on a marketplace",
    "blog": "on a blog",
    "press": "in the press",
    "in_person": "in person",
    "internal": "internally",
    "other": "elsewhere",
}


def spoken(channel: int) -> str:
    """The channel of that code, with its preposition."""
    return _PLACES[CHANNELS[channel]]
