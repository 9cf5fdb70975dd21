"""How alike two texts are: the share of their runs of three words that both have (Jaccard's index), by MinHash.

A sketch is the 256 smallest hashes of a text's runs of words; the smallest 256 of two sketches together are a random
sample of all runs that either text has, and the share of them that both have estimates the index without bias. Up to
256 different runs it is exact; beyond, its standard error is at most √(J(1 - J)/256): .025 at .8, .031 at worst, and it
is off by more than .1 in less than 1.2 % of cases (Hoeffding's bound, 2 / e^(2·256·.1²)).
Source: A. Broder, "On the resemblance and containment of documents", 1997 (there ``min_s``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_64_intdigest

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

SKETCH: Final = 256
RUN_WORDS: Final = 3

_WORD: Final = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The words of a text, without regard to case and punctuation."""
    return _WORD.findall(text.casefold())


def sketch(of: list[str]) -> tuple[int, ...]:
    """The sketch of a text of these words; what is shorter than a run has none."""
    runs = {" ".join(of[place : place + RUN_WORDS]) for place in range(len(of) - RUN_WORDS + 1)}
    hashes = {xxh3_64_intdigest(run.encode("utf-8", "replace")) for run in runs}
    return tuple(sorted(hashes)[:SKETCH])


def likeness(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The share of runs that both texts have, by their sketches; 0 where there are none."""
    sample = sorted({*one, *other})[:SKETCH]
    common = {*one} & {*other}
    return sum(each in common for each in sample) / len(sample) if sample else 0.0


def overlap(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    """The share of terms that both sets have (Jaccard's index); 0 where there are none."""
    return len(one & other) / len(one | other) if one or other else 0.0
