"""All rules at once over drawn lives: neither batches nor restarts nor crashes change what is said."""

from __future__ import annotations

from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.core import Core
from detectors.rules import discover
from detectors.windows import DAY_MS
from tests.detectors.draws import SOURCES, lives
from tests.detectors.lives import START_MS, distinct, run, run_in_parts, run_with_crash, snapshot

KINDS: Final = sorted({kind for made in discover().values() for kind in made.kinds})
END: Final = START_MS + 5_000 * DAY_MS
several = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def nervous(days: int) -> Core:
    """All rules, with knobs by which drawn lives set off each of them."""
    knobs = {"exit_spike": {"cutoff": 0.3, "silent_days": 0}}
    rules = [made(**knobs.get(name, {})) for name, made in sorted(discover().items())]  # type: ignore[arg-type]
    return Core(rules, forget_after_days=days, silence={SOURCES[1]: 3 * DAY_MS})


@several
@given(data=st.data())
def test_restarts_change_neither_what_is_said_nor_what_will_be(data: st.DataObject) -> None:
    records = data.draw(lives(KINDS))
    days = data.draw(st.sampled_from((30, 400)))
    restarts = data.draw(st.sets(st.integers(1, len(records)), max_size=6) | st.just(set(range(1, len(records) + 1))))
    whole = run(nervous(days), records)
    again = run_in_parts(nervous(days), records, (), restarts=restarts)
    assert distinct(again.versions) == distinct(whole.versions)
    assert snapshot(again.partition) == snapshot(whole.partition)
    assert again.news == whole.news
    whole.pass_all(END)
    again.pass_all(END)
    assert distinct(again.versions) == distinct(whole.versions)
    assert snapshot(again.partition) == snapshot(whole.partition)


@several
@given(data=st.data())
def test_a_crash_in_the_middle_of_a_flush_changes_nothing_wherever_reading_goes_on(data: st.DataObject) -> None:
    records = data.draw(lives(KINDS))
    days = data.draw(st.sampled_from((30, 400)))
    flushed = data.draw(st.integers(0, len(records)), label="flushed")
    crashed = data.draw(st.integers(flushed, len(records)), label="crashed")
    again_from = data.draw(st.integers(0, flushed), label="again from")
    whole = run(nervous(days), records)
    again = run_with_crash(nervous(days), records, flushed=flushed, crashed=crashed, again_from=again_from)
    assert distinct(again.versions) == distinct(whole.versions)
    assert len(distinct(whole.versions)) == len(whole.versions), "a version is published twice"
    assert snapshot(again.partition) == snapshot(whole.partition)
    assert set(again.news) == set(whole.news)


@several
@given(data=st.data())
def test_any_split_into_batches_says_the_same_in_the_same_order(data: st.DataObject) -> None:
    records = data.draw(lives(KINDS))
    whole = run(nervous(400), records, until=END)
    split = run_in_parts(nervous(400), records, data.draw(st.sets(st.integers(0, len(records)))), until=END)
    assert split.versions == whole.versions
    assert split.news == whole.news
    assert snapshot(split.partition) == snapshot(whole.partition)


@several
@given(data=st.data())
def test_every_person_lives_for_themselves_once_nothing_is_learnt_of_others(data: st.DataObject) -> None:
    records = data.draw(lives(KINDS))
    calibrated = {"silent_stop": {"calibration": 4.0}, "exit_spike": {"calibration": 0.2, "silent_days": 0}}
    makers = sorted(discover().items())

    def alone() -> Core:
        return Core([made(**calibrated.get(name, {})) for name, made in makers])  # type: ignore[arg-type]

    together = run(alone(), records, until=END)
    for key in {each.key for each in records if each.key}:
        own = run(alone(), [each for each in records if each.key in {key, None}], until=END)
        said = [each.name for each in together.versions if each.person == key.decode()]
        assert sorted(each.name for each in own.versions) == sorted(said)
