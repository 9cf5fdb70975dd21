"""The simulated company through mappers and core without a broker: what is planted is found, and little besides."""

from functools import cache

import pytest

from detectors import cohorts
from detectors.interaction import KIND_CODES, Kind
from detectors.rules import discover
from streams.demo.casting import Part, cast
from streams.demo.settings import EXIT_SHARE
from streams.demo.verdict import Score, scores
from tests.streams.demo.direct import START, Direct, live

pytestmark = pytest.mark.no_cover  # months of events, few paths: the demo's own processes measure them

SEEDS = (1, 2, 3, 4)
PEOPLE = 100


@cache
def lived(seed: int) -> Direct:
    return live(cast(seed=seed, people=PEOPLE, start=START))


@cache
def scored(seed: int) -> dict[str, Score]:
    company = cast(seed=seed, people=PEOPLE, start=START)
    return {score.rule: score for score in scores(company.planted, lived(seed).alerts)}


@pytest.mark.parametrize("rule", sorted({*discover(), *cohorts.discover(), "dead_feed"}))
def test_every_rule_is_planted_and_nine_of_ten_of_its_shifts_are_found(rule: str) -> None:
    found = sum(scored(seed)[rule].found for seed in SEEDS)
    missed = sum(scored(seed)[rule].missed for seed in SEEDS)
    assert found + missed >= len(SEEDS)
    assert found >= 0.9 * (found + missed)


def test_little_is_raised_besides() -> None:
    every = [score for seed in SEEDS for score in scored(seed).values()]
    assert sum(score.besides for score in every) <= 0.05 * sum(score.found for score in every)


@pytest.mark.parametrize("seed", SEEDS)
def test_near_misses_raise_nothing_of_the_kind_they_nearly_are(seed: int) -> None:
    nearly = {
        "third_channel": {Part.TWO_CHANNELS, Part.SLOW_COMPLAINER},
        "silent_stop": {Part.SLOW_BUYER, Part.PASSER_BY},
        "exit_spike": {Part.LOUD_LEAVER},
        "repeat_complaint": {Part.THIRD_CHANNEL, Part.TWO_CHANNELS, Part.SLOW_COMPLAINER},
        "resolved_but_back": {Part.THIRD_CHANNEL, Part.TWO_CHANNELS, Part.REPEAT_COMPLAINT},
    }
    roles = cast(seed=seed, people=PEOPLE, start=START).roles
    for rule, parts in nearly.items():
        names = {role.person.stakeholder for role in roles if role.part in parts}
        assert names
        assert not [alert for alert in lived(seed).alerts if alert.rule == rule and alert.stakeholder in names]


def test_buyers_back_from_their_holiday_in_time_are_hardly_ever_told() -> None:
    told = people = 0
    for seed in SEEDS:
        roles = cast(seed=seed, people=PEOPLE, start=START).roles
        names = {role.person.stakeholder for role in roles if role.part is Part.ON_HOLIDAY}
        people += len(names)
        told += len({a.stakeholder for a in lived(seed).alerts if a.rule == "silent_stop" and a.stakeholder in names})
    assert told <= 0.2 * people


@pytest.mark.parametrize("seed", SEEDS)
def test_a_failed_feed_is_no_wave_of_complaints(seed: int) -> None:
    waves = [alert for alert in lived(seed).alerts if alert.rule == "complaint_wave" and alert.version == 1]
    assert [alert.cohort.where for alert in waves if alert.cohort is not None] == [{"topic": "sweater"}]


def test_the_broken_payment_is_named_after_the_device_in_the_end() -> None:
    for seed in SEEDS:
        named = [a.cohort.where for a in lived(seed).alerts if a.rule == "funnel_drop" and a.cohort is not None]
        assert {"funnel": "checkout", "step": "payment", "device": "tablet"} in named


def test_the_dead_feed_lives_again() -> None:
    feed = [alert for alert in lived(SEEDS[0]).alerts if alert.rule == "dead_feed"]
    assert [alert.status for alert in feed] == ["open", "resolved"]


def test_shares_of_left_purchases_are_what_the_roles_are_told() -> None:
    exits = sum(lived(seed).kinds[KIND_CODES[Kind.FUNNEL_EXITED]] for seed in SEEDS)
    ends = exits + sum(lived(seed).kinds[KIND_CODES[Kind.FUNNEL_COMPLETED]] for seed in SEEDS)
    assert exits / ends == pytest.approx(EXIT_SHARE, abs=0.04)
