"""A journalist turns critic, or friend: lives, near misses, what is only evidence, the end, and late pieces."""

from __future__ import annotations

from typing import Any, Final

import pytest

from detectors.playbooks import PLAYBOOKS
from detectors.rules.press_turned import FAIR_PIECES, PressTurned
from tests.detectors.lives import Run, at, core, life, run

BAD: Final = 'article_published  press  as=journalist  tone=-0.6  "they sell old sails as coats"'
POST: Final = "post_published     twitter  as=journalist  tone=-0.06"
FAIR: Final = "article_published  blog  as=journalist  tone=-0.05"
GOOD: Final = "comment_written    linkedin  as=journalist  tone=0.8"
UNTOLD: Final = "article_published  press  as=journalist"
CRITIC: Final = f"day 1  10:00  {BAD}\nday 100  10:00  {POST}\n"
FRIEND: Final = f"day 1  10:00  {FAIR}\nday 100  10:00  {GOOD}\n"


def turned(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("press_turned", **knobs), life(table), until=until)


def said(made: Run) -> list[tuple[str, str, tuple[str, str] | None]]:
    return [(each.status, each.severity, each.shift) for each in made.versions]


def kind(made: Run) -> str:
    return made.partition.people[b"ann"].type


OPENED: Final = ("open", "warning", ("watcher", "critic"))


def test_two_negative_pieces_within_180_days_make_a_critic() -> None:
    made = turned(CRITIC)
    (opened,) = made.versions
    assert said(made) == [OPENED]
    assert (opened.started_at, opened.detected_at) == (at(1, "10:00"), at(100, "10:00"))
    assert (opened.value, opened.baseline, opened.threshold, opened.evidence) == (2, None, 2, (0, 1))
    assert opened.summary == "Published 2 negative pieces within 180 days, the last on Twitter."
    assert PLAYBOOKS["critic"].audience == PLAYBOOKS["friend"].audience == "private"


@pytest.mark.parametrize(
    "table",
    [
        f"day 1  10:00  {BAD}\nday 2  10:00  {GOOD}",
        f"day 1  10:00  {BAD}\nday 2  10:00  {UNTOLD}",
        f"day 1  10:00  {BAD}\nday 2  10:00  {FAIR}\nday 3  10:00  {FAIR}",
        CRITIC.replace("day 100  10:00", "day 181  10:00"),
        CRITIC.replace("-0.06", "-0.05"),
        CRITIC.replace("as=journalist  tone=-0.06", "as=journalist  tone=-0.06  out"),
        CRITIC.replace("journalist", "customer"),
        CRITIC.replace("article_published", "enquiry_made"),
    ],
)
def test_one_negative_piece_of_two_is_no_critic(table: str) -> None:
    made = turned(table, until=at(400))
    assert made.versions == []
    assert kind(made) != "critic"


def test_a_further_negative_piece_updates_the_alert_and_a_fair_one_alone_does_not() -> None:
    made = turned(f"{CRITIC}day 101  10:00  {FAIR}\nday 110  10:00  {BAD}\nday 111  10:00  {FAIR}")
    assert said(made) == [OPENED, ("updated", "warning", None)]
    assert made.versions[-1].value == 3
    made.apply(life(f"day 240  10:00  {BAD}", first_offset=9))
    assert len(made.versions) == 2, "there are no more than there were, the oldest is too old"


# Friends


def test_fair_pieces_make_a_friend_without_a_word() -> None:
    made = turned(f"day 1  10:00  {FAIR}")
    assert kind(made) == ""
    made.partition.moved.clear()
    made.apply(life(f"day 100  10:00  {GOOD}", first_offset=1))
    assert (made.versions, kind(made), made.partition.moved) == ([], "friend", {b"ann"})
    assert made.partition.people[b"ann"].episodes is None


def test_a_friend_is_one_until_fewer_than_two_fair_pieces_remain() -> None:
    made = turned(FRIEND, until=at(181, "10:00"))
    assert kind(made) == "friend"
    made.pass_all(at(181, "10:00") + 1)
    assert (made.versions, kind(made)) == ([], "watcher")
    longer = turned(f"{FRIEND}day 150  10:00  {FAIR}", until=at(280, "10:00"))
    assert kind(longer) == "friend"
    longer.pass_all(at(280, "10:00") + 1)
    assert (longer.versions, kind(longer)) == ([], "watcher")


@pytest.mark.parametrize("first", [95, 100])
def test_a_friend_becomes_a_critic_at_once(first: int) -> None:
    made = turned(f"{FRIEND}day {first}  10:00  {BAD}\nday 101  10:00  {BAD}")
    assert said(made) == [("open", "warning", ("friend", "critic"))]


def test_a_critic_becomes_a_friend_by_as_many_fair_pieces_since_and_that_is_news() -> None:
    made = turned(f"day 1  10:00  {GOOD}\nday 2  10:00  {GOOD}\n{CRITIC}day 110  10:00  {FAIR}")
    assert said(made) == [("open", "warning", ("friend", "critic"))]
    made.apply(life(f"day 120  10:00  {GOOD}\nday 130  10:00  {GOOD}", first_offset=9))
    _, friend = made.versions
    assert (friend.status, friend.severity, friend.shift) == ("updated", "info", ("critic", "friend"))
    assert (friend.value, friend.threshold, friend.evidence) == (4, 2, (0, 1, 4, 9))
    assert friend.summary == "Published 4 fair or positive pieces within 180 days, having been a critic."


def test_who_turns_to_and_fro_is_one_alert() -> None:
    pieces = [BAD, BAD, GOOD, GOOD] * 5
    table = "\n".join(f"day {4 * number + 1}  10:00  {piece}" for number, piece in enumerate(pieces))
    made = turned(table)
    assert len(made.versions) > 5
    assert {each.started_at for each in made.versions} == {at(1, "10:00")}
    assert [each.status for each in made.versions].count("open") == 1


# How it ends


def test_it_ends_when_no_negative_piece_remains() -> None:
    made = turned(CRITIC, until=at(280, "10:00"))
    assert len(made.versions) == 1
    made.pass_all(at(280, "10:00") + 1)
    ended = made.versions[-1]
    assert (ended.status, ended.summary, ended.evidence) == ("resolved", "No negative piece for 180 days.", (0, 1))
    assert (ended.shift, kind(made)) == (("critic", "watcher"), "watcher")


def test_who_has_fair_pieces_by_then_stays_a_friend_as_long_as_they_count() -> None:
    made = turned(f"{CRITIC}day 150  10:00  {FAIR}\nday 160  10:00  {FAIR}", until=at(300))
    assert said(made)[1:] == [("updated", "info", ("critic", "friend")), ("resolved", "info", None)]
    assert (kind(made), made.versions[-1].detected_at) == ("friend", at(280, "10:00"))
    made.pass_all(at(330, "10:00") + 1)
    assert (len(made.versions), kind(made)) == (3, "watcher")


def test_who_has_one_fair_piece_by_then_is_no_friend() -> None:
    made = turned(f"{CRITIC}day 99  10:00  {FAIR}\nday 150  10:00  {FAIR}", until=at(300))
    assert said(made) == [OPENED, ("resolved", "info", ("critic", "watcher"))]


def test_every_version_says_what_was_measured() -> None:
    running = Run(core("press_turned"))
    running.partition.apply(life(f"{CRITIC}day 150  10:00  {FAIR}\nday 160  10:00  {FAIR}"))
    running.partition.pass_all(at(300))
    assert [each.finding.measure for each in running.partition.raised] == [None, FAIR_PIECES, FAIR_PIECES]
    alone = Run(core("press_turned"))
    alone.partition.apply(life(CRITIC))
    alone.partition.pass_all(at(300))
    assert [each.finding.measure for each in alone.partition.raised] == [None, None]


# What becomes known late


def test_a_negative_piece_that_becomes_known_late_counts() -> None:
    made = turned(f"day 100  10:00  {BAD}\nday 110  10:00  {FAIR}")
    made.apply(life(f"day 1  10:00  {BAD}", first_offset=9))
    assert said(made) == [OPENED]
    assert made.versions[0].evidence == (9, 0)


def test_fair_pieces_that_become_known_late_turn_a_critic() -> None:
    made = turned(CRITIC, until=at(150))
    made.apply(life(f"day 120  10:00  {FAIR}\nday 121  10:00  {FAIR}", first_offset=9))
    assert said(made) == [OPENED, ("updated", "info", ("critic", "friend"))]


def test_a_late_negative_piece_is_no_reason_to_call_somebody_a_friend() -> None:
    made = turned(FRIEND, until=at(182))
    assert kind(made) == "watcher"
    made.apply(life(f"day 90  10:00  {BAD}", first_offset=9))
    assert (made.versions, kind(made)) == ([], "watcher")


# What nobody can tell


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("day 1  10:00  enquiry_made  mail  in  as=journalist", "no piece of theirs is known"),
        (f"day 1  10:00  {UNTOLD}", "nobody can tell how their words are meant"),
        (f"day 1  10:00  {BAD}\nday 2  10:00  {UNTOLD}", "nobody can tell how their words are meant"),
        (f"day 1  10:00  {BAD}", None),
        (f"{FRIEND}day 101  10:00  {UNTOLD}", None),
    ],
)
def test_pieces_of_which_the_tone_is_unknown_say_nothing(table: str, why: str | None) -> None:
    made = run(core("press_turned", beside=["press_deadline"]), life(table))
    assert PressTurned().unclear(made.partition.people[b"ann"], made.partition.normal) == why


def test_what_was_put_off_by_changed_settings_says_nothing() -> None:
    made = turned(FRIEND)
    ann, normal = made.partition.people[b"ann"], made.partition.normal
    assert PressTurned(length_days=365).overdue(ann, at(181, "10:00"), normal) is None
