"""The relationship type: what makes somebody regular, what a finding makes of them, what its end gives back."""

from __future__ import annotations

import pytest

from detectors.relationship import calm, move, settle
from detectors.stakeholder import Stakeholder


def person(kind: str, since: int = 1) -> Stakeholder:
    who = Stakeholder(0, 0)
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
    settle(who, 9, is_regular=is_regular)
    assert (who.type, who.since) == (after, 1 if before == after else 9)


@pytest.mark.parametrize(
    ("before", "to", "shift"),
    [
        ("", "at_risk", ("newcomer", "at_risk")),
        ("mad_bro", "at_risk", ("mad_bro", "at_risk")),
        ("at_risk", "at_risk", None),
    ],
)
def test_a_move_names_both_ends_and_staying_is_none(before: str, to: str, shift: tuple[str, str] | None) -> None:
    who = person(before)
    assert move(who, to, 9) == shift
    assert (who.type, who.since) == (to, 9 if shift else 1)


@pytest.mark.parametrize("quiet", ["", "newcomer", "regular_joe"])
def test_who_is_quiet_already_stays_as_they_are(quiet: str) -> None:
    who = person(quiet)
    assert calm(who, 9, is_regular=True) is None
    assert (who.type, who.since) == (quiet, 1)


@pytest.mark.parametrize(("is_regular", "after"), [(True, "regular_joe"), (False, "newcomer")])
def test_the_end_of_trouble_gives_the_quiet_type_back(is_regular: bool, after: str) -> None:
    who = person("at_risk")
    assert calm(who, 9, is_regular=is_regular) == ("at_risk", after)
    assert (who.type, who.since) == (after, 9)
