"""Tone and complaint of what somebody wrote; both None when nobody can tell. English only.

Tone is the compound score of VADER (Hutto and Gilbert, 2014), kept only where it is confident. Complaint comes from
phrases (``complaints``), never from tone: negative is not complaint.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

from streams.ingest.complaints import complains, folded
from streams.ingest.vader import Vader

SCORED_CHARACTERS = 1000
"""Characters scored for tone: the start of a text says enough."""

NEGATIVE = -0.6
POSITIVE = 0.6
"""Limits of confidence: between them a score says nothing; ``tests/trials/tone.py`` tells how often they are right."""

_SHORT_WORDS = 60
"""Words up to which a friendly text without any unfriendly word is taken for no complaint."""

# Requests and the vocabulary of accounts, which the lexicon takes for feelings: "please help" is not joy.
_POLITE = """
    please pls plz help helped helping helps helpful support supports supporting supported thanks thank dear like likes
    credit credited credits interest interests secure secured security share shared shares sharing accept accepted
    accepting play playing played plays agree agreement benefit benefits approved approval yes want wants ready care
    careful trust original number free join joined
"""
_TROUBLE = re.compile(
    r"\b(?:cannot|errors?|issues?|problems?|trouble|wrong|still|stuck|broke|broken|crash\w*|lost|fail\w*|missing|again|"
    r"stop\w*|why|suspend\w*|hack\w*|ban|banned|scam\w*|tried)\b"
)
_NEGATION = re.compile(r"\b(?:not|no|never|nothing)\b|n't\b")
_NOISE = re.compile(r"https?://\S+|<\w+>|@\w+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_LETTERS = re.compile(r"[^\x00-\x7f]")
_EVERYDAY = """
    the and you your is are was were be been to of it its it's i i'm i've my me we our us this that these those what how
    when where why who for with have has had do does did don't can't not all just they them their there from about would
    could should will can at by an if or but on in so as he she him her his get got no out up
"""
_SHARED_WITH_OTHERS = "me an in so as no on do i is was at of"
_ENGLISH = frozenset(_EVERYDAY.split())
_ENGLISH_ONLY = _ENGLISH - frozenset(_SHARED_WITH_OTHERS.split())


class Judgement(NamedTuple):
    """How somebody sounds, from -1 to 1, and whether they complain."""

    tone: float | None
    complaint: bool | None


UNSURE = Judgement(None, None)


def judge(text: str | None, language: str | None = None) -> Judgement:
    """Tone and complaint of a text in a language (a BCP 47 tag; None: unknown, then it must look like English).

    Takes bounded time: a long text is judged by its first 1,000 characters, for complaint by its first 4,000.
    """
    if not text or (language is not None and language[:2].lower() != "en"):
        return UNSURE
    return _judge(text[: 4 * SCORED_CHARACTERS], language is not None)


@lru_cache(maxsize=4096)
def _judge(text: str, known_english: bool) -> Judgement:  # noqa: FBT001 — a cache key wants positions
    plain = _NOISE.sub(" ", text)
    start = plain[:SCORED_CHARACTERS]
    if len(list(islice(_WORD.finditer(start), 2))) < 2 or not (known_english or _looks_english(start)):
        return UNSURE
    negative, positive, score = _vader().score(start)
    unmixed = positive == 0 if score < 0 else negative == 0
    tone = score if unmixed and (score <= NEGATIVE or score >= POSITIVE) else None
    if complains(plain):
        return Judgement(tone, complaint=True)
    # Anything else might be a complaint in words we don't know.
    harmless = negative == 0 and _harmless(plain, is_praise=(tone or 0) > 0)
    return Judgement(tone, complaint=False if harmless else None)


def _harmless(text: str, *, is_praise: bool) -> bool:
    """Whether a text without any unfriendly word is a short praise or a short question, and names no trouble."""
    if not (is_praise or text.rstrip().endswith("?")):
        return False
    plain = folded(text)
    if _TROUBLE.search(plain) or (not is_praise and _NEGATION.search(plain)):
        return False
    return len(_WORD.findall(text[:SCORED_CHARACTERS])) <= _SHORT_WORDS


def _looks_english(text: str) -> bool:
    """Whether enough of the words are everyday English ones and few letters are not ASCII."""
    if len(_LETTERS.findall(text)) * 10 > len(text):
        return False
    words = _WORD.findall(text)
    found = {word.lower().replace("\u2019", "'") for word in words} & _ENGLISH
    return len(found & _ENGLISH_ONLY) >= (1 if len(words) < 8 else 2) and len(found) * 12 >= min(len(words), 36)


@cache
def _vader() -> Vader:
    return Vader(without=frozenset(_POLITE.split()))
