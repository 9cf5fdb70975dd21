import pytest

from streams.demo.casting import OUTAGE
from streams.demo.event import DAY_MS
from streams.demo.pace import OUTAGE_SECONDS, Pace
from tests.streams.demo.direct import START


def test_the_last_moment_is_due_when_the_seconds_are_over() -> None:
    pace = Pace(START, 180, 60.0)
    assert pace.due(START) == 0.0
    assert pace.due(START + 180 * DAY_MS) == pytest.approx(60.0)


def test_months_in_no_hurry_pass_evenly() -> None:
    pace = Pace(START, 180, 60.0)
    assert pace.seconds == 60.0
    assert pace.due(START + 117 * DAY_MS) == pytest.approx(39.0)


def test_the_outage_takes_its_time_however_fast_the_months_pass() -> None:
    pace = Pace(START, 180, 6.0)
    first, after = (pace.due(START + day * DAY_MS) for day in OUTAGE)
    assert first == pytest.approx(OUTAGE[0] / 30)
    assert after - first == pytest.approx(OUTAGE_SECONDS)
    assert pace.due(START + 180 * DAY_MS) == pytest.approx(pace.seconds) == pytest.approx(6.0 + 4.0 - 24 / 30)


def test_no_time_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="seconds is 0; allowed: more than 0"):
        Pace(START, 180, 0)
