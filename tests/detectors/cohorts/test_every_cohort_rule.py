"""What every rule of cohorts promises, asked of every one that is found."""

from __future__ import annotations

import dataclasses
import json
import random
from typing import TYPE_CHECKING, Any, Final

import pytest

from detectors.cohorts import CohortFinding, CohortRule, discover
from detectors.counts import Count, Tallied
from detectors.finding import OPEN, RESOLVED
from detectors.playbooks import PLAYBOOKS
from detectors.windows import DAY_MS, HOUR_MS
from tests.detectors.tallies import a_contact, a_lurk, a_mention, a_trial, an_alert, sort_of, time_of

if TYPE_CHECKING:
    from collections.abc import Callable

RULES: Final = sorted(discover().items())
START: Final = 19_670 * DAY_MS
CHANGED: Final = 40
DAYS: Final = 90
every_rule = pytest.mark.parametrize("made", [made for _, made in RULES], ids=[name for name, _ in RULES])


def trial(rule: str) -> Callable[[random.Random, int, bool], Tallied]:
    def of(draw: random.Random, at: int, worse: bool) -> Tallied:
        segment = {"device": draw.choice(["mobile", "desktop"])}
        failed = draw.random() < (0.8 if worse and segment["device"] == "mobile" else 0.2)
        return a_trial("key", rule, at, "payment", failed, segment, "s", 0, 0)

    return of


MAKERS: Final[dict[str, Callable[[random.Random, int, bool], Count]]] = {
    "funnel_drop": trial("funnel_drop"),
    "exit_rate": trial("exit_rate"),
    "mention_spike": lambda draw, at, worse: a_mention("key", at, draw.choice(["negative", "unknown"]), "s", 0, 0),
    "complaint_wave": lambda draw, at, worse: a_contact("key", at, draw.random() < (0.7 if worse else 0.1), "s", 0, 0),
    "lurking_traffic": lambda draw, at, worse: a_lurk("key", at, "s", 0, 0),
    "many_at_once": lambda draw, at, worse: an_alert("key", at, f"c-{draw.randrange(10**9)}", "s", 0, 0),
}
BUSIER: Final = {"mention_spike": 60, "lurking_traffic": 6, "many_at_once": 10}
"""Where it is the number that tells: how many times as many come while things are worse."""


def counts(name: str) -> list[Count]:
    """Ten an hour or so for forty days; three days of trouble; as before."""
    draw = random.Random(6)
    made: list[Count] = []
    for hour in range(DAYS * 24):
        worse = CHANGED <= hour // 24 < CHANGED + 3
        for _ in range(draw.randrange(3) * (BUSIER.get(name, 1) if worse else 1)):
            at = START + hour * HOUR_MS + draw.randrange(HOUR_MS)
            made.append(MAKERS[name](draw, at, worse))
    return sorted(made, key=time_of)


def fed(rule: CohortRule, told: list[Count], *, cut: int = -1, state: Any = None) -> tuple[list[CohortFinding], Any]:
    """Take counts as the partition does, with a restart before number ``cut``."""
    series = rule.new_series("key") if state is None else state
    found: list[CohortFinding] = []
    for number, count in enumerate(told):
        if number == cut:
            series = rule.load_series("key", json.loads(json.dumps(series.to_tuple())))
        at = time_of(count) // rule.grain_ms * rule.grain_ms
        while (finding := rule.advance(series, at)) is not None:
            found.append(finding)
        found += rule.take(series, at, sort_of(rule, count), 1)
    return found, series


def facts(finding: CohortFinding) -> tuple[Any, ...]:
    measured = tuple(getattr(finding.measured, name) for name in finding.measured.__slots__)
    return (*(getattr(finding, name) for name in finding.__slots__ if name != "measured"), *measured)


def test_there_are_rules() -> None:
    assert set(MAKERS) == {name for name, _ in RULES}


@every_rule
def test_it_works_with_its_defaults_and_has_a_playbook(made: type[CohortRule]) -> None:
    rule = made()
    assert rule.enabled
    assert rule.grain_ms > 0
    assert rule.tick_ms % rule.grain_ms == 0
    assert PLAYBOOKS[rule.name].do


@every_rule
def test_knobs_are_frozen_and_all_checked(made: type[CohortRule]) -> None:
    rule: Any = made()
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule.enabled = False
    limits = rule.LIMITS
    numbers = {field.name for field in dataclasses.fields(rule) if not isinstance(getattr(rule, field.name), bool)}
    assert set(limits) == numbers
    for name, (low, _) in limits.items():
        with pytest.raises(ValueError, match=name):
            type(rule)(**{name: low - 1})


@every_rule
def test_trouble_is_told_of_with_all_that_an_alert_needs(made: type[CohortRule]) -> None:
    rule = made()
    found, _ = fed(rule, counts(rule.name))
    trouble = [finding for finding in found if finding.status == OPEN]
    assert trouble
    for finding in trouble:
        assert (finding.rule, finding.key) == (rule.name, "key")
        assert START + CHANGED * DAY_MS <= finding.detected_at <= START + (CHANGED + 4) * DAY_MS
        assert finding.started_at < finding.detected_at
        assert finding.severity in {"warning", "critical"}
        assert "key" in finding.where.values()
        assert finding.size > 0
        assert finding.measured.value >= finding.measured.threshold >= finding.measured.baseline
        assert finding.summary.endswith(".")
        assert "  " not in finding.summary


@every_rule
def test_it_ends(made: type[CohortRule]) -> None:
    rule = made()
    found, _ = fed(rule, counts(rule.name))
    last = found[-1]
    if last.status != RESOLVED:
        assert rule.over(last, last.detected_at) is None
        over = rule.over(last, last.detected_at + 2 * DAY_MS)
        assert over is not None
        last = over
    assert (last.status, last.severity, last.started_at) == (RESOLVED, "info", found[0].started_at)
    assert last.summary != found[0].summary
    assert last.detected_at > found[0].detected_at


@every_rule
def test_a_replay_says_the_same_and_so_does_a_restart_between_any_two_counts(made: type[CohortRule]) -> None:
    rule = made()
    told = counts(rule.name)
    found, state = fed(rule, told)
    whole = [facts(finding) for finding in found]
    first = next(number for number, count in enumerate(told) if time_of(count) >= START + CHANGED * DAY_MS)
    for cut in (1, first, first + 7, first + len(told) // 40, len(told) - 1):
        again, same = fed(rule, told, cut=cut)
        assert [facts(finding) for finding in again] == whole
        assert same.to_tuple() == state.to_tuple()


@every_rule
def test_its_state_does_not_grow_with_time(made: type[CohortRule]) -> None:
    rule = made()
    told = counts(rule.name)
    _, early = fed(rule, told[: len(told) // 3])
    _, late = fed(rule, told)
    assert len(json.dumps(late.to_tuple())) < 1.5 * len(json.dumps(early.to_tuple()))


@every_rule
def test_half_a_year_of_silence_is_no_trouble(made: type[CohortRule]) -> None:
    rule = made()
    quiet = [count for count in counts(rule.name) if time_of(count) < START + CHANGED * DAY_MS]
    _, series = fed(rule, quiet)
    assert rule.advance(series, START + 222 * DAY_MS) is None


@pytest.mark.parametrize("number", [2, 5])
@every_rule
def test_so_many_equal_counts_are_that_many_single_ones(made: type[CohortRule], number: int) -> None:
    rule = made()
    told = counts(rule.name)[:200]
    _, one = fed(rule, told)
    _, all_at_once = fed(rule, told)
    count = told[-1]
    at = time_of(count) // rule.grain_ms * rule.grain_ms
    single = [finding for _ in range(number) for finding in rule.take(one, at, sort_of(rule, count), 1)]
    at_once = rule.take(all_at_once, at, sort_of(rule, count), number)
    assert [facts(finding) for finding in at_once] == [facts(finding) for finding in single]
    assert all_at_once.to_tuple() == one.to_tuple()
