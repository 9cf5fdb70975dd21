"""A partner who gives as much as they take: a life, near misses, owned channels, lateness, the end, to and fro."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.rules.partner_bonding import PartnerBonding
from tests.detectors.lives import Run, at, core, life, run

HALF_A_YEAR = """
    day 21   10:00  referral_made      other  as=partner                # the first day of the quarter before
    day 50   10:00  article_published  press  as=partner  tone=0.4
    day 80   10:00  survey_answered    mail   as=partner  in
    day 111  10:00  traffic_referred   site   as=partner                # the first day of the last quarter
    day 150  10:00  mention_made       blog   as=partner
    day 200  10:00  campaign_joined    mail   as=partner
"""


def bond(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("partner_bonding", **knobs), life(table), until=until)


@pytest.mark.parametrize("party", ["partner", "investor"])
def test_three_sorts_in_each_of_two_quarters_are_an_alert(party: str) -> None:
    (opened,) = bond(HALF_A_YEAR.replace("as=partner", f"as={party}")).versions
    assert (opened.status, opened.severity, opened.started_at) == ("open", "info", at(200, "10:00"))
    assert (opened.value, opened.threshold, opened.evidence) == (3, 3, (0, 1, 2, 3, 4, 5))
    assert opened.evidence_total == 6
    assert opened.shift == ("prospect", "marriage_material")
    assert opened.summary == (
        "Gives in return, by referral traffic, mentions, joint campaigns, for 180 days now; 100% of the contact goes"
        " by our own channels."
    )


@pytest.mark.parametrize(
    "change",
    [
        ("as=partner", "as=customer"),
        ("day 21 ", "day 20 "),  # a day before the quarter
        ("day 111", "day 110"),
        ("tone=0.4", "tone=-0.4"),
        ("tone=0.4", "complaint"),
        ("traffic_referred   site   as=partner", "traffic_referred   site   as=partner  from=page-views"),
        ("mention_made       blog   as=partner", "mention_made       blog   as=partner  out"),
        ("survey_answered    mail   as=partner", "survey_sent        mail   as=partner"),
        ("campaign_joined    mail", "campaign_joined    linkedin"),
    ],
)
def test_one_sort_less_in_one_quarter_a_visit_of_their_own_or_a_platform_is_none(change: tuple[str, str]) -> None:
    assert change[0] in HALF_A_YEAR
    assert bond(HALF_A_YEAR.replace(*change), until=at(900)).versions == []


def test_one_quarter_only_is_none_and_is_said_to_be_too_little() -> None:
    last = "\n".join(HALF_A_YEAR.strip().splitlines()[3:])
    made = bond(last)
    assert made.versions == []
    assert made.core.unclear(made.partition.people[b"ann"], made.partition.normal) == {
        "partner_bonding": "seen in 1 of 2 quarters"
    }
    assert len(bond(last, quarters=1).versions) == 1


def test_what_can_not_be_said_yet_is_said() -> None:
    def doubt(table: str, **knobs: Any) -> dict[str, str]:
        made = bond(table, **knobs)
        return made.core.unclear(made.partition.people[b"ann"], made.partition.normal)

    assert doubt("day 1  10:00  call_made  phone  out  as=partner") == {
        "partner_bonding": "nothing that they gave in return is known"
    }
    mention = "day 1  10:00  mention_made  blog  as=partner"
    assert doubt(mention, quarters=1) == {"partner_bonding": "no contact with them is known"}
    assert bond(mention, quarters=1, signs=1, owned_share=0).versions == []
    assert doubt(HALF_A_YEAR) == {}


@pytest.mark.parametrize(("rented", "count"), [(3, 1), (4, 0)])
def test_seven_contacts_in_ten_must_go_by_our_own_channels(rented: int, count: int) -> None:
    owned = [f"day {day}  10:00  call_made  phone  as=partner  out" for day in range(120, 126)]  # ours count as well
    others = [f"day {day}  10:00  chat_started  linkedin  as=partner  out" for day in range(130, 130 + rented)]
    before, after = HALF_A_YEAR.split("    day 200")
    table = "\n".join([before, *owned, *others, f"day 200{after}"])
    assert len(bond(table).versions) == count
    owned_too = ("site", "app", "shop", "mail", "phone", "chat", "sms", "in_person", "linkedin")
    assert len(bond(table, owned=owned_too).versions) == 1


def test_a_late_event_counts() -> None:
    lines = HALF_A_YEAR.strip().splitlines()
    (opened,) = bond("\n".join([*lines[1:], lines[0]])).versions
    assert (opened.started_at, opened.evidence) == (at(200, "10:00"), (5, 0, 1, 2, 3, 4))


def test_it_goes_on_while_three_sorts_come_within_180_days_and_ends_then() -> None:
    more = "day 290  10:00  survey_answered  mail  as=partner"
    opened, ended = bond(HALF_A_YEAR + more, until=at(900)).versions
    assert (opened.version, ended.status, ended.detected_at) == (1, "resolved", at(330, "10:00"))
    assert ended.summary == "Fewer than 3 of what they used to give came within 180 days."
    assert ended.shift == ("marriage_material", "prospect")


def test_what_became_known_after_its_end_does_not_begin_it_again() -> None:
    other = "day 400  10:00  page_viewed  site  by=bob\n"
    late = "\n".join(
        f"day {day}  10:00  {kind}  mail  as=partner"
        for day, kind in ((205, "idea_submitted"), (206, "mention_made"), (207, "referral_made"))
    )
    assert [each.status for each in bond(HALF_A_YEAR + other + late).versions] == ["open", "resolved"]


def test_giving_now_and_then_for_three_years_is_at_most_two_alerts_in_90_days() -> None:
    kinds = ("referral_made", "mention_made", "campaign_joined", "idea_submitted")
    table = "\n".join(
        f"day {day}  10:00  {kinds[n % 4]}  mail  as=partner" for n, day in enumerate(range(1, 1_000, 31))
    )
    versions = bond(table, until=at(2_000)).versions
    assert [each.status for each in versions] == ["open", "resolved"]


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({"signs": 5}, "signs is 5; allowed: 1 to 4"),
        ({"quarters": 3}, "quarters is 3; allowed: 1 to 2"),
        ({"owned_share": 1.1}, "owned_share is 1.1; allowed: 0 to 1"),
        ({"quiet_days": 89}, "quiet_days is 89; allowed: 90 to 730"),
        ({"owned": ("mail", "pigeon")}, "owned has 'pigeon'; allowed: site, app, shop, mail, "),
    ],
)
def test_knobs_have_bounds(knobs: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}"):
        PartnerBonding(**knobs)
