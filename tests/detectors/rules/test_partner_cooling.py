"""A partner grows cold and falls silent: lives, near misses, the return, lateness, dormant ones, to and fro."""

from __future__ import annotations

from typing import Any, Final

import pytest

from detectors.rules.partner_cooling import PartnerCooling
from detectors.stakeholder import Stakeholder
from tests.detectors.lives import Run, Version, at, core, life, run

BONDED: Final = """
    day 25   10:00  referral_made      other  as=partner
    day 50   10:00  article_published  press  as=partner
    day 80   10:00  survey_answered    mail   as=partner
    day 180  10:00  traffic_referred   site   as=partner
    day 190  10:00  mention_made       blog   as=partner
    day 200  10:00  idea_submitted     mail   as=partner   # from here on bonded
"""
OTHER: Final = "\nday 270  10:00  page_viewed  site  by=bob\n"


def every(days: int, kind: str, first: int, last: int) -> list[str]:
    return [f"day {day}  10:00  {kind}  mail  as=partner" for day in range(first, last + 1, days)]


def feedback(first: int, last: int) -> list[str]:
    return every(20, "idea_submitted", first, last)


def in_order(*tables: str) -> str:
    lines = [line for table in tables for line in table.splitlines() if line.strip()]
    return "\n".join(sorted(lines, key=lambda line: int(line.split()[1])))


def cool(table: str, *, until: int | None = None, **knobs: Any) -> list[Version]:
    """What the rule says; the one that it rests on speaks as well."""
    made: Run = run(core("partner_cooling", **knobs), life(table), until=until)
    return [each for each in made.versions if each.rule == "partner_cooling"]


def test_two_sorts_that_have_not_come_for_60_days_are_an_alert() -> None:
    (opened,) = cool(in_order(BONDED, *feedback(220, 260)), until=at(262))
    assert (opened.status, opened.severity) == ("open", "warning")
    # 60 days after the second of them, and not before the bond has lasted for as long
    assert (opened.started_at, opened.detected_at) == (at(190, "10:00"), at(260, "10:00"))
    assert (opened.value, opened.threshold, opened.shift) == (70, 60, None)
    assert opened.summary == "Used to give in return, but nothing for 60 days by referral traffic, mentions."
    assert opened.evidence == (0, 1, 3, 4)


def test_60_days_are_counted_from_the_second_sort_that_ceased() -> None:
    ceasing = (*every(30, "referral_made", 210, 390), *every(30, "mention_made", 220, 430), *feedback(220, 500))
    (opened,) = cool(in_order(BONDED, *ceasing), until=at(491))
    assert (opened.status, opened.started_at, opened.detected_at) == ("open", at(430, "10:00"), at(490, "10:00"))
    assert opened.value == 60


@pytest.mark.parametrize(
    "table",
    [
        BONDED.replace("as=partner", "as=customer"),
        BONDED.replace("day 25 ", "day 10 "),  # never bonded
        in_order(BONDED, *feedback(220, 300), "day 259  10:00  mention_made  blog  as=partner"),  # one of them goes on
    ],
)
def test_no_partner_no_bond_or_one_sort_alone_is_none(table: str) -> None:
    assert cool(table, until=at(318)) == []


def test_a_sort_that_ceased_long_before_is_not_counted() -> None:
    for last, count in ((270, 0), (269, 1)):  # referred traffic came on day 180: within 90 days of the last mention?
        mentions = every(1, "mention_made", 250, last)
        assert len(cool(in_order(BONDED, *mentions, *feedback(220, 340)), until=at(331))) == count


def test_what_comes_again_ends_it() -> None:
    back = "day 275  10:00  mention_made  blog  as=partner"
    _, ended = cool(in_order(BONDED, *feedback(220, 260), OTHER, back))
    assert (ended.status, ended.detected_at) == ("resolved", at(275, "10:00"))
    assert ended.summary == "What was missing came again."
    assert ended.evidence[-1] == 10


def test_what_is_no_reciprocity_ends_nothing() -> None:
    visit = "day 275  10:00  page_viewed  site  as=partner  page=/investors"
    assert [each.status for each in cool(in_order(BONDED, *feedback(220, 260), OTHER, visit))] == ["open"]


def test_what_had_come_in_time_but_becomes_known_later_retracts_it() -> None:
    table = in_order(BONDED, *feedback(220, 260), OTHER) + "\n"
    _, retracted = cool(table + "day 255  10:00  mention_made  blog  as=partner")
    assert (retracted.status, retracted.summary) == (
        "retracted",
        "What was missing had come in time: it only became known later.",
    )
    assert [each.status for each in cool(table + "day 185  10:00  mention_made  blog  as=partner")] == ["open"]


def test_it_ends_with_the_bond_when_what_is_left_goes_on() -> None:
    opened, ended = cool(in_order(BONDED, *feedback(220, 420)))
    assert (opened.status, ended.status, ended.detected_at) == ("open", "resolved", at(380, "10:00"))
    assert ended.summary == "What was missing stayed away; what is left goes on."


def test_after_180_days_without_a_sign_of_life_they_are_dormant_until_the_next() -> None:
    opened, dormant = cool(BONDED, until=at(600))
    assert (opened.detected_at, opened.summary) == (
        at(260, "10:00"),
        "Used to give in return, but nothing for 60 days by referral traffic, mentions, feedback.",
    )
    assert (dormant.status, dormant.severity, dormant.detected_at) == ("updated", "warning", at(380, "10:00"))
    assert (dormant.summary, dormant.shift) == ("No sign of life for 180 days.", ("prospect", "dormant"))
    assert (dormant.value, dormant.threshold, dormant.evidence) == (180, 180, (5,))
    visit = "day 390  10:00  page_viewed  site  as=partner"
    *_, awake = cool(f"{BONDED}{OTHER}day 385  10:00  mail_sent  mail  as=partner\n{visit}")
    assert (awake.status, awake.summary) == ("resolved", "Shows life again, after 190 days.")
    assert (awake.shift, awake.evidence) == (("dormant", "prospect"), (8,))


@pytest.mark.parametrize(
    ("sign", "statuses"),
    [
        ("day 300  10:00  page_viewed  site  as=partner", ["open", "updated", "resolved"]),
        ("day 150  10:00  page_viewed  site  as=partner", ["open", "updated"]),
    ],
)
def test_a_sign_of_life_that_becomes_known_later_ends_the_dormancy(sign: str, statuses: list[str]) -> None:
    versions = cool(f"{BONDED}{OTHER.replace('day 270', 'day 390')}{sign}")
    assert [each.status for each in versions] == statuses
    if statuses[-1] == "resolved":
        assert versions[-1].summary == "Had shown life in time: it only became known later."


WATCHED: Final = "\n".join(f"day {day}  10:00  page_viewed  site  as=investor  page=/investors" for day in (1, 2, 3))


def test_a_watcher_who_came_to_nothing_is_dormant_after_180_days() -> None:
    late = "day 100  10:00  page_viewed  site  as=investor"
    made = run(core(), life(WATCHED), until=at(300))
    said = [(each.rule, each.status, each.detected_at, each.shift) for each in made.versions]
    assert said == [
        ("silent_watcher", "open", at(3, "10:00"), ("prospect", "silent_type")),
        ("silent_watcher", "resolved", at(93, "10:00"), ("silent_type", "prospect")),
        ("partner_cooling", "open", at(183, "10:00"), ("prospect", "dormant")),
    ]
    assert (made.versions[-1].severity, made.versions[-1].started_at) == ("info", at(3, "10:00"))
    made = run(core(), life(f"{WATCHED}{OTHER}{late}"))
    assert [(each.status, each.shift) for each in made.versions][-1] == ("retracted", ("dormant", "prospect"))


def test_of_a_mere_prospect_silence_is_no_news() -> None:
    assert (
        run(core(), life("day 1  10:00  page_viewed  site  as=investor  page=/investors"), until=at(390)).versions == []
    )


def test_an_investor_who_is_a_customer_in_the_main_falls_silent_as_an_investor() -> None:
    made = run(core(), life(f"day 0  10:00  purchase_made  shop\n{WATCHED}"), until=at(390))
    assert made.versions[-1].shift == ("prospect", "dormant")
    assert made.partition.people[b"ann"].type == "newcomer"


def test_pausing_for_61_days_again_and_again_is_at_most_two_alerts_in_90_days() -> None:
    kinds = ("referral_made", "mention_made", "idea_submitted")
    table = "\n".join(
        f"day {day}  10:0{n}  {kind}  mail  as=partner" for day in range(0, 900, 61) for n, kind in enumerate(kinds)
    )
    opened = [each.detected_at for each in cool(table) if each.status == "open"]
    assert len(opened) > 2
    assert all(later - first > at(90) - at(0) for first, later in zip(opened, opened[2:], strict=False))


def test_how_many_sorts_must_be_missing_is_a_knob() -> None:
    assert [each.detected_at for each in cool(BONDED, fails=3, until=at(300))] == [at(260, "10:00")]
    assert [each.value for each in cool(BONDED, fails=4, until=at(600))] == [180]  # dormant, as nothing came at all


def test_what_could_cool_must_be_there() -> None:
    made = run(core("partner_cooling"), life(BONDED))
    rule = made.core.rules["partner_cooling"]
    assert rule.unclear(made.partition.people[b"ann"], made.partition.normal) is None
    assert rule.unclear(Stakeholder(0, 0), made.partition.normal) == "no reciprocity that could cease"


def test_a_deadline_of_other_knobs_is_looked_at_with_those_of_now() -> None:
    made = run(core("partner_cooling"), life(BONDED))
    assert PartnerCooling(fails=4).overdue(made.partition.people[b"ann"], at(261), made.partition.normal) is None


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({"fails": 5}, "fails is 5; allowed: 1 to 4"),
        ({"quiet_days": 181}, "quiet_days is 181; allowed: 7 to 180"),
        ({"dormant_days": 60}, "dormant_days is 60; allowed: more than quiet_days, which is 60.0"),
    ],
)
def test_knobs_have_bounds(knobs: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}$"):
        PartnerCooling(**knobs)
