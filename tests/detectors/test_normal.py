"""What is normal in a partition: totals that fade, populations that are stored by name."""

from __future__ import annotations

import pytest

from detectors.core import Core
from detectors.interaction import Kind
from detectors.normal import Normal
from detectors.past import COMPLETIONS, EXITS, PURCHASE_RHYTHM
from detectors.stakeholder import Stakeholder
from detectors.state import StoredNormal, load_normal, stored_normal
from detectors.windows import Catalogue, Counter
from tests.detectors.lives import at, core, life, run


def fresh(rules: Core) -> Normal:
    return Normal(rules.catalogue, rules.knobs)


def test_totals_halve_in_four_weeks_and_never_grow_by_going_back() -> None:
    normal = fresh(core())
    normal.pass_to(1_000)
    normal.totals[EXITS.code] = 8.0
    normal.pass_to(1_028)
    assert normal.total(EXITS) == pytest.approx(4.0)
    normal.pass_to(1_000)
    assert normal.total(EXITS) == pytest.approx(4.0)
    assert (normal.day, normal.total(COMPLETIONS)) == (1_028, 0.0)


def test_everybodys_events_are_counted() -> None:
    made = run(core(), life("day 0 10:00 funnel_exited site by=ann\nday 0 11:00 funnel_exited site by=bob"))
    assert made.partition.normal.total(EXITS) == 2.0


def test_what_is_stored_comes_back_and_what_is_new_begins_with_nothing() -> None:
    rules = core()
    normal = fresh(rules)
    normal.pass_to(1_000)
    normal.totals[EXITS.code] = 8.0
    stored = stored_normal(normal, rules.catalogue)
    back = fresh(rules)
    load_normal(back, stored, rules)
    assert stored_normal(back, rules.catalogue) == stored
    new = fresh(rules)
    load_normal(new, StoredNormal(1_000, {}, {}), rules)
    assert (new.day, new.total(EXITS), new.rhythm(PURCHASE_RHYTHM).people) == (1_000, 0.0, 0)


def test_a_window_without_a_rhythm_is_fine() -> None:
    counter = Counter("pages", (Kind.PAGE_VIEWED,))
    catalogue = Catalogue([counter])
    normal = Normal(catalogue, {})
    assert (normal.total(counter), normal.rhythms, normal.is_regular(Stakeholder(0, 0))) == (0.0, [], False)


def test_who_buys_in_a_rhythm_is_regular_and_who_bought_thrice_is_not() -> None:
    buys = "\n".join(f"day {7 * week} 10:00 purchase_made shop by=ann" for week in range(4))
    made = run(core(), life(f"{buys}\nday 30 10:00 purchase_made shop by=bob\nday 30 11:00 ticket_opened mail by=cem"))
    regular = {key: made.partition.normal.is_regular(who) for key, who in made.partition.people.items()}
    assert regular == {b"ann": True, b"bob": False, b"cem": False}
    assert made.partition.clocks.time == at(30, "11:00")
