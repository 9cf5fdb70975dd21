from __future__ import annotations

import pytest

from streams.deliver.patience import Patience, is_worth_a_line


def test_pauses_double_up_to_the_longest_one() -> None:
    patience = Patience(None, first_seconds=1.0, longest_seconds=10.0)
    assert [patience.pause(attempt, 0.999_999_999) for attempt in range(1, 7)] == pytest.approx([1, 2, 4, 8, 10, 10])


def test_half_of_a_pause_is_drawn() -> None:
    assert [Patience(None).pause(3, draw) for draw in (0.0, 0.5)] == [2.0, 3.0]


def test_a_pause_that_the_other_side_named_is_kept_in_full() -> None:
    assert Patience(3).pause(1, 0.0, retry_after=30.0) == 30.0
    assert Patience(3).pause(1, 0.5, retry_after=30.0) == 30.5


def test_attempts_end_at_their_number_or_never() -> None:
    assert [Patience(2).ends_after(attempt) for attempt in (1, 2, 3)] == [False, True, True]
    assert not Patience(None).ends_after(10**9)


def test_a_very_late_attempt_has_a_pause_as_well() -> None:
    assert Patience(None).pause(10**9, 0.0) == 30.0


def test_a_long_outage_is_logged_ever_more_rarely() -> None:
    assert [attempt for attempt in range(1, 20) if is_worth_a_line(attempt)] == [1, 2, 4, 8, 16]
