import pytest

from sinks.alert import Alert, Cohort, Contact, Evidence, Measured, Playbook
from sinks.stamps import time_text
from streams.demo.casting import Planted
from streams.demo.verdict import Score, delay_ms, paired, quantile, scores, waits
from tests.streams.demo.direct import START

HOUR = 3_600_000


def alert(
    rule: str = "exit_spike",
    who: str | None = "c-1",
    at: int = HOUR,
    *,
    version: int = 1,
    seen: int | None = None,
    where: dict[str, str] | None = None,
) -> Alert:
    evidence = [] if seen is None else [Evidence("i", "funnel_exited", "site", time_text(START + seen), "t", 0, 0)]
    return Alert(
        alert_id=f"{rule}-{who}-{at}",
        version=version,
        status="open",
        severity="warning",
        rule=rule,
        stakeholder=who,
        party="customer",
        shift=None,
        started_at=time_text(START),
        detected_at=time_text(START + at),
        summary="",
        measured=Measured("exits", 3, None, 3, "exits"),
        evidence=evidence,
        evidence_total=len(evidence),
        playbook=Playbook("support", "team", [], []),
        contact=Contact(allowed=False),
        cohort=None if where is None else Cohort("visits", where, 9),
        rules_version="",
    )


def planted(rule: str = "exit_spike", who: str | None = "c-1", at: int = 0) -> Planted:
    return Planted(rule, who, START + at)


def test_an_alert_after_the_shift_of_its_rule_and_person_tells_it() -> None:
    assert scores([planted()], [alert()]) == [Score("exit_spike", 1, 0, 0)]


@pytest.mark.parametrize(
    "other",
    [alert(rule="silent_stop"), alert(who="c-2"), alert(who=None)],
    ids=["another rule", "another person", "no person"],
)
def test_an_alert_about_anything_else_is_raised_besides(other: Alert) -> None:
    every = {score.rule: score for score in scores([planted()], [other])}
    assert every["exit_spike"].missed == 1
    assert every[other.rule].besides == 1


def test_an_alert_before_the_shift_began_does_not_tell_it() -> None:
    assert scores([planted(at=HOUR + 1)], [alert(at=HOUR)]) == [Score("exit_spike", 0, 1, 1)]


STEP = {"funnel": "checkout", "step": "payment"}


@pytest.mark.parametrize(
    ("named", "is_told"),
    [
        ({**STEP, "device": "tablet"}, True),
        (STEP, True),
        ({**STEP, "device": "mobile"}, False),
        ({"funnel": "checkout", "step": "cart"}, False),
        ({**STEP, "country": "US"}, True),
        ({"step": "payment"}, False),
        (None, False),
    ],
)
def test_the_shift_of_a_cohort_is_told_by_an_alert_that_names_no_other(
    named: dict[str, str] | None, is_told: bool
) -> None:
    shift = Planted("funnel_drop", None, START, {**STEP, "device": "tablet"})
    [score] = scores([shift], [alert("funnel_drop", None, where=named)])
    assert (score.found, score.missed, score.besides) == ((1, 0, 0) if is_told else (0, 1, 1))


def test_an_alert_about_a_cohort_tells_no_shift_of_nobody() -> None:
    shift = Planted("dead_feed", None, START)
    assert scores([shift], [alert("dead_feed", None, where={"page": "/"})]) == [Score("dead_feed", 0, 1, 1)]


def test_the_delay_runs_from_the_beginning_of_the_shift() -> None:
    [(told, shift)] = paired([planted(at=HOUR)], [alert(at=3 * HOUR)])
    assert shift is not None
    assert delay_ms(told, shift) == 2 * HOUR


def test_a_shift_is_told_once() -> None:
    assert scores([planted()], [alert(at=HOUR), alert(at=2 * HOUR)]) == [Score("exit_spike", 1, 0, 1)]


def test_later_versions_of_an_alert_count_for_nothing() -> None:
    assert scores([planted()], [alert(), alert(version=2)]) == [Score("exit_spike", 1, 0, 0)]


def test_precision_and_recall_are_shares_of_alerts_and_of_shifts() -> None:
    score = Score("silent_stop", found=3, missed=1, besides=2)
    assert (score.precision, score.recall) == (0.6, 0.75)
    assert Score("silent_stop", 0, 0, 1).recall is None
    assert Score("silent_stop", 0, 1, 0).precision is None


def test_the_wait_of_an_alert_is_counted_from_the_arrival_of_the_event_that_raised_it() -> None:
    assert waits([(alert(at=HOUR, seen=HOUR), 5_040)], {START + HOUR: 5_000}) == [40]


@pytest.mark.parametrize(
    "other",
    [alert(at=HOUR, seen=HOUR - 1), alert(at=HOUR), alert(at=HOUR, seen=HOUR, version=2)],
    ids=["raised by silence", "without evidence", "a later version"],
)
def test_alerts_that_no_event_raised_have_no_wait(other: Alert) -> None:
    assert waits([(other, 5_040)], {START + HOUR: 5_000, START + HOUR - 1: 5_000}) == []


def test_quantiles_are_values_that_occurred() -> None:
    assert [quantile(range(1, 101), share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]
    assert quantile([], 0.5) is None
    assert quantile([7], 0.99) == 7
