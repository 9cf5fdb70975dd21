"""P(alive) against its closed form in 60 digits, and what any answer must obey."""

from decimal import Decimal, getcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.alive import WEEK_MS, AliveParameters, alive, alive_at, silence_until

getcontext().prec = 60
CDNOW = AliveParameters()
numbers = st.floats(0.01, 50.0)
parameters = st.builds(AliveParameters, numbers, numbers, numbers, numbers)
repeats = st.integers(0, 400)
weeks = st.floats(0.0, 2000.0)


def closed_form(model: AliveParameters, count: int, last: float, now: float) -> Decimal:
    r, alpha, a, b = (Decimal(value) for value in (model.r, model.alpha, model.a, model.b))
    power = ((r + count) * ((alpha + Decimal(now)) / (alpha + Decimal(last))).ln()).exp()
    return 1 / (1 + a / (b + count) * power)


@given(model=parameters, count=repeats, last=weeks, silence=weeks)
def test_it_is_the_closed_form_to_nine_digits(model: AliveParameters, count: int, last: float, silence: float) -> None:
    truth = float(closed_form(model, count, last, last + silence))
    assert alive(model, count, last, last + silence) == pytest.approx(truth, rel=1e-9, abs=1e-250)


@pytest.mark.parametrize(
    ("count", "last", "now"),
    [(0, 0.0, 0.0), (0, 0.0, 38.86), (2, 30.43, 38.86), (200, 100.0, 101.0), (200, 100.0, 1e9), (10_000, 1.0, 1e12)],
)
def test_extreme_histories_do_not_overflow(count: int, last: float, now: float) -> None:
    truth = float(closed_form(CDNOW, count, last, now))
    assert alive(CDNOW, count, last, now) == pytest.approx(truth, rel=1e-9, abs=1e-250)


@given(model=parameters, count=repeats, last=weeks, sooner=weeks, later=weeks)
def test_longer_silence_never_makes_life_more_probable(
    model: AliveParameters, count: int, last: float, sooner: float, later: float
) -> None:
    short, long = sorted((sooner, later))
    least, most = (alive(model, count, last, last + silence) for silence in (long, short))
    assert 0.0 <= least <= most + 1e-12 <= 1.0 + 1e-12


@given(model=parameters, count=repeats, last=weeks, chance=st.floats(0.01, 0.9))
def test_the_silence_until_a_chance_is_where_it_is_reached(
    model: AliveParameters, count: int, last: float, chance: float
) -> None:
    silence = silence_until(model, count, last, chance)
    if silence == 0.0:
        assert alive(model, count, last, last) <= chance + 1e-9
    elif silence < 1e12 * (model.alpha + last):
        assert alive(model, count, last, last + silence) == pytest.approx(chance, rel=1e-6)


def test_a_silence_without_end_is_bounded() -> None:
    assert silence_until(AliveParameters(a=1e-300), 0, 0.0, 0.1) == pytest.approx(6.183e13, rel=0.1)


def test_a_one_time_buyer_is_doubted_more_and_more() -> None:
    chances = [alive(CDNOW, 0, 0.0, now) for now in (0.0, 10.0, 100.0, 1_000.0, 1e6)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == pytest.approx(1.614 / (1.614 + 0.891))
    assert chances[-1] < 0.005


def test_the_same_silence_speaks_louder_about_a_frequent_buyer() -> None:
    assert alive(CDNOW, 20, 30.0, 45.0) < alive(CDNOW, 2, 30.0, 45.0)


def test_a_clock_behind_the_newest_purchase_counts_as_that_purchase() -> None:
    assert alive(CDNOW, 3, 20.0, 19.0) == alive(CDNOW, 3, 20.0, 20.0)


def test_times_in_milliseconds_and_distinct_purchases_say_the_same() -> None:
    first = 1_700_000_000_000
    answer = alive_at(CDNOW, first, first + 30 * WEEK_MS, 3, first + 39 * WEEK_MS)
    assert answer == alive(CDNOW, 2, 30.0, 39.0)


@pytest.mark.parametrize("name", ["r", "alpha", "a", "b"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_a_bad_parameter_is_named_with_its_value(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"^{name} is {value!r}: allowed is a finite number above 0"):
        AliveParameters(**{name: value})


@pytest.mark.parametrize(
    ("count", "last", "now"),
    [(-1, 0.0, 1.0), (1, -0.5, 1.0), (1, float("inf"), 1.0), (1, 0.0, float("inf")), (1, 0.0, float("nan"))],
)
def test_a_history_that_cannot_be_is_refused(count: int, last: float, now: float) -> None:
    with pytest.raises(ValueError, match="allowed are 0 or more repeats"):
        alive(CDNOW, count, last, now)
