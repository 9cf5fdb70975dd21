import pytest

from streams.demo.event import DAY_MS
from streams.demo.pace import Pace
from tests.streams.demo.direct import START


def test_the_last_moment_is_due_when_the_seconds_are_over() -> None:
    pace = Pace(START, 180, 60.0)
    assert pace.due(START) == 0.0
    assert pace.due(START + 180 * DAY_MS) == pytest.approx(60.0)


def test_time_and_due_are_each_others_inverse() -> None:
    pace = Pace(START, 180, 75.0)
    assert pace.time(pace.due(START + 17 * DAY_MS)) == pytest.approx(START + 17 * DAY_MS, abs=1)


def test_no_time_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="seconds is 0; allowed: more than 0"):
        Pace(START, 180, 0)
