"""How an English text feels by VADER (Hutto and Gilbert, 2014), with the lexicon and the figures of its library.

The scores equal those of the library's ``SentimentIntensityAnalyzer`` for every text, oddities included. What differs
is the work: a word is read once and remembered, and its neighbours are weighed only where they can change its value.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from string import punctuation
from typing import NamedTuple

from vaderSentiment import vaderSentiment

_REMEMBERED_WORDS = 8192
_NEGATIVE: float = vaderSentiment.N_SCALAR
_CAPITALS: float = vaderSentiment.C_INCR
_BOOSTERS: dict[str, float] = vaderSentiment.BOOSTER_DICT
_IDIOMS: dict[str, float] = vaderSentiment.SPECIAL_CASES
_NEGATIONS = frozenset(vaderSentiment.NEGATE)
_FADING = (1.0, 0.95, 0.9)
"""What a booster still weighs one, two and three words before."""
_SO = ("so", "this")
_PHRASES = [phrase.split() for phrase in (*_IDIOMS, *_BOOSTERS) if " " in phrase]
_OPENING = frozenset(words[0] for words in _PHRASES)
_CLOSING = frozenset(words[-1] for words in _PHRASES)
_TURNING = _CLOSING | {"least", "no", *_SO}
_NAMED = frozenset({"at", "but", "doubt", "least", "no", "or", *_SO}).union(*_PHRASES)
"""What the rules ask for by name, besides single boosters and negations."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class Scores(NamedTuple):
    """The shares of unfriendly and of friendly words, to 3 digits, and the whole from -1 to 1, to 4 digits."""

    negative: float
    positive: float
    compound: float


NEUTRAL = Scores(0.0, 0.0, 0.0)


class _Word:
    """What a word is wherever it stands; ``feels``: in the lexicon, ``turns``: may change the value of one after it."""

    __slots__ = ("boost", "closes", "counts", "feels", "is_upper", "lower", "negates", "opens", "turns", "value")

    def __init__(self, word: str, lexicon: dict[str, float]) -> None:
        self.lower = lower = word.lower()
        self.is_upper = word.isupper()
        self.feels = lower in lexicon
        self.value = lexicon.get(lower, 0.0)
        self.boost = _BOOSTERS.get(lower, 0.0)
        self.negates = lower in _NEGATIONS or "n't" in lower
        self.opens = lower in _OPENING
        self.closes = lower in _CLOSING
        self.turns = self.negates or self.boost != 0 or lower in _TURNING
        self.counts = self.feels or self.is_upper or lower == "but"


_PLAIN = _Word("", {})
"""Every word that is one word more and nothing else."""


class Vader:
    """Scores texts; ``without`` are words of the lexicon that say nothing here."""

    def __init__(self, without: frozenset[str] = frozenset()) -> None:
        analyzer = vaderSentiment.SentimentIntensityAnalyzer()
        self._emojis: dict[str, str] = analyzer.emojis
        self._lexicon: dict[str, float] = {word: at for word, at in analyzer.lexicon.items() if word not in without}
        self._known = frozenset(self._lexicon).union(_NAMED, _NEGATIONS, _BOOSTERS)
        self._word = lru_cache(maxsize=_REMEMBERED_WORDS)(self._read)

    def score(self, text: str) -> Scores:
        """The scores of a text; ``NEUTRAL`` where nothing feels."""
        if not text.isascii():
            text = _NOT_ASCII.sub(self._described, text)
        words = list(map(self._word, text.split()))
        counting = [(place, word) for place, word in enumerate(words) if word.counts]
        stress = _CAPITALS if sum([word.is_upper for _, word in counting]) < len(words) else 0.0
        values = [_value(words, place, stress) if word.feels else 0.0 for place, word in counting]
        if not any(values):
            return NEUTRAL
        but = [place for place, word in counting if word.lower == "but"]
        if but:
            _shift(values, [place for place, _ in counting], but[0])
        return _scores(values, len(words), _emphasis(text))

    def _read(self, token: str) -> _Word:
        """The word in a token: without the punctuation around it, unless at most two characters remain."""
        bare = token.strip(punctuation)
        word = bare if len(bare) > 2 else token
        lower = word.lower()
        is_plain = lower not in self._known and "n't" not in lower and not word.isupper()
        return _PLAIN if is_plain else _Word(word, self._lexicon)

    def _described(self, found: re.Match[str]) -> str:
        """The name of an emoji, parted from what stands before it but not from what follows; else the character."""
        name = self._emojis.get(found.group())
        return found.group() if name is None else " " + name


def _value(words: list[_Word], place: int, stress: float) -> float:
    """The value where it stands of a word that feels; ``stress`` is what capitals add."""
    word = words[place]
    turned = word.opens or word.turns
    for before in words[max(place - 3, 0) : place]:
        turned = turned or before.turns
    return _turned(words, place, stress) if turned else word.value + _stressed(word, word.value, stress)


def _turned(words: list[_Word], place: int, stress: float) -> float:
    word, following = words[place], words[place + 1] if place + 1 < len(words) else _PLAIN
    if word.lower == "kind" and following.lower == "of":
        return 0.0
    before = words[max(place - 3, 0) : place][::-1]
    near = [*[each.lower for each in before], "", "", ""]
    value = word.value
    if "no" in near[:2] or (near[2] == "no" and near[0] in ("or", "nor")):
        value *= _NEGATIVE
    elif word.lower == "no" and following.feels:
        value = 0.0
    value += _stressed(word, value, stress)
    for distance, each in enumerate(before):
        if not each.feels:
            boost = each.boost if value >= 0 else -each.boost
            value += (boost + (_stressed(each, value, stress) if boost else 0.0)) * _FADING[distance]
            value *= _factor(near, distance, negates=each.negates)
            if distance == 2:
                value = _phrased(words, place, value)
    return value * _NEGATIVE if near[0] == "least" and near[1] not in ("at", "very") else value


def _stressed(word: _Word, value: float, stress: float) -> float:
    return (stress if value > 0 else -stress) if word.is_upper else 0.0


def _factor(near: list[str], distance: int, *, negates: bool) -> float:
    """By what the word at a distance multiplies the value; ``near`` are the words before, the nearest first."""
    is_never_so = distance > 0 and near[distance] == "never" and near[distance - 1] in _SO
    if is_never_so or (distance == 2 and near[0] in _SO):
        return 1.25
    is_doubtless = near[distance] == "without" and "doubt" in near[:distance]
    return _NEGATIVE if negates and not is_doubtless else 1.0


def _phrased(words: list[_Word], place: int, value: float) -> float:
    """The value after idioms around the word and boosters of several words before it."""
    if not (words[place].opens or words[place].closes or words[place - 1].closes or words[place - 2].closes):
        return value
    near = [each.lower for each in words[place - 3 : place + 3]]
    idioms = [" ".join(near[start:end]) for start, end in ((2, 4), (1, 4), (1, 3), (0, 3), (0, 2))]
    value = next((_IDIOMS[idiom] for idiom in idioms if idiom in _IDIOMS), value)
    for end in range(5, len(near) + 1):
        value = _IDIOMS.get(" ".join(near[3:end]), value)
    for start, end in ((0, 2), (1, 3)):
        value += _BOOSTERS.get(" ".join(near[start:end]), 0.0)
    return value


def _shift(values: list[float], places: list[int], but: int) -> None:
    """Halve what stands before a "but" and raise what follows; of equal values, the first is changed each time."""
    for value in values:
        first = values.index(value)
        values[first] = value * (0.5 if places[first] < but else 1.5)


def _emphasis(text: str) -> float:
    questions = text.count("?")
    asking = 0.0 if questions < 2 else questions * 0.18 if questions < 4 else 0.96
    return min(text.count("!"), 4) * 0.292 + asking


def _scores(values: list[float], words: int, emphasis: float) -> Scores:
    positive = negative = 0.0
    neutral = words
    for value in values:
        if value > 0:
            positive += value + 1
            neutral -= 1
        elif value < 0:
            negative += 1 - value
            neutral -= 1
    whole = sum(values)
    whole += emphasis if whole > 0 else -emphasis if whole < 0 else 0.0
    if positive > negative:
        positive += emphasis
    elif positive < negative:
        negative += emphasis
    total = positive + negative + neutral
    compound = round(whole / math.sqrt(whole * whole + 15), 4)
    return Scores(negative and round(negative / total, 3), positive and round(positive / total, 3), compound)
