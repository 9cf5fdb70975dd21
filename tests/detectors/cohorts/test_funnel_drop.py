"""The rule funnel_drop: from attempts to a sentence that a support person understands."""

from __future__ import annotations

import random
from typing import Final

import pytest

from detectors.cohorts import CohortFinding
from detectors.cohorts.funnel_drop import FunnelDrop
from detectors.drops import Drop
from detectors.windows import DAY_MS, HOUR_MS

START: Final = 1_709_251_200_000  # 1 March 2024
RULE: Final = FunnelDrop()
CHANGED: Final = 63  # 3 May


def told(rate: float, *, of: str | None = "mobile", days: int = CHANGED + 20, seed: int = 2) -> list[CohortFinding]:
    """Eight attempts a day, of which a fifth is left until others than usual leave."""
    draw, series = random.Random(seed), RULE.new_series("checkout")
    found: list[CohortFinding] = []
    for number in range(days * 8):
        at = START + number * 3 * HOUR_MS
        device = draw.choice(["mobile", "desktop"])
        worse = number >= CHANGED * 8 and of in (None, device)
        failed = draw.random() < (rate if worse else 0.2)
        while (finding := RULE.advance(series, at)) is not None:
            found.append(finding)
        finding = RULE.observe(series, at, "payment", failed=failed, segment={"device": device})
        found += [] if finding is None else [finding]
    return found


def test_a_rise_is_told_with_its_segment_numbers_and_who_is_unchanged() -> None:
    finding = told(0.64)[-1]
    assert finding.where == {"funnel": "checkout", "step": "payment", "device": "mobile"}
    assert (finding.what, finding.part, finding.severity) == ("funnel step", "payment", "warning")
    assert finding.summary == (
        "Three times as many leave at payment on mobile as usual: 15 of 21 attempts since 4 May"
        " instead of about 4; desktop is unchanged."
    )
    measured = finding.measured
    assert (measured.name, measured.unit) == ("share that leaves", "of attempts")
    assert (measured.value, finding.size) == (round(15 / 21, 3), 21)
    assert 0.15 < measured.baseline < measured.threshold < 0.35


def test_what_concerns_everybody_is_critical_and_names_no_segment() -> None:
    finding = told(0.6, of=None)[0]
    assert finding.where == {"funnel": "checkout", "step": "payment"}
    assert finding.severity == "critical"
    assert "leave at payment as usual" in finding.summary
    assert "unchanged" not in finding.summary


def test_whether_everybody_is_critical_can_be_set() -> None:
    drop = _drop(where={}, failures=12, trials=30)
    finding = FunnelDrop(critical_everybody=False)._finding("checkout", drop)
    assert finding is not None
    assert finding.severity == "warning"


def test_a_very_large_rise_in_a_segment_is_critical() -> None:
    assert told(1.0)[-1].severity == "critical"


def _drop(*, where: dict[str, str], failures: int, trials: int, why: str = "", unchanged: tuple[str, ...] = ()) -> Drop:
    drop = Drop("payment", status="resolved" if why else "open", why=why, at=START + DAY_MS, started_at=START)
    drop.where, drop.failures, drop.trials, drop.unchanged = where, failures, trials, list(unchanged)
    drop.usual, drop.limit = 0.2, 0.28
    return drop


@pytest.mark.parametrize(
    ("drop", "summary"),
    [
        (
            _drop(where={"device": "mobile"}, failures=6, trials=20),
            "More leave at payment on mobile than usual: 6 of 20 attempts since 1 March instead of about 4.",
        ),
        (
            _drop(where={"country": "DE", "device": "other"}, failures=19, trials=20, unchanged=("AT", "mobile")),
            "Five times as many leave at payment in DE with any other device as usual: 19 of 20 attempts since 1 March"
            " instead of about 4; AT and mobile are unchanged.",
        ),
        (
            _drop(where={"payment_method": "card"}, failures=2, trials=2, unchanged=("a", "b", "c", "d")),
            "Five times as many leave at payment with payment method card as usual: 2 of 2 attempts since 1 March"
            " instead of hardly any; a, b and c are unchanged.",
        ),
        (
            _drop(where={"device": "mobile"}, failures=6, trials=20, why="recovered"),
            "About as few as usual leave at payment on mobile again.",
        ),
        (
            _drop(where={}, failures=60, trials=2000, why="new_normal"),
            "So many have left at payment for 28 days that this counts as usual from now on: 60 of 2,000 attempts"
            " since 1 March.",
        ),
        (
            _drop(where={"app_version": "5.1", "os": "ios"}, failures=6, trials=20, why="quiet"),
            "There were no attempts at payment with version 5.1 on ios for 28 days; the alert ends without knowing how"
            " it went on.",
        ),
    ],
)
def test_each_of_its_sentences(drop: Drop, summary: str) -> None:
    finding = RULE._finding("checkout", drop)
    assert finding is not None
    assert finding.summary == summary


def test_a_factor_beyond_words_is_a_number() -> None:
    drop = _drop(where={}, failures=19, trials=20)
    drop.usual = 0.05
    finding = RULE._finding("checkout", drop)
    assert finding is not None
    assert finding.summary.startswith("19 times as many leave at payment as usual")


def test_a_segment_cannot_hide_step_and_funnel() -> None:
    finding = RULE._finding("checkout", _drop(where={"step": "x", "device": "m"}, failures=9, trials=20))
    assert finding is not None
    assert finding.where == {"funnel": "checkout", "step": "payment", "device": "m"}
