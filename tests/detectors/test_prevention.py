"""What would have kept an alert from being raised: claimed by a search, checked by running the changed log."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors import prevention as module
from detectors import recount
from detectors.core import Core
from detectors.interaction import KIND_CODES, KINDS, Interaction, Kind
from detectors.prevention import Prevention, prevention, troubles
from detectors.recount import Recount
from detectors.rules import discover
from detectors.windows import DAY_MS
from detectors.wire import decode, encode_compact
from tests.detectors.draws import lives
from tests.detectors.explained import FOUR_COMPLAINTS, LIVES, WEEKLY, Told
from tests.detectors.lives import Record, Run, at, core, life, run

if TYPE_CHECKING:
    from detectors.rules import Rule

ALONE: Final[dict[str, dict[str, Any]]] = {
    "exit_spike": {"calibration": 0.3, "cutoff": 0.3, "silent_days": 0},
    "silent_stop": {"calibration": 4.0},
}
"""Knobs by which nobody is judged by other people: then a changed log gives exactly what the search has found."""
JUDGED_ALONE: Final = [
    made for name, made in discover().items() if name in ALONE or "normal." not in inspect.getsource(made)
]
judged_alone = pytest.mark.parametrize("made", JUDGED_ALONE, ids=lambda made: made.name)


@judged_alone
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_change_that_is_claimed_to_be_enough_is_enough(made: type[Rule], data: st.DataObject) -> None:
    alone = core(made.name, others=ALONE, **ALONE.get(made.name, {}))
    records = data.draw(lives(made.kinds, parties=made.parties))
    counting = Recount(alone, b"ann", made.name)
    until = []
    for record in records:
        counting.apply([record])
        until += [record.offset] * (len(counting.conclusions) - len(until))
    versions = [place for place, each in enumerate(counting.conclusions) if troubles(counting.conclusions, place)]
    if not versions:
        return
    last = data.draw(st.sampled_from(versions))
    told = troubles(counting.conclusions, last)
    found = prevention(alone, counting.life(), told)
    assert found is not None
    log = records[: until[counting.conclusions.index(told[-1])] + 1]
    usual = opened(run(alone, log))
    for changed in (
        *(without(log, [mark.offset]) for mark in found.without),
        *([without(log, [mark.offset for mark in found.counted[-found.newest :]])] if found.newest else []),
        *([later(alone, log, found.later[0].offset, found.later[1])] if found.later else []),
        *(one_more(alone, log, found, kind) for kind in found.added),
    ):
        other = Run(alone)
        for record in changed:
            if record.timestamp == LATER:
                other.pass_all(interaction(record).occurred_at)
            other.apply([record])
        assert opened(other) < usual
        who = other.partition.people.get(b"ann")
        assert who is None or who.open_episode(made.name) is None


LATER: Final = -2
"""The timestamp of a record behind the end of the log: first everybody's time must come so far."""


def opened(done: Run) -> int:
    return sum((each.person, each.status) == ("ann", "open") for each in done.versions)


def interaction(record: Record) -> Interaction:
    said = decode(record.value or b"")
    assert isinstance(said, Interaction)
    return said


def without(log: list[Record], offsets: list[int]) -> list[Record]:
    """The log where somebody else looked at a page instead, so that time passes all the same."""
    gone = [interaction(record) for record in log if record.offset in offsets]
    ids = {(each.source, each.id) for each in gone}
    return [_elsewhere(record) if record.key == b"ann" and _name(record) in ids else record for record in log]


def _name(record: Record) -> tuple[str, str]:
    said = interaction(record)
    return said.source, said.id


def _elsewhere(record: Record) -> Record:
    said = msgspec.structs.replace(interaction(record), kind=KIND_CODES[Kind.PAGE_VIEWED])
    return record._replace(key=b"zed", value=encode_compact(said))


def later(alone: Core, log: list[Record], offset: int, by_ms: int) -> list[Record]:
    (record,) = (each for each in log if each.offset == offset)
    said = interaction(record)
    moved = msgspec.structs.replace(said, occurred_at=said.occurred_at + by_ms)
    return _with(alone, without(log, [offset]), moved, log.index(record) + 1)


def one_more(alone: Core, log: list[Record], found: Prevention, kind: int) -> list[Record]:
    first = min(mark.offset for mark in found.counted)
    known = [interaction(each) for each in log if each.key == b"ann" and each.offset >= first]
    alike = [each for each in known if each.kind == kind]
    newest = alike[-1] if alike else next(each for each in known if each.id == found.counted[-1].id)
    return _with(alone, log, msgspec.structs.replace(newest, id="new", kind=kind, occurred_at=found.by), 0)


def _with(alone: Core, log: list[Record], said: Interaction, earliest: int) -> list[Record]:
    """The log with one more of ann's where its time has come."""
    running = Run(alone)
    place = 0
    while place < len(log) and (
        place < earliest or max(running.partition.clocks.time, _at(log[place])) <= said.occurred_at
    ):
        running.apply([log[place]])
        place += 1
    added = Record(0, -1 if place < len(log) else LATER, b"ann", encode_compact(said))
    changed = [*log[:place], added, *log[place:]]
    return [record._replace(offset=offset) for offset, record in enumerate(changed)]


def _at(record: Record) -> int:
    said = decode(record.value or b"")
    return said.occurred_at if isinstance(said, Interaction) else said.at


def everything() -> Core:
    return Core([made() for _, made in sorted(discover().items())])


def told_of() -> Core:
    """The rules of these lives alone: others might raise an alert where one is prevented."""
    known = {rule for rule, _, _ in LIVES.values()}
    return Core([made(enabled=name in known) for name, made in sorted(discover().items())])


@judged_alone
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_lived_again_unchanged_a_life_raises_its_alerts_whatever_other_rules_say(
    made: type[Rule], data: st.DataObject
) -> None:
    records = data.draw(lives(made.kinds, parties=made.parties))
    counting = Recount(everything(), b"ann", made.name)
    counting.apply(records)
    for place in range(len(counting.conclusions)):
        versions = troubles(counting.conclusions, place)
        assert not versions or prevention(everything(), counting.life(), versions) is not None


def searched(table: str, rule: str) -> Prevention | None:
    counting = Recount(told_of(), b"ann", rule)
    counting.apply(life(table))
    return prevention(told_of(), counting.life(), troubles(counting.conclusions, len(counting.conclusions) - 1))


@pytest.mark.parametrize("name", LIVES)
def test_the_smallest_changes_are(name: str) -> None:
    rule, table, told = LIVES[name]
    found = searched(table, rule)
    assert found is not None
    assert found.is_complete
    assert told == Told(
        tuple(mark.offset for mark in found.without),
        found.newest,
        found.later and (found.later[0].offset, found.later[1] / DAY_MS),
        tuple(KINDS[kind].value for kind in found.added),
    )


def test_an_event_is_in_time_until_the_whole_minute_before_the_deadline() -> None:
    rule, table, _ = LIVES["one more share"]
    found = searched(table, rule)
    assert found is not None
    assert found.by == at(61 + 60, "10:00")


def test_complaints_are_told_as_such_only_if_all_are() -> None:
    assert [
        found and found.are_complaints
        for found in (searched(FOUR_COMPLAINTS, "repeat_complaint"), searched(LIVES["a share"][1], "advocate_emerging"))
    ] == [True, False]


def test_a_redelivered_event_does_not_take_the_place_of_the_one_left_out() -> None:
    table = FOUR_COMPLAINTS.replace(
        "day 9 10:00 ticket_opened mail complaint", "\n".join(["day 9 10:00 ticket_opened mail complaint id=twice"] * 2)
    )
    found = searched(table, "repeat_complaint")
    assert found is not None
    assert [mark.offset for mark in found.without] == [0, 1, 2, 4]


def test_an_alert_that_is_raised_again_is_explained_by_what_raised_it_again() -> None:
    table = f"{FOUR_COMPLAINTS}\n" + "\n".join(f"day {day} 10:00 call_made phone complaint" for day in (36, 37, 38))
    found = searched(table, "repeat_complaint")
    assert found is not None
    assert [mark.offset for mark in found.counted] == [2, 3, 4, 5]


def test_what_is_tried_is_bounded_and_then_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_STEPS", 12)
    found = searched(FOUR_COMPLAINTS, "repeat_complaint")
    assert found is not None
    assert not found.is_complete
    assert len(found.without) < 4


def test_of_a_long_life_the_end_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recount, "PART", 4)
    rule, table, told = LIVES["any exit of three"]
    found = searched(table, rule)
    assert found is not None
    assert tuple(mark.offset for mark in found.without) == told.without


def test_what_was_counted_before_all_that_is_kept_can_t_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recount, "PART", 1)
    assert searched(f"{WEEKLY}\nday 90 09:00 purchase_made shop from=purchases by=bob", "silent_stop") is not None
    rule, table, _ = LIVES["a question"]
    assert (
        searched(
            f"{table}\nday 2 10:00 mail_sent mail as=journalist out\nday 3 10:00 mail_sent mail as=journalist out", rule
        )
        is None
    )


def test_an_alert_that_never_told_of_trouble_has_nothing_to_prevent() -> None:
    assert prevention(core(), Recount(core(), b"ann", "silent_stop").life(), []) is None
