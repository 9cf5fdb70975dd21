"""How a person stands: what is taken for evidence, when the type changes, and what it goes back to."""

from __future__ import annotations

import dataclasses
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.interaction import Party
from detectors.playbooks import PLAYBOOKS
from detectors.relationship import Types, add_role, meet, settle
from detectors.rules import discover
from detectors.stakeholder import Stakeholder
from detectors.standing import Standing
from detectors.types import DEFAULTS, PARTY_TYPES, TypeKnobs, beginning
from detectors.windows import DAY_MS

PARTIES: Final = [party.value for party in PARTY_TYPES]


def person(kind: str = "", since: int = 1, party: str = "") -> Stakeholder:
    who = Stakeholder(0, 0)
    who.party = party
    who.type = kind
    who.since = since
    return who


@pytest.mark.parametrize(
    ("before", "is_regular", "after"),
    [
        ("", False, "newcomer"),
        ("", True, "regular_joe"),
        ("newcomer", True, "regular_joe"),
        ("newcomer", False, "newcomer"),
        ("regular_joe", False, "regular_joe"),
        ("at_risk", True, "at_risk"),
    ],
)
def test_only_who_has_no_trouble_settles(before: str, is_regular: bool, after: str) -> None:
    who = person(before)
    assert settle(who, 9, is_regular=is_regular) == (before != after)
    assert (who.type, who.since) == (after, 1 if before == after else 9)


def test_everybody_begins_with_the_first_type_of_their_party() -> None:
    assert {party: beginning(party) for party in ("", *PARTIES)} == {
        "": "newcomer",
        "customer": "newcomer",
        "partner": "prospect",
        "investor": "prospect",
        "journalist": "watcher",
        "employee": "new",
    }
    for party in PARTIES:
        assert person(beginning(party), party=party).is_quiet()


def test_a_finding_moves_a_quiet_person_at_once_and_names_both_ends() -> None:
    who, types = person(), Types()
    assert types.show(who, "at_risk", "warning", 9) == ("newcomer", "at_risk")
    assert (who.type, who.since, who.scores) == ("at_risk", 9, {"at_risk": (1.0, 9)})
    assert types.show(who, "at_risk", "warning", 10) is None
    assert who.since == 9


def test_what_comes_instead_of_a_type_takes_its_evidence_and_does_not_wait_for_its_least_time() -> None:
    types, who = Types(), person(party="journalist")
    types.show(who, "friend", "critical", 0)
    assert types.show(who, "critic", "warning", DAY_MS) is None, "a friend is kept for 14 days, and outweighs it"
    assert types.show(who, "critic", "warning", DAY_MS, ["friend"]) == ("friend", "critic")
    assert (who.scores or {}).keys() == {"critic"}
    types.show(who, "deadline", "critical", 20 * DAY_MS)
    assert types.show(who, "friend", "info", 20 * DAY_MS, ["critic"]) is None, "it does not come instead of that"
    assert (who.type, (who.scores or {}).keys()) == ("deadline", {"deadline", "friend"})


def test_when_a_type_was_shown_is_known_of_every_role() -> None:
    types, who = Types(), person(party="investor")
    assert who.shown_at("lost") is None
    types.show(types.role_for(who, "lost"), "lost", "warning", 7)
    types.show(who, "silent_type", "info", 8)
    assert [who.shown_at(kind) for kind in ("lost", "silent_type", "at_risk")] == [7, 8, None]


def test_scores_add_up_to_a_limit_and_fade_by_half_in_a_half_life() -> None:
    who, types = person(), Types()
    for _ in range(9):
        types.show(who, "mad_bro", "critical", 0)
    assert types.score(who, "mad_bro", 0) == 4.0
    assert types.score(who, "mad_bro", 14 * DAY_MS) == pytest.approx(2.0)
    assert types.score(who, "mad_bro", -DAY_MS) == 4.0, "what happened before is worth no more"
    assert types.score(who, "needy", 0) == 0.0


def test_another_type_takes_over_only_by_a_margin_and_after_the_least_time() -> None:
    types = Types({"needy": TypeKnobs(dwell_days=10)})
    who = person()
    types.show(who, "needy", "warning", 0)
    assert types.show(who, "uber_fan", "critical", 9 * DAY_MS) is None, "needy is kept for ten days"
    assert types.show(who, "helpful", "info", 11 * DAY_MS) is None, "1 does not beat .78 by the margin"
    assert types.show(who, "uber_fan", "info", 11 * DAY_MS) == ("needy", "uber_fan")
    assert who.since == 11 * DAY_MS


def test_a_type_that_takes_more_than_one_finding_waits_for_the_second() -> None:
    types, who = Types({"needy": TypeKnobs(enter=1.5)}), person("regular_joe")
    assert types.show(who, "needy", "info", 0) is None
    assert (who.type, types.score(who, "needy", 0)) == ("regular_joe", 1.0)
    assert types.show(who, "needy", "info", DAY_MS) == ("regular_joe", "needy")


@pytest.mark.parametrize(("is_regular", "after"), [(True, "regular_joe"), (False, "newcomer")])
def test_the_end_of_trouble_gives_the_quiet_type_back(is_regular: bool, after: str) -> None:
    types, who = Types(), person()
    types.show(who, "at_risk", "warning", 5)
    assert types.cease(who, "at_risk", 9, is_regular=is_regular) == ("at_risk", after)
    assert (who.type, who.since, who.scores) == (after, 9, None)
    assert types.cease(who, "at_risk", 10, is_regular=is_regular) is None


def test_the_end_of_one_trouble_uncovers_another_of_which_the_evidence_is_fresh() -> None:
    for later, after in ((DAY_MS, "at_risk"), (60 * DAY_MS, "newcomer")):
        types, who = Types(), person()
        types.show(who, "mad_bro", "critical", 0)
        assert types.show(who, "at_risk", "critical", 0) is None
        assert types.cease(who, "mad_bro", later, is_regular=False) == ("mad_bro", after)
        assert (who.scores or {}).keys() == {"at_risk"}


def test_the_end_of_what_never_showed_moves_nobody() -> None:
    types, who = Types(), person("regular_joe")
    assert types.cease(who, "mad_bro", 9, is_regular=True) is None
    assert (who.type, who.since) == ("regular_joe", 1)


def test_a_type_goes_to_the_role_that_can_have_it() -> None:
    types, who = Types(), person(party="investor")
    assert types.role(who, "silent_type") is who
    assert types.role(who, "mad_bro") is None
    customer = types.role_for(who, "mad_bro")
    assert (customer.party, who.roles) == ("customer", [customer])
    assert types.show(customer, "mad_bro", "critical", 3) == ("newcomer", "mad_bro")
    assert (who.type, types.role(who, "mad_bro")) == ("", customer)
    assert types.role(person(), "mad_bro") is not None, "of whom no party is known is treated as a customer"
    assert types.role(person(), "critic") is None
    with pytest.raises(KeyError):
        types.role(who, "unheard_of")


def test_quiet_is_what_fits_the_party() -> None:
    types, who = Types(), person(party="journalist")
    assert types.show(who, "critic", "warning", 1) == ("watcher", "critic")
    assert not who.is_quiet()
    assert types.cease(who, "critic", 2, is_regular=True) == ("critic", "watcher")
    assert who.is_quiet()


def test_the_first_party_is_what_somebody_is_in_the_main_and_each_other_a_role() -> None:
    who = person()
    for party in ("partner", "customer", "partner", "customer", "employee"):
        meet(who, party)
    assert (who.party, [role.party for role in who.roles or ()]) == ("partner", ["customer", "employee"])
    added = add_role(person(), "customer")
    assert added.to_standing() == ("customer", "", 0, {})


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40), st.sampled_from(["mad_bro", "needy", "at_risk"]), st.sampled_from(["show", "cease"])
        ),
        max_size=40,
    )
)
def test_whatever_comes_the_type_is_one_that_was_shown_and_has_not_ceased_or_a_quiet_one(
    drawn: list[tuple[int, str, str]],
) -> None:
    types, who, now = Types(), person(), 0
    shown: set[str] = set()
    for days, kind, what in drawn:
        now += days * DAY_MS
        before = who.type
        if what == "show":
            shift = types.show(who, kind, "warning", now)
            shown.add(kind)
        else:
            shift = types.cease(who, kind, now, is_regular=True)
            shown.discard(kind)
        assert (shift is None) == (who.type == before)
        assert who.is_quiet() or who.type in shown
        assert set(who.scores or ()) == shown
        assert shift is None or who.since == now


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"enter": 0}, "enter is 0; allowed: 0.1 to 4"),
        ({"half_life_days": 0.5}, "half_life_days is 0.5; allowed: 1 to 3650"),
        ({"dwell_days": -1}, "dwell_days is -1; allowed: 0 to 365"),
        ({"dwell_days": float("nan")}, "dwell_days is nan; allowed: 0 to 365"),
    ],
)
def test_an_absurd_knob_is_refused_with_what_is_allowed(knobs: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TypeKnobs(**knobs)


def test_every_type_has_knobs_and_every_type_that_a_rule_shows_a_playbook() -> None:
    assert set(DEFAULTS) == {name for names in PARTY_TYPES.values() for name in names}
    assert all(dataclasses.is_dataclass(each) for each in DEFAULTS.values())
    assert set(PARTY_TYPES) == set(Party) - {Party.UNKNOWN}
    assert set(DEFAULTS) <= set(PLAYBOOKS)
    for rule in discover().values():
        assert set(rule.shows) <= set(DEFAULTS)
    assert Standing("customer").is_customer
