from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dead_letters.redriven import MOST_CHARACTERS, Redriven, TooScatteredError


def again(mark: Redriven) -> Redriven:
    """What is read back from where the mark is kept."""
    return Redriven(mark.first, mark.note())


@given(st.integers(0, 10**12), st.sets(st.integers(0, 2000)), st.integers(0, 500))
def test_every_letter_is_remembered_and_no_other(first: int, places: set[int], begin: int) -> None:
    mark = Redriven(first)
    for place in places:
        mark.add(first + place)
    mark.begin_at(first + begin)
    kept = again(mark)
    for place in range(begin, 2010):
        assert (first + place in kept) == (place in places), place


def test_letters_without_a_gap_move_the_offset_and_need_no_note() -> None:
    mark = Redriven()
    for offset in (2, 0, 1):
        mark.add(offset)
    mark.begin_at(0)
    assert (mark.first, mark.note()) == (3, "")


def test_what_the_topic_no_longer_holds_counts_as_done() -> None:
    mark = Redriven(-1)
    mark.add(7)
    mark.begin_at(5)
    assert mark.first == 5
    assert 7 in again(mark)
    assert 6 not in again(mark)


def test_every_other_one_of_many_letters_fits() -> None:
    mark = Redriven()
    for offset in range(1, 1_000_000, 2):
        mark.add(offset)
    assert len(mark.note()) <= MOST_CHARACTERS
    assert 999_999 in again(mark)


def test_more_scatter_than_fits_is_refused_with_the_way_out() -> None:
    mark = Redriven()
    draw = random.Random(1)
    for offset in range(100_000):
        if draw.random() < 0.5:
            mark.add(offset)
    with pytest.raises(TooScatteredError, match=r"allowed: 4,096: redrive those before them first"):
        mark.note()


@pytest.mark.parametrize("note", ["", "not a note", "é", "NM&qnZ!92p"])
def test_a_foreign_note_says_nothing_of_what_lies_above(note: str) -> None:
    mark = Redriven(4, note)
    assert 3 in mark
    assert 4 not in mark
