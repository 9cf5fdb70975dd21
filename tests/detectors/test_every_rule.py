"""What every rule promises, asked of every rule that is found."""

from __future__ import annotations

import ast
import inspect
import math
import sys
import textwrap
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from detectors.interaction import KINDS, Interaction, Kind
from detectors.normal import Normal
from detectors.playbooks import PLAYBOOKS
from detectors.rules import Rule, discover, knobs
from detectors.stakeholder import Stakeholder
from detectors.state import encode_stakeholder
from detectors.trails import marks
from detectors.windows import DAY_MS, HOUR_MS, Gaps, Trail
from detectors.wire import decode
from tests.detectors.draws import DETAILS, lives
from tests.detectors.lives import (
    START_MS,
    Record,
    Run,
    at,
    core,
    distinct,
    event,
    life,
    run,
    run_in_parts,
    run_with_crash,
    snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from detectors.core import Core

RULES: Final = sorted(discover().items())
END: Final = START_MS + 5_000 * DAY_MS
LARGEST_STATE_BYTES: Final = 16_384
KEEN: Final[dict[str, dict[str, Any]]] = {
    "exit_spike": {"cutoff": 0.3, "silent_days": 0},
    "copy_cat": {"texts": (("ours.txt", str(DETAILS[-1]["text"])), ("bid-terms.txt", "acme"))},
    "partner_bonding": {"signs": 1, "quarters": 1, "owned_share": 0.0},
    "partner_cooling": {"fails": 1},
    "fan_quiet": {"times": 2, "active_days": 2},
    "fan_turned": {"times": 1},
}
"""Knobs by which a rule speaks so readily that drawn lives set it off; others do so with their defaults."""
TELLING: Final[dict[str, Any]] = {"complaint": True, "page": "/careers", "subject": "acme", "text": DETAILS[-1]["text"]}
"""What meets the conditions of most windows."""
every_rule = pytest.mark.parametrize(("name", "made"), RULES, ids=[name for name, _ in RULES])
UNSHRUNK: Final = settings(max_examples=3_000, derandomize=True, database=None, phases=[Phase.generate])
few = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def test_there_are_rules() -> None:
    assert {"silent_stop", "exit_spike", "third_channel"} <= {name for name, _ in RULES}


def keen(name: str, **settings: int) -> Core:
    """The rule with its keen knobs, and no other but those it rests on, which are keen as well."""
    return core(name, others=KEEN, **settings, **KEEN.get(name, {}))


@every_rule
def test_it_works_with_its_defaults_on_every_kind(name: str, made: type[Rule]) -> None:
    rule = made()
    assert rule.enabled
    assert rule.name == name
    assert rule.playbook in PLAYBOOKS
    assert all(unit.format_map(vars(rule)) for unit in rule.measures)
    records = [event(offset, START_MS + offset * HOUR_MS, kind) for offset, kind in enumerate(Kind)]
    assert run(core(name), records, until=END).partition.refused == []


@every_rule
def test_every_knob_has_a_default_and_a_line_of_documentation(name: str, made: type[Rule]) -> None:
    for knob in fields(made):
        assert knob.default is not MISSING, f"{name}.{knob.name} has no default"
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(made))).body
    assert isinstance(body, ast.ClassDef)
    follows = dict(zip(body.body, body.body[1:], strict=False))
    own = [
        each for each in follows if isinstance(each, ast.AnnAssign) and "ClassVar" not in ast.unparse(each.annotation)
    ]
    for each in own:
        after = follows[each]
        documents = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        assert documents, f"{name}.{ast.unparse(each.target)} has no docstring under it"
    assert {ast.unparse(each.target) for each in own} >= set(made.__annotations__) - {"name", *_class_variables(made)}


def _class_variables(made: type[Rule]) -> set[str]:
    return set(made.__annotations__) - {knob.name for knob in fields(made)}


@every_rule
@pytest.mark.parametrize("absurd", [-1, math.nan, math.inf])
def test_an_absurd_knob_is_refused_by_name_with_its_value_and_what_is_allowed(
    name: str, made: type[Rule], absurd: float
) -> None:
    numbers = [knob.name for knob in knobs(made) if not isinstance(knob.default, bool | str | tuple)]
    assert numbers
    for knob in numbers:
        with pytest.raises(ValueError, match=rf"^{knob} is {absurd}(\.0)?[;:] allowed"):
            made(**{knob: absurd})  # type: ignore[arg-type]


@every_rule
def test_an_absurd_text_in_a_list_is_refused_likewise(name: str, made: type[Rule]) -> None:
    for knob in knobs(made):
        if isinstance(knob.default, tuple):
            with pytest.raises(ValueError, match=rf"^{knob.name} has ''; allowed: "):
                made(**{knob.name: (*knob.default, "")})  # type: ignore[arg-type]


@every_rule
@few
@given(data=st.data())
def test_a_replay_says_the_same(name: str, made: type[Rule], data: st.DataObject) -> None:
    records = data.draw(lives(made.kinds, parties=made.parties))
    first = run(keen(name), records, until=END)
    second = run(keen(name), records, until=END)
    assert first.versions == second.versions
    assert snapshot(first.partition) == snapshot(second.partition)
    assert {each.rule for each in first.versions} <= {name, *made.rests_on}


@every_rule
@few
@given(data=st.data())
def test_any_split_into_batches_says_the_same(name: str, made: type[Rule], data: st.DataObject) -> None:
    records = data.draw(lives(made.kinds, parties=made.parties))
    ends = data.draw(st.sets(st.integers(0, len(records)), max_size=10))
    whole = run(keen(name), records, until=END)
    split = run_in_parts(keen(name), records, ends, until=END)
    assert split.versions == whole.versions
    assert snapshot(split.partition) == snapshot(whole.partition)


@every_rule
@few
@given(data=st.data())
def test_restarts_between_any_two_events_change_nothing(name: str, made: type[Rule], data: st.DataObject) -> None:
    records = data.draw(lives(made.kinds, parties=made.parties))
    days = data.draw(st.sampled_from((30, 400)))
    every = st.just(set(range(1, len(records) + 1)))
    restarts = data.draw(every | st.sets(st.integers(1, len(records)), max_size=4))
    whole = run(keen(name, days=days), records)
    again = run_in_parts(keen(name, days=days), records, (), restarts=restarts)
    _assert_same(whole, again)
    whole.pass_all(END)
    again.pass_all(END)
    assert distinct(again.versions) == distinct(whole.versions)


@every_rule
@few
@given(data=st.data())
def test_any_crash_and_replay_publishes_the_same_versions(name: str, made: type[Rule], data: st.DataObject) -> None:
    records = data.draw(lives(made.kinds, parties=made.parties))
    days = data.draw(st.sampled_from((30, 400)))
    flushed = data.draw(st.integers(0, len(records)), label="flushed")
    crashed = data.draw(st.integers(flushed, len(records)), label="crashed")
    again_from = data.draw(st.integers(0, flushed), label="again from")
    whole = run(keen(name, days=days), records)
    again = run_with_crash(keen(name, days=days), records, flushed=flushed, crashed=crashed, again_from=again_from)
    _assert_same(whole, again)


def _assert_same(whole: Run, again: Run) -> None:
    assert distinct(again.versions) == distinct(whole.versions)
    assert len(distinct(whole.versions)) == len(whole.versions), "a version is published twice"
    assert snapshot(again.partition) == snapshot(whole.partition)


@every_rule
def test_drawn_lives_make_it_speak_and_take_it_back(name: str, made: type[Rule]) -> None:
    def speaks(records: list[Record]) -> bool:
        versions = run(keen(name), records, until=END).versions
        return {"open", "resolved"} <= {each.status for each in versions if each.rule == name}

    kinds = [kind for each in (made, *(discover()[other] for other in made.rests_on)) for kind in each.kinds]
    found = find(lives(kinds, parties=made.parties), speaks, settings=UNSHRUNK)
    assert run(keen(name), found, until=END).versions


@every_rule
@few
@given(data=st.data())
def test_the_versions_of_an_alert_go_up_by_one_and_its_ends_follow_a_beginning(
    name: str, made: type[Rule], data: st.DataObject
) -> None:
    last: dict[tuple[str, str, int], Any] = {}
    for each in run(keen(name), data.draw(lives(made.kinds, parties=made.parties)), until=END).versions:
        before = last.get(each.name[:3])
        assert each.version == (1 if before is None else before.version + 1)
        stood = before is not None and before.status in {"open", "updated"}
        assert each.status in ({"updated", "resolved", "retracted"} if stood else {"open", "retracted"})
        assert before is not None or each.status == "open"
        last[each.name[:3]] = each


@every_rule
@few
@given(data=st.data())
def test_a_late_event_counts_in_every_window_it_reads(name: str, made: type[Rule], data: st.DataObject) -> None:
    hours = data.draw(st.lists(st.integers(0, 24 * 60), min_size=1, max_size=6, unique=True))
    kinds = data.draw(st.lists(st.sampled_from(made.kinds), min_size=len(hours), max_size=len(hours)))
    events = [
        event(offset, START_MS + hour * HOUR_MS * 13, kind, name=f"n{hour}", party=made.parties[0], **TELLING)
        for offset, (hour, kind) in enumerate(zip(sorted(hours), kinds, strict=True))
    ]
    order = data.draw(st.permutations(events))
    late = [each._replace(offset=offset) for offset, each in enumerate(order)]
    assert _windows(made, late) == _windows(made, events)


def _windows(made: type[Rule], records: list[Record]) -> dict[str, Any]:
    running = run(keen(made.name, horizon=4_000), records)
    who = running.partition.people[b"ann"]
    seen: dict[str, Any] = {}
    for window in running.core.rules[made.name].reads:
        if isinstance(window, Trail):
            trail = who.trails[window.code] if window.code < len(who.trails) else b""
            seen[window.name] = [(mark.at, mark.id) for mark in marks(trail)]
        elif isinstance(window, Gaps):
            rhythm = who.rhythm(window)
            seen[window.name] = rhythm and (rhythm.first, rhythm.last, rhythm.count)
        else:
            seen[window.name] = who.counted(window, START_MS + 1_000 * DAY_MS, 1_001)  # type: ignore[arg-type]
    return seen


@every_rule
@few
@given(data=st.data())
def test_kinds_that_do_not_concern_it_never_make_it_speak(name: str, made: type[Rule], data: st.DataObject) -> None:
    others = [kind for kind in Kind if kind not in made.kinds]
    drawn = data.draw(lives(others))
    records = [each for each in drawn if not _concerns(made, each)]
    assert run(core(name), records, until=END).versions == []


def _concerns(made: type[Rule], record: Record) -> bool:
    said = decode(record.value or b"")
    return isinstance(said, Interaction) and KINDS[said.kind] in made.kinds


@every_rule
@few
@given(data=st.data())
def test_a_version_names_what_it_counted_and_does_not_lie_before_the_one_it_follows(
    name: str, made: type[Rule], data: st.DataObject
) -> None:
    last: dict[tuple[str, str, int], Any] = {}
    for each in run(keen(name), data.draw(lives(made.kinds, parties=made.parties)), until=END).versions:
        assert each.evidence, f"{each.status} names nothing"
        assert each.evidence_total >= len(each.evidence)
        before = last.get(each.name[:3])
        assert before is None or before.detected_at <= each.detected_at
        last[each.name[:3]] = each


QUIET_LIVES: Final[dict[str, Callable[[], list[Record]]]] = {
    "one of everything but a customer brought": lambda: [
        event(n, at(0, "09:00") + n, kind) for n, kind in enumerate(Kind) if kind is not Kind.REFERRAL_CONVERTED
    ],
    "a happy customer": lambda: [
        event(n, at(8 * n, "09:00"), ("funnel_completed", "purchase_made", "survey_answered")[n % 3], complaint=False)
        for n in range(60)
    ],
    "a one-time buyer": lambda: life("day 0 10:00 purchase_made shop"),
    "one annoyed letter": lambda: life('day 0 10:00 ticket_opened mail complaint "the lid is broken"'),
}


@every_rule
@pytest.mark.parametrize("kind_of_life", sorted(QUIET_LIVES))
def test_a_life_without_trouble_stays_silent(name: str, made: type[Rule], kind_of_life: str) -> None:
    records = QUIET_LIVES[kind_of_life]()
    assert run(core(name), records).versions == [], f"{made.__doc__}"


def _endless(made: type[Rule], count: int) -> list[Record]:
    return [
        event(
            number,
            START_MS + number * 7 * HOUR_MS - (number % 5) * DAY_MS + 5 * DAY_MS,
            made.kinds[number % len(made.kinds)],
            channel=("mail", "phone", "twitter")[number % 3],
            name=f"interaction-{number:032d}",
            party=made.parties[0],
            **{**TELLING, "subject": f"term {number}", "text": "again and again " * 20},
        )
        for number in range(count)
    ]


@every_rule
def test_of_somebody_of_whom_nothing_is_known_nothing_is_due(name: str, made: type[Rule]) -> None:
    rules = core(name)
    normal = Normal(rules.catalogue, rules.knobs)
    said = decode(event(0, START_MS, made.kinds[0]).value or b"")
    assert isinstance(said, Interaction)
    assert rules.rules[name].deadline(Stakeholder(0, 0), said, normal) is None
    found = rules.rules[name].overdue(Stakeholder(0, 0), START_MS, normal)
    assert found is None or found.is_evidence


@pytest.mark.no_cover  # ten thousand times the same few paths
@every_rule
def test_ten_thousand_events_of_one_person_leave_a_small_state(name: str, made: type[Rule]) -> None:
    running = run(keen(name), _endless(made, 10_000))
    (who,) = running.partition.people.values()
    assert len(encode_stakeholder(who, 0)) < LARGEST_STATE_BYTES
    assert sum(map(len, running.partition.agenda.heaps.values())) <= 64
    assert sum(map(len, running.partition.agenda.farewells.values())) <= 1


@pytest.mark.no_cover  # ten thousand times the same few paths
@every_rule
def test_the_ten_thousandth_event_costs_no_more_than_the_thousandth(name: str, made: type[Rule]) -> None:
    records = _endless(made, 10_000)
    running = run(keen(name), records[:1_000])
    early = _calls(running, records[1_000:1_300])
    running.apply(records[1_300:9_700])
    late = _calls(running, records[9_700:])
    assert late <= 1.5 * early


def _calls(running: Run, records: list[Record]) -> int:
    """How many calls it takes to apply the records: a measure that does not depend on the machine."""
    count = 0

    def counting(frame: object, what: str, argument: object) -> None:
        nonlocal count
        count += what in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        running.apply(records)
    finally:
        sys.setprofile(before)
    return count
