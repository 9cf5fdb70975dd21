"""Sketches of texts against the exact index that they stand for."""

from __future__ import annotations

import random
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from detectors.likeness import SKETCH, likeness, overlap, sketch, words

OURS: Final = "We make warm coats out of old sails, by hand, in the old harbour of the town, since the year 1909."


def runs(of: list[str]) -> set[tuple[str, ...]]:
    return {tuple(of[place : place + 3]) for place in range(len(of) - 2)}


def exact(one: list[str], other: list[str]) -> float:
    return len(runs(one) & runs(other)) / len(runs(one) | runs(other))


def test_up_to_256_runs_the_index_is_exact() -> None:
    theirs = words(OURS.replace("old sails", "new sails"))
    assert likeness(sketch(words(OURS)), sketch(theirs)) == exact(words(OURS), theirs) == 16 / 22


def test_long_texts_are_off_by_no_more_than_the_error_that_is_promised() -> None:
    draw = random.Random(1909)
    errors = []
    for changed in range(0, 2_000, 5):
        ours = [f"w{draw.randrange(50_000)}" for _ in range(2_000)]
        theirs = [f"x{each}" if draw.randrange(2_000) < changed else each for each in ours]
        index = exact(ours, theirs)
        errors.append((likeness(sketch(ours), sketch(theirs)) - index, (index * (1 - index) / SKETCH) ** 0.5))
    assert sum(abs(error) > 0.1 for error, _ in errors) <= 0.012 * len(errors)
    assert sum(abs(error) <= 2 * standard for error, standard in errors) >= 0.93 * len(errors)
    assert abs(sum(error for error, _ in errors)) / len(errors) < 0.005, "it is biased"


@given(st.lists(st.sampled_from("abcd"), max_size=40), st.lists(st.sampled_from("abcd"), max_size=40))
def test_likeness_is_the_same_both_ways_and_1_for_the_same_runs(one: list[str], other: list[str]) -> None:
    first, second = sketch(one), sketch(other)
    assert likeness(first, second) == likeness(second, first)
    assert likeness(first, first) == (1.0 if len(one) >= 3 else 0.0)
    if runs(one) | runs(other):
        assert likeness(first, second) == exact(one, other)


def test_case_and_punctuation_make_no_difference_and_odd_texts_have_no_likeness() -> None:
    assert sketch(words("Warm COATS, by hand!")) == sketch(words("warm coats by hand"))
    assert likeness(sketch(words("")), sketch(words("two words"))) == 0.0
    assert sketch(words("a lone \ud800 surrogate")) != ()


def test_terms_overlap_by_what_they_have_in_common() -> None:
    assert overlap({"a", "b"}, {"b", "c"}) == 1 / 3
    assert overlap(set(), set()) == 0.0
