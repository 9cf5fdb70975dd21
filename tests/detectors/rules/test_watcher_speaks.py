"""Somebody who watched in silence says their first word: a life, near misses, tone, lateness, and the end."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.rules.watcher_speaks import WatcherSpeaks
from tests.detectors.lives import Run, at, core, life, run

WATCHED = """
    day 1   10:00  page_viewed  site      as=investor  page=/investors
    day 10  10:00  followed     linkedin  as=investor
    day 20  10:00  page_viewed  site      as=investor  page=/careers
"""
ASKED = 'day 35  10:00  enquiry_made  mail  in  as=investor  "may we see the figures?"'


def speak(table: str, *, until: int | None = None, **knobs: Any) -> list[Any]:
    """What the rule says; the one that it rests on speaks as well."""
    made: Run = run(core("watcher_speaks", **knobs), life(table), until=until)
    return [each for each in made.versions if each.rule == "watcher_speaks"]


def test_the_first_word_of_a_silent_watcher_is_told_though_it_ends_the_watching() -> None:
    made = run(core("watcher_speaks"), life(WATCHED + ASKED))
    assert [(each.rule, each.status) for each in made.versions] == [
        ("silent_watcher", "open"),
        ("watcher_speaks", "open"),
        ("silent_watcher", "resolved"),
    ]
    opened = made.versions[1]
    assert (opened.severity, opened.started_at, opened.value, opened.evidence) == ("info", at(35, "10:00"), 1, (3,))
    assert opened.summary == "First word, by e-mail, after watching us in silence for 34 days."
    assert opened.shift is None  # it may become a marriage, a cheap date, or nothing
    assert made.versions[2].shift == ("silent_type", "prospect")


def test_a_public_word_counts_and_leaves_them_watching() -> None:
    (opened,) = speak(WATCHED + "day 21  09:00  mention_made  twitter  as=investor  tone=0.7")
    assert opened.summary == "First word, on Twitter, after watching us in silence for 19 days."
    assert opened.severity == "info"


def test_a_displeased_first_word_is_a_warning() -> None:
    (opened,) = speak(WATCHED + "day 21  09:00  mention_made  twitter  as=investor  tone=-0.7")
    assert opened.severity == "warning"
    assert opened.summary.endswith("for 19 days, and it is a displeased one.")


@pytest.mark.parametrize(
    "table",
    [
        WATCHED.replace("page=/careers", "page=/") + ASKED,  # nobody watches
        (WATCHED + ASKED).replace("as=investor", "as=customer"),
        WATCHED + ASKED.replace("  in  ", "  out  "),
        "day 2  10:00  mention_made  twitter  as=investor\n" + WATCHED + ASKED,  # had spoken before
        WATCHED + "day 110  10:00  page_viewed  site  as=investor\nday 111  10:00  enquiry_made  mail  as=investor",
    ],
)
def test_no_watcher_an_answer_of_ours_a_word_before_or_one_when_it_came_to_nothing_is_none(table: str) -> None:
    assert speak(table, until=at(900)) == []


def test_a_word_90_days_before_is_forgotten() -> None:
    before = "day {}  10:00  mention_made  twitter  as=investor\n"
    assert len(speak(before.format(0) + WATCHED + ASKED.replace("day 35", "day 90"))) == 1
    assert speak(before.format(0) + WATCHED + ASKED.replace("day 35", "day 89")) == []


def test_further_words_are_no_news_and_14_days_without_one_end_it() -> None:
    more = "\nday 40  10:00  call_made  phone  in  as=investor\nday 70  10:00  call_made  phone  in  as=investor"
    opened, ended = speak(WATCHED + ASKED + more, until=at(900))
    assert (opened.status, ended.status, ended.detected_at) == ("open", "resolved", at(54, "10:00"))
    assert (ended.summary, ended.evidence) == ("No further word for 14 days.", (3, 4))


def test_a_word_from_before_that_becomes_known_later_retracts_it() -> None:
    late = "day 15  10:00  mention_made  twitter  as=investor\n"
    _, retracted = speak(f"{WATCHED}{ASKED}\n{late}{late}", until=at(900))
    assert (retracted.status, retracted.summary) == (
        "retracted",
        "Had spoken before: it only became known later.",
    )
    assert [each.status for each in speak(f"{WATCHED}{ASKED}\n{late.replace('day 15', 'day -60')}")] == ["open"]


def test_an_earlier_first_word_that_becomes_known_later_takes_its_place() -> None:
    late = "day 30  10:00  mention_made  twitter  as=investor"
    _, updated = speak(f"{WATCHED}{ASKED}\n{late}")
    assert (updated.status, updated.started_at, updated.evidence) == ("updated", at(35, "10:00"), (4, 3))
    assert updated.summary == "First word, on Twitter, after watching us in silence for 29 days."
    ended = f"{WATCHED}{ASKED}\nday 60  10:00  page_viewed  site  as=investor\n{late}"
    assert [each.status for each in speak(ended)] == ["open", "resolved"]


def test_somebody_who_speaks_every_month_is_told_of_once() -> None:
    words = "\n".join(f"day {day}  10:00  mention_made  twitter  as=investor" for day in range(30, 365, 30))
    visits = [line for line in WATCHED.splitlines() if line.strip()]
    assert [each.status for each in speak("\n".join([*visits, words]), until=at(900))] == ["open", "resolved"]


@pytest.mark.parametrize(("knob", "bad"), [("silent_days", 0), ("calm_days", 91)])
def test_knobs_have_bounds(knob: str, bad: float) -> None:
    with pytest.raises(ValueError, match=rf"^{knob} is {bad}; allowed: 1 to \d+$"):
        WatcherSpeaks(**{knob: bad})
