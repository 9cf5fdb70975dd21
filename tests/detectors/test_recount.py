"""A recount says what the monitor said, and keeps what it takes to live a person's events again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import recount as module
from detectors.core import Core
from detectors.interaction import Kind
from detectors.recount import Recount
from detectors.rules import discover
from tests.detectors.draws import lives
from tests.detectors.lives import Record, at, core, life, run, version

if TYPE_CHECKING:
    from detectors.rules import Rule

WEEKLY = "\n".join(f"day {7 * week} 09:00 purchase_made shop from=purchases" for week in range(5))


def recounted(made: Core, records: list[Record], rule: str, person: str = "ann") -> Recount:
    counting = Recount(made, person.encode(), rule)
    counting.apply(records)
    return counting


@pytest.mark.parametrize("made", discover().values(), ids=lambda made: made.name)
@settings(max_examples=15)
@given(data=st.data())
def test_it_concludes_what_the_monitor_concluded(made: type[Rule], data: st.DataObject) -> None:
    records = data.draw(lives(made.kinds, parties=made.parties))
    middle = data.draw(st.integers(0, len(records)))
    everything = Core([rule() for _, rule in sorted(discover().items())])
    counting = Recount(everything, b"ann", made.name)
    counting.apply(records[:middle])
    counting.apply(records[middle:])
    said = [each for each in run(everything, records).versions if (each.person, each.rule) == ("ann", made.name)]
    assert [version(each.raised) for each in counting.conclusions] == said
    assert counting.applied == len(records)


def test_only_events_that_somebody_reads_are_steps() -> None:
    counting = recounted(
        core(),
        life("""
            day 1  10:00  ticket_opened  mail  complaint  id=a
            day 2  10:00  page_viewed    site
            day 2  11:00  ticket_opened  mail  complaint  by=bob
            day 3  10:00  ticket_opened  mail  complaint  id=a
            day 4  10:00  call_made      phone complaint
        """),
        "third_channel",
    )
    assert [step.offset for step in counting.life().steps] == [0, 4]


def test_what_is_around_an_event_is_as_of_just_before_it() -> None:
    counting = recounted(
        core(),
        life("""
            day 1  10:00  ticket_opened  mail  complaint
            day 2  10:00  page_viewed    site
            day 3  00:00  tick           purchases=2.5
            day 4  10:00  call_made      phone complaint
        """),
        "third_channel",
    )
    first, second = (step.around for step in counting.life().steps)
    assert (first.time, first.times, first.seen) == (0, {}, 0)
    assert second.time == at(3)
    assert second.times == {"tickets": at(3), "purchases": at(3)}
    assert second.ticking == {"purchases"}
    assert second.seen == at(2, "10:00")
    assert (first.normal.totals["words"], second.normal.totals["words"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("then", "is_of_event", "has_around"),
    [
        ("day 80 09:00 purchase_made shop from=purchases by=bob", False, True),
        ("day 80 09:00 tick purchases=80", False, True),
        ("day 80 09:00 purchase_made shop from=purchases", False, False),
    ],
)
def test_what_silence_shows_is_not_of_an_event_whoever_ends_it(then: str, is_of_event: bool, has_around: bool) -> None:
    counting = recounted(core(), life(f"{WEEKLY}\n{then}"), "silent_stop")
    opened = counting.conclusions[0]
    assert (opened.raised.episode.status, opened.is_of_event) == ("open", is_of_event)
    assert (opened.around is not None) == has_around
    assert opened.steps == len(counting.life().steps)


def test_what_an_event_shows_is_of_it() -> None:
    counting = recounted(core(), life("day 1 10:00 enquiry_made phone as=journalist in"), "press_deadline")
    assert [(each.is_of_event, each.steps, each.around) for each in counting.conclusions] == [(True, 1, None)]


def test_of_a_long_life_the_end_is_kept_and_the_state_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART", 3)
    records = life("\n".join(f"day {day} 10:00 {Kind.FUNNEL_EXITED} site" for day in range(8)))
    counting = recounted(core(), records, "exit_spike")
    kept = counting.life()
    assert (kept.skipped, [step.offset for step in kept.steps]) == (3, [3, 4, 5, 6, 7])
    assert kept.before is not None
