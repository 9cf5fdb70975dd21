"""What to do about each relationship type: whose move it is, who may read it, what helps and what harms.

From "Defining and Responding to Digital Relationships" (K. Morris, 2014) and "The Power of Direct Relationships"
(M. Joel). An alert carries the entry of the type its person shifts to, or the one its rule names.
"""

from __future__ import annotations

from typing import NamedTuple


class Play(NamedTuple):
    """One entry; ``audience`` is ``team`` or ``private``."""

    owner: str
    audience: str
    do: tuple[str, ...]
    avoid: tuple[str, ...]


PLAYBOOKS: dict[str, Play] = {
    "at_risk": Play(
        "customer care",
        "team",
        (
            "Find out what broke for this customer: the last order, its delivery, the product, the checkout",
            "Mend that first, then write once, by a channel they agreed to",
        ),
        ("Do not send a discount before you know what went wrong", "Do not write to someone who opted out"),
    ),
    "mad_bro": Play(
        "support",
        "team",
        (
            "Give the case to one person who owns it on every channel",
            "Listen, then tell them what changed because of them",
            "Say in public that it is being dealt with, where they complained in public",
        ),
        ("Do not answer on each channel separately", "Do not buy silence: a pure freebie hunter is not worth it"),
    ),
    "leaving_at_checkout": Play(
        "web shop",
        "team",
        (
            "Go through the step they leave at, with their device and payment method",
            "Keep purchasing smooth and the site's information good; watch the exit rates",
        ),
        ("Do not chase them: they never asked for contact", "Do not retarget them on platforms"),
    ),
    "dead_feed": Play(
        "operations",
        "team",
        (
            "Check the producer of this source and its credentials, then its topic",
            "Absence alerts that rest on it are held until it has caught up",
        ),
        ("Do not read the silence as customers leaving",),
    ),
    "mention_spike": Play(
        "social media",
        "team",
        ("Read the newest mentions and find what set them off", "Agree on one answer before anyone replies"),
        ("Do not answer each mention by itself while the cause is unknown",),
    ),
}
