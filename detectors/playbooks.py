"""What to do about each relationship type: whose move it is, who may read it, what helps and what harms.

From "Defining and Responding to Digital Relationships" (K. Morris, 2014) and "The Power of Direct Relationships"
(M. Joel). An alert carries the entry of the type its person shifts to, or the one its rule names. Whatever concerns
employees, journalists, partners and investors is private: it goes to its owners, never to a public channel.
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
    # Customers
    "newcomer": Play(
        "customer care",
        "team",
        ("Make the second purchase easy: the site's information, delivery, one reminder of what they looked at",),
        ("Do not treat them like somebody who already knows you",),
    ),
    "regular_joe": Play(
        "web shop",
        "team",
        (
            "Keep purchasing smooth and the site's information and reviews good",
            "Watch the funnel and the exit rates: they will not tell you",
        ),
        ("Do not bother them: no survey, no mail they did not ask for",),
    ),
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
    "lost": Play(
        "customer care",
        "team",
        (
            "Find out what broke before any message: the funnel, the product, the delivery",
            "Write once, by a channel they agreed to, and only with something new to say",
        ),
        ("Do not write to someone who opted out", "Do not go on counting on their purchases"),
    ),
    "uber_fan": Play(
        "community",
        "team",
        (
            "Thank them by name, and give them one person to talk to",
            "Show them new things early: a panel, a contest, a discount to give to others",
        ),
        ("Do not pay for their praise: it is worth more unbought", "Do not let them wait for an answer"),
    ),
    "helpful": Play(
        "product",
        "team",
        ("Ask them, thank them, and show what their advice changed",),
        ("Do not ask more often than they answer", "Do not file their idea without a word"),
    ),
    "needy": Play(
        "community",
        "team",
        (
            "Offer self-service and the community first",
            "Give contact a regular rhythm of its own, and spare the call centre",
        ),
        ("Do not treat them as a complainer: they are content and want company",),
    ),
    # Partners and investors
    "prospect": Play(
        "partner management",
        "private",
        ("Keep information findable; one useful contact",),
        ("Do not take a first visit for interest",),
    ),
    "silent_type": Play(
        "investor relations",
        "private",
        (
            "Publish financial information, employee voices and the strength of the business where they look",
            "Be ready for their first word: it may become a marriage, a cheap date, or nothing",
        ),
        ("Do not let them know that they are watched", "Do not press for a meeting"),
    ),
    "copy_cat": Play(
        "partner management",
        "private",
        (
            "Please look: compare the texts and the terms side by side before anything else",
            "Agree on what may be used, give them material of their own, help them stand alone",
        ),
        ("Do not accuse: likeness is no proof",),
    ),
    "marriage_material": Play(
        "partner management",
        "private",
        ("Reciprocate: cross-promotion, shared data, a word in public",),
        ("Do not let them go unthanked", "Do not take without giving"),
    ),
    "dormant": Play(
        "partner management",
        "private",
        ("Keep information findable; one useful contact",),
        ("Do not revive it with a mass mailing",),
    ),
    # Journalists
    "watcher": Play(
        "press office",
        "private",
        ("Keep the press pages and the kit current",),
        ("Do not pitch: they are looking, not asking",),
    ),
    "friend": Play(
        "press office",
        "private",
        ("Give them facts early and people to talk to",),
        ("Do not ask for favours, nor to read a piece before it is out",),
    ),
    "critic": Play(
        "press office",
        "private",
        ("Read both pieces; correct facts with sources, answer the rest by mending it",),
        ("Do not argue in public", "Do not go over their head"),
    ),
    "deadline": Play(
        "press office",
        "private",
        ("Answer within 15 minutes, if only to say when they will have an answer",),
        ("Do not let it wait in a queue", "Do not answer a different question"),
    ),
    # Employees
    "new": Play(
        "people team",
        "private",
        ("See that the first steps are done and that a colleague has taken them along",),
        ("Do not leave them alone in the first days",),
    ),
    "underutilised": Play(
        "people team",
        "private",
        ("Ask what they would like to do, and answer the ideas that lie unanswered",),
        ("Do not take silence for lack of interest", "Do not share this beyond their lead"),
    ),
    "advocate": Play(
        "people team",
        "private",
        ("Thank them, and give them something worth sharing",),
        ("Do not make it a duty or a figure",),
    ),
    # No type
    "leaving_at_checkout": Play(
        "web shop",
        "team",
        (
            "Go through the step they leave at, with their device and payment method",
            "Keep purchasing smooth and the site's information good; watch the exit rates",
        ),
        ("Do not chase them: they never asked for contact", "Do not retarget them on platforms"),
    ),
    "won_back": Play(
        "customer care",
        "team",
        (
            "See that this order goes well: its delivery, its product, an answer at once if they ask",
            "Find out what brought them back, and what had kept them away",
        ),
        ("Do not celebrate with a flood of mail, nor write to someone who opted out",),
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
    "funnel_drop": Play(
        "web shop",
        "team",
        (
            "Go through that step as the segment named does: same device, country, version, way of paying",
            "Compare with what was released, or changed by a payment or delivery partner, about when it began",
        ),
        ("Do not write to those who left before it is mended", "Do not answer it with a discount"),
    ),
    "exit_rate": Play(
        "web shop",
        "team",
        (
            "Open the page as the segment named does: does it load, is it right, does it lead on",
            "Compare with what was changed on it, and with what now leads people to it",
        ),
        ("Do not retarget those who left on platforms",),
    ),
    "complaint_wave": Play(
        "support",
        "team",
        (
            "Read the newest complaints and find what they have in common, then mend that first",
            "Agree on one answer for every channel, and say in public that it is being dealt with",
        ),
        ("Do not answer each one as if it were the only one", "Do not wait until they have all complained"),
    ),
    "lurking_traffic": Play(
        "investor relations",
        "private",
        (
            "See what they look at, and whether news, a filing or an opening explains it",
            "Keep financial information, employee voices and open positions findable and current",
        ),
        ("Do not let them know that they are watched", "Do not address anybody because of it"),
    ),
    "many_at_once": Play(
        "customer care",
        "team",
        (
            "Find what they have in common (a step, a delivery, a release, a message of ours) and mend that first",
            "Then write to all of them once, by a channel each agreed to, and say what was wrong and what has changed",
        ),
        ("Do not treat each of them as a case of its own", "Do not write before the cause is known"),
    ),
    "mention_spike": Play(
        "social media",
        "team",
        ("Read the newest mentions and find what set them off", "Agree on one answer before anyone replies"),
        ("Do not answer each mention by itself while the cause is unknown",),
    ),
}
