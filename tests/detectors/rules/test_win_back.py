"""A customer who was lost buys again: a life, near misses, the second purchase, and what becomes known late."""

from __future__ import annotations

from typing import Any, Final

import pytest

from detectors.core import Core
from detectors.normal import Normal
from detectors.rules.silent_stop import SilentStop
from detectors.rules.win_back import WinBack
from detectors.stakeholder import Stakeholder
from detectors.windows import DAY_MS
from tests.detectors.lives import Record, Run, Version, at, core, event, life, run
from tests.detectors.rules.test_silent_stop import DUE, LOST_AT, WEEKLY

BACK: Final = "day 150  10:00  purchase_made  shop  from=purchases"
BACK_AT: Final = at(150, "10:00")


def lived(table: str, *, until: int | None = None, lost_below: float = 0.1, **knobs: Any) -> Run:
    """The life under the two rules, with a fixed calibration as in the tests of `silent_stop`."""
    rules = Core([SilentStop(calibration=4.0, lost_below=lost_below), WinBack(**knobs)])
    return run(rules, life(table), until=until)


def back(made: Run) -> list[Version]:
    return [each for each in made.versions if each.rule == "win_back"]


def statuses(made: Run, rule: str = "win_back") -> list[str]:
    return [each.status for each in made.versions if each.rule == rule]


def bought(moment: int, offset: int = 90) -> list[Record]:
    return [event(offset, moment, "purchase_made", channel="shop", source="purchases")]


def test_who_was_lost_and_buys_again_is_good_news_told_before_the_stop_ends() -> None:
    made = lived(f"{WEEKLY}\n{BACK}")
    *_, won, stopped = made.versions
    assert (won.rule, won.status, won.severity, won.started_at) == ("win_back", "open", "info", BACK_AT)
    assert (won.value, won.baseline, won.threshold) == (122.0, 7.0, 102.8)
    assert (won.shift, won.evidence) == (("lost", "regular_joe"), (0, 1, 2, 3, 4, 5))
    assert won.summary == "Bought again after 122 days of silence, having been taken for lost."
    assert (stopped.rule, stopped.status, stopped.shift) == ("silent_stop", "resolved", None)
    ann = made.partition.people[b"ann"]
    assert (ann.type, ann.since, ann.scores) == ("regular_joe", BACK_AT, None)


@pytest.mark.parametrize("moment", [at(40), DUE + DAY_MS, LOST_AT])
def test_who_buys_before_they_are_lost_was_not_won_back(moment: int) -> None:
    made = lived(WEEKLY)
    made.apply(bought(moment))
    made.pass_all(moment + DAY_MS)
    assert back(made) == []


def test_a_purchase_right_after_they_were_lost_wins_them_back() -> None:
    made = lived(WEEKLY)
    made.apply(bought(LOST_AT + 1))
    assert statuses(made) == ["open"]


def test_without_the_alert_of_silence_nobody_is_lost() -> None:
    rules = core("win_back", others={"silent_stop": {"enabled": False}})
    made = run(rules, life(f"{WEEKLY}\n{BACK}"), until=at(300))
    assert made.versions == []


def test_who_is_something_else_by_then_is_won_back_all_the_same() -> None:
    angry = "\n".join(f"day {124 + n}  10:00  ticket_opened  mail  complaint  from=purchases" for n in range(5))
    rules = core("win_back", beside=["silent_stop", "repeat_complaint"])
    made = run(rules, life(f"{WEEKLY}\n{angry}\nday 132  10:00  purchase_made  shop  from=purchases"))
    assert made.partition.people[b"ann"].type == "mad_bro"
    assert [(each.status, each.shift) for each in back(made)] == [("open", None)]


def test_of_a_journalist_it_is_the_customer_who_is_won_back() -> None:
    rules = core("win_back", beside=["silent_stop", "press_deadline"])
    made = run(rules, life(f"day 0  09:00  enquiry_made  mail  in  as=journalist\n{WEEKLY}\n{BACK}"))
    assert [each.shift for each in back(made)] == [("lost", "regular_joe")]
    ann = made.partition.people[b"ann"]
    assert [ann.party, *(role.party for role in ann.roles or ())] == ["journalist", "customer"]


# How it ends


def test_the_second_purchase_ends_it_and_a_part_of_the_first_does_not() -> None:
    made = lived(f"{WEEKLY}\n{BACK}")
    made.apply(bought(BACK_AT + DAY_MS // 2))
    made.apply(bought(BACK_AT - DAY_MS // 2, 91))
    assert statuses(made) == ["open"]
    made.apply(bought(BACK_AT + DAY_MS // 2 + 1, 92))
    ended = back(made)[-1]
    assert (ended.status, ended.summary, ended.shift) == ("resolved", "Bought a second time since.", None)
    assert ended.evidence[-1] == 92


def test_without_a_second_one_it_ends_after_60_days() -> None:
    made = lived(f"{WEEKLY}\n{BACK}", until=BACK_AT + 60 * DAY_MS)
    assert statuses(made) == ["open"]
    made.pass_all(BACK_AT + 60 * DAY_MS + 1)
    ended = back(made)[-1]
    assert (ended.status, ended.detected_at) == ("resolved", BACK_AT + 60 * DAY_MS)
    assert ended.summary == "No second purchase within 60 days."
    made.apply(bought(BACK_AT + 61 * DAY_MS))
    assert len(back(made)) == 2


def test_who_is_lost_and_won_again_is_two_alerts() -> None:
    weekly = "\n".join(f"day {150 + 7 * n}  10:00  purchase_made  shop  from=purchases" for n in range(5))
    made = lived(f"{WEEKLY}\n{weekly}\nday 420  10:00  purchase_made  shop  from=purchases")
    assert [(each.status, each.version, each.started_at) for each in back(made)] == [
        ("open", 1, BACK_AT),
        ("resolved", 2, BACK_AT),
        ("open", 1, at(420, "10:00")),
    ]


def test_who_is_won_again_while_the_second_purchase_is_waited_for_updates_the_alert() -> None:
    made = lived(f"{WEEKLY}\n{BACK}\nday 480  10:00  purchase_made  shop  from=purchases", watch_days=365)
    assert [(each.status, each.started_at, each.value) for each in back(made)] == [
        ("open", BACK_AT, 122.0),
        ("updated", BACK_AT, 330.0),
    ]


# What becomes known late


@pytest.mark.parametrize(("moment", "stop"), [(DUE, "retracted"), (DUE + 1, "resolved"), (LOST_AT, "resolved")])
@pytest.mark.parametrize("later", ["", "day 160  10:00  purchase_made  shop  from=purchases"])
def test_who_turns_out_to_have_bought_before_they_were_lost_was_not_won_back(
    moment: int, stop: str, later: str
) -> None:
    made = lived(f"{WEEKLY}\n{BACK}\n{later}")
    before = statuses(made)
    made.apply(bought(moment))
    made.apply(bought(moment + 1, 91))
    assert statuses(made) == [*before, "retracted"]
    assert back(made)[-1].summary == "Was not lost after all: a purchase before that only became known later."
    assert 90 in back(made)[-1].evidence
    assert statuses(made, "silent_stop")[-1] == stop
    assert made.partition.people[b"ann"].type == "regular_joe"


def test_a_late_purchase_after_they_were_lost_is_the_second_one() -> None:
    made = lived(f"{WEEKLY}\n{BACK}")
    made.apply(bought(LOST_AT + 1))
    assert statuses(made) == ["open", "resolved"]


def test_a_late_purchase_before_the_silence_changes_nothing() -> None:
    made = lived(f"{WEEKLY}\n{BACK}")
    made.apply(bought(at(25)))
    made.apply(bought(at(28, "21:00"), 91))
    assert statuses(made) == ["open"]


@pytest.mark.parametrize(("moment", "status"), [(DUE, "retracted"), (DUE + 1, "resolved")])
def test_of_somebody_lost_at_once_the_one_deadline_decides(moment: int, status: str) -> None:
    made = lived(f"{WEEKLY}\n{BACK}", lost_below=0.5)
    made.apply(bought(moment))
    assert statuses(made) == ["open", status]


def test_an_alert_about_an_earlier_silence_is_not_withdrawn_for_a_later_one() -> None:
    made = lived(f"{WEEKLY}\n{BACK}", until=at(400))
    assert statuses(made, "silent_stop") == ["open", "updated", "resolved", "open", "updated"]
    made.apply(bought(at(160)))
    assert statuses(made) == ["open", "resolved"]


# What nobody can tell


def test_without_a_rhythm_nobody_can_be_lost() -> None:
    rules = core("win_back")
    who, normal = Stakeholder(0, 0), Normal(rules.catalogue, rules.knobs)
    assert WinBack().unclear(who, normal) == "no purchase is known"
    assert WinBack().overdue(who, 0, normal) is None
    made = run(rules, life(BACK))
    assert WinBack().unclear(made.partition.people[b"ann"], made.partition.normal) == "1 purchase so far: no rhythm yet"
    made = run(rules, life(WEEKLY))
    assert WinBack().unclear(made.partition.people[b"ann"], made.partition.normal) is None
