"""What one partition makes of records: what it refuses, how alerts live, and whom it forgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import pytest

from detectors.clocks import MOST_SOURCES
from detectors.core import Core
from detectors.cuts import COMPLETION_KEY
from detectors.finding import Finding
from detectors.interaction import UNKNOWN_PARTY, Interaction, Kind
from detectors.partition import FUTURE_MS, FUTURE_TICK_MS, MOST_KEY_BYTES, SEEN_MS, Partition
from detectors.rules import Rule
from detectors.stakeholder import WEEK_MS, Stakeholder
from detectors.windows import DAY_MS
from detectors.wire import Tick, decode, encode_compact, encode_json, encode_tick
from tests.detectors.lives import START_MS, Record, Run, at, core, event, life, run, snapshot
from tests.detectors.scripted import Scripted, scripted_core

if TYPE_CHECKING:
    from detectors.interaction import Event
    from detectors.normal import Normal

NOW: Final = START_MS


# What is refused


def test_an_event_more_than_five_minutes_after_the_brokers_time_is_refused() -> None:
    partition = Partition(core())
    in_time = event(0, NOW + FUTURE_MS, "page_viewed")._replace(timestamp=NOW)
    ahead = event(1, NOW + FUTURE_MS + 1, "page_viewed")._replace(timestamp=NOW)
    unknown = event(2, NOW + 10 * FUTURE_MS, "page_viewed")._replace(timestamp=-1)
    assert partition.apply([in_time, ahead, unknown]) == 2
    (refused,) = partition.refused
    assert refused[:5] == (1, NOW, b"ann", ahead.value, "in_the_future")
    assert refused.detail.endswith(f"{NOW + FUTURE_MS + 1} ms; allowed: at most {FUTURE_MS} ms after {NOW} ms")


def test_a_tick_more_than_a_day_after_the_brokers_time_is_refused() -> None:
    partition = Partition(core())
    ahead = Record(0, NOW, None, encode_tick(Tick(NOW + FUTURE_TICK_MS + 1, [])))
    in_time = Record(1, NOW, None, encode_tick(Tick(NOW + FUTURE_TICK_MS, [])))
    unknown = Record(2, -1, None, encode_tick(Tick(NOW + 2 * FUTURE_TICK_MS, [])))
    partition.apply([ahead])
    assert (partition.clocks.time, partition.has_passed) == (0, False)
    assert [(each.offset, each.reason) for each in partition.refused] == [(0, "in_the_future")]
    partition.apply([in_time])
    assert partition.clocks.time == NOW + FUTURE_TICK_MS
    partition.apply([unknown])
    assert partition.clocks.time == NOW + 2 * FUTURE_TICK_MS
    assert len(partition.refused) == 1


@pytest.mark.parametrize("key", [COMPLETION_KEY, b"x" * (MOST_KEY_BYTES + 1)])
def test_a_person_cannot_have_a_name_of_our_own_or_one_without_end(key: bytes) -> None:
    partition = Partition(core())
    assert partition.apply([event(0, NOW, "purchase_made")._replace(key=key)]) == 0
    assert [(each.key, each.reason) for each in partition.refused] == [(key, "bad_interaction")]
    assert partition.people == {}
    assert partition.apply([event(0, NOW, "purchase_made")._replace(key=b"x" * MOST_KEY_BYTES)]) == 1


def test_a_future_event_does_not_let_the_time_pass() -> None:
    partition = Partition(core())
    partition.apply([event(0, NOW + 900 * DAY_MS, "page_viewed")._replace(timestamp=NOW)])
    assert (partition.clocks.time, partition.people) == (0, {})


@pytest.mark.parametrize(
    ("ticks", "alerts"), [("", ["silent_stop"]), ("day 50 00:00 tick purchases=49", [])], ids=["no ticks", "ticks"]
)
def test_time_that_others_saw_pass_counts_unless_ticks_tell_it(ticks: str, alerts: list[str]) -> None:
    partition = Partition(core())
    weeks = "\n".join(f"day {7 * week} 10:00 purchase_made shop from=purchases" for week in range(8))
    partition.apply(life(f"{weeks}\n{ticks}"))
    partition.pass_sources({"tickets": at(100)})
    assert partition.raised == []
    partition.pass_sources({"purchases": at(100)})
    assert [each.rule for each in partition.raised] == alerts


@pytest.mark.parametrize("key", [None, b""])
def test_an_event_without_a_key_is_refused(key: bytes | None) -> None:
    partition = Partition(core())
    assert partition.apply([event(3, NOW, "page_viewed")._replace(key=key)]) == 0
    (refused,) = partition.refused
    assert (refused.offset, refused.key, refused.reason) == (3, key, "no_stakeholder")
    assert refused.detail == "the record has no key; allowed: the stakeholder's id"


@pytest.mark.parametrize("value", [None, b"", b"{", b"\x93\x01\x02\x03"])
def test_what_cannot_be_read_is_refused_and_the_rest_goes_on(value: bytes | None) -> None:
    partition = Partition(core())
    bad = Record(0, -1, b"ann", value)
    assert partition.apply([bad, event(1, NOW, "purchase_made")]) == 1
    (refused,) = partition.refused
    assert refused[:5] == (0, -1, b"ann", value, "bad_interaction")
    assert refused.detail
    assert partition.people[b"ann"].offset == 1


def test_json_and_compact_records_are_told_apart() -> None:
    partition = Partition(core())
    bought = decode(event(0, NOW, "purchase_made").value or b"")
    assert isinstance(bought, Interaction)
    partition.apply([Record(0, -1, b"ann", encode_compact(bought)), Record(1, -1, b"bob", encode_json(bought))])
    assert [who.party for who in partition.people.values()] == ["customer", "customer"]
    assert len(partition.people) == 2


# What counts


def test_of_more_sources_than_have_a_clock_no_more_names_are_kept_and_everybody_counts() -> None:
    partition = Partition(core())
    visits = [event(2 * n, NOW, "page_viewed", person=f"p{n}", source=f"s{n}") for n in range(MOST_SOURCES + 2)]
    assert partition.apply(visits) == len(partition.people) == MOST_SOURCES + 2
    assert len(partition._sources) == MOST_SOURCES


def test_who_comes_from_a_flush_that_was_never_completed_is_written_again() -> None:
    partition = Partition(core())
    partition.cut = 7
    for name, offset in ((b"ann", 8), (b"bob", 7)):
        partition.adopt(name, Stakeholder(offset, NOW))
    assert partition.dirty == {b"ann"}


def test_the_same_id_twice_counts_once_and_a_replayed_offset_not_at_all() -> None:
    partition = Partition(core())
    first = event(0, NOW, "purchase_made", name="o-1")
    partition.apply([first, first._replace(offset=1), event(2, NOW + DAY_MS, "purchase_made", name="o-2")])
    before = snapshot(partition)
    partition.apply([first, event(2, NOW + 9 * DAY_MS, "purchase_made", name="another")])
    assert snapshot(partition) == before
    (who,) = partition.people.values()
    assert who.rhythms[0] is not None
    assert (who.rhythms[0].count, who.offset) == (2, 2)


def test_an_unknown_party_does_not_hide_the_known_one() -> None:
    partition = Partition(core())
    known = event(0, NOW, "purchase_made")
    later = decode(event(1, NOW + DAY_MS, "purchase_made").value or b"")
    assert isinstance(later, Interaction)
    later.party = UNKNOWN_PARTY
    partition.apply([known, Record(1, -1, b"ann", encode_json(later))])
    assert (partition.people[b"ann"].party, partition.people[b"ann"].offset) == ("customer", 1)


def test_a_kind_nobody_cares_about_only_shows_that_the_person_is_there() -> None:
    partition = Partition(core())
    partition.apply([event(0, NOW, "login_made")])
    assert partition.dirty == partition.moved == {b"ann"}
    partition.dirty.clear()
    partition.moved.clear()
    partition.apply([event(1, NOW + 1, "login_made"), event(2, NOW - DAY_MS, "login_made")])
    assert partition.dirty == set()
    assert partition.people[b"ann"].seen == NOW + 1
    partition.apply([event(3, NOW + WEEK_MS, "login_made")])
    assert partition.seen_anew == {b"ann"}
    partition.apply([event(4, NOW + SEEN_MS, "login_made")])
    assert partition.dirty == {b"ann"}
    assert partition.moved == set()


# How an alert lives


def views(*texts: str) -> Run:
    records = [event(n, NOW + n, "page_viewed", text=text) for n, text in enumerate(texts)]
    return run(scripted_core(), records)


def lines(made: Run) -> list[tuple[str, str, int, int]]:
    return [(each.rule, each.status, each.started_at, each.version) for each in made.versions]


def test_while_an_alert_stands_a_further_finding_updates_it_whatever_its_start() -> None:
    made = views("one:open:10", "one:open:12", "one:open:8", "one:resolved:10")
    assert lines(made) == [
        ("one", "open", 10, 1),
        ("one", "updated", 10, 2),
        ("one", "updated", 10, 3),
        ("one", "resolved", 10, 4),
    ]


@pytest.mark.parametrize("ending", ["resolved", "retracted"])
def test_the_end_of_what_never_began_is_not_news(ending: str) -> None:
    assert views(f"one:{ending}:10").versions == []
    assert lines(views("one:open:10", f"one:{ending}:10", f"one:{ending}:11"))[2:] == []


def test_an_ended_alert_can_still_be_retracted() -> None:
    made = views("one:open:10", "one:resolved:10", "one:retracted:10")
    assert lines(made)[-1] == ("one", "retracted", 10, 3)


def test_a_later_start_is_a_new_alert_and_the_same_or_an_earlier_one_the_old() -> None:
    made = views("one:open:10", "one:resolved:10", "one:open:20", "one:resolved:20", "one:open:20", "one:resolved:20")
    assert lines(made)[2:5] == [("one", "open", 20, 1), ("one", "resolved", 20, 2), ("one", "open", 20, 3)]
    made = views("one:open:10", "one:resolved:10", "one:open:20", "one:resolved:20", "one:open:10")
    assert lines(made)[-1] == ("one", "open", 20, 3)
    assert len({each.name for each in made.versions}) == len(made.versions)


def test_the_end_remembers_when_the_trouble_was_last_asserted() -> None:
    made = views("one:open:10", "one:open:10", "one:resolved:10")
    episode = made.partition.people[b"ann"].episode("one")
    assert episode is not None
    assert (episode.asserted_at, episode.detected_at, episode.is_open) == (NOW + 1, NOW + 2, False)
    assert made.partition.people[b"ann"].open_episode("one") is None


def test_a_finding_moves_the_person_and_the_end_of_the_last_one_gives_the_quiet_type_back() -> None:
    made = views(
        "one:open:10:at_risk",
        "two:open:11:at_risk",
        "one:open:10:at_risk",
        "two:open:11:mad_bro",
        "one:resolved:10",
        "two:retracted:11",
    )
    assert [(each.rule, each.status, each.shift) for each in made.versions] == [
        ("one", "open", ("newcomer", "at_risk")),
        ("one", "updated", None),
        ("two", "open", None),
        ("one", "resolved", None),
        ("two", "retracted", ("at_risk", "newcomer")),
    ], "that two shows at_risk as well is no news, nor does one word of mad_bro outweigh three of at_risk"
    who = made.partition.people[b"ann"]
    assert (who.type, who.since, who.scores) == ("newcomer", NOW + 5, None)


def test_an_alert_that_turns_shows_one_type_at_a_time_and_keeps_none_for_its_least_time() -> None:
    made = views("one:open:10:mad_bro", "one:open:10:at_risk", "one:open:10:mad_bro")
    assert [each.shift for each in made.versions] == [
        ("newcomer", "mad_bro"),
        ("mad_bro", "at_risk"),
        ("at_risk", "mad_bro"),
    ]
    assert (made.partition.people[b"ann"].scores or {}).keys() == {"mad_bro"}


def test_what_another_open_alert_shows_is_not_dropped_by_one_that_turns() -> None:
    made = views("two:open:10:mad_bro", "one:open:10:mad_bro", "one:open:10:at_risk")
    assert [each.shift for each in made.versions] == [("newcomer", "mad_bro"), None], "of which the second is no news"
    assert (made.partition.people[b"ann"].scores or {}).keys() == {"mad_bro", "at_risk"}


def test_an_end_may_name_the_type_that_the_person_is_left_with() -> None:
    made = views("one:open:10:mad_bro", "one:resolved:10:at_risk")
    assert [each.shift for each in made.versions] == [("newcomer", "mad_bro"), ("mad_bro", "at_risk")]
    assert made.versions[-1].status == "resolved"
    assert (made.partition.people[b"ann"].scores or {}).keys() == {"at_risk"}


def test_evidence_moves_the_person_without_an_alert_and_so_does_that_it_is_over() -> None:
    made = views("one:evidence:10:at_risk")
    who = made.partition.people[b"ann"]
    assert (who.type, who.since, who.shown_at("at_risk"), who.episode("one")) == ("at_risk", NOW, NOW, None)
    made.partition.moved.clear()
    made.apply([event(2, NOW + 2, "page_viewed", text="one:over:10")])
    assert (who.type, who.shown_at("at_risk"), made.partition.moved) == ("newcomer", None, {b"ann"})
    assert made.versions == []


def test_evidence_leaves_an_open_alert_as_it_is() -> None:
    made = views("one:open:10:mad_bro", "one:evidence:10:at_risk", "one:resolved:10")
    assert lines(made) == [("one", "open", 10, 1), ("one", "resolved", 10, 2)]
    assert made.versions[-1].shift == ("at_risk", "newcomer")


def test_a_finding_may_lift_what_another_rules_alert_shows() -> None:
    made = views("two:open:10:at_risk", "one:lift:20:at_risk", "two:resolved:10")
    assert [(each.rule, each.status, each.shift) for each in made.versions] == [
        ("two", "open", ("newcomer", "at_risk")),
        ("one", "open", ("at_risk", "newcomer")),
        ("two", "resolved", None),
    ]


def test_lifting_what_nobody_can_be_changes_nothing() -> None:
    made = run(scripted_core(), [event(0, NOW, "page_viewed", party="unknown", text="one:lift:10:critic")])
    assert [(each.status, each.shift) for each in made.versions] == [("open", None)]


def test_a_further_update_leaves_the_time_at_which_the_trouble_was_asserted() -> None:
    made = views("one:open:10", "one:open:10", "one:further:10")
    episode = made.partition.people[b"ann"].episode("one")
    assert episode is not None
    assert (episode.version, episode.asserted_at, episode.detected_at) == (3, NOW + 1, NOW + 2)


@dataclass(frozen=True)
class Looking(Scripted):
    """Looks at everybody every day, for three days after the last page view."""

    waits_unasked: ClassVar[bool] = True

    def deadline(self, who: Stakeholder, interaction: Event, normal: Normal) -> int | None:
        """A day later."""
        return interaction.occurred_at + DAY_MS

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """That it has looked."""
        days = (due - NOW) // DAY_MS
        return Finding(
            started_at=NOW,
            severity="info",
            value=days,
            baseline=None,
            threshold=1,
            summary="looked",
            evidence=[],
            look_at=due + DAY_MS if days < 3 else None,
        )


@pytest.mark.parametrize("passes_first", [True, False])
def test_who_looks_again_has_looked_as_often_as_it_wants_before_the_next_event(passes_first: bool) -> None:
    made = run(Core([Looking()]), [event(0, NOW, "page_viewed")])
    if passes_first:
        made.pass_all(NOW + 9 * DAY_MS)
    made.apply([event(1, NOW + 9 * DAY_MS, "page_viewed")])
    assert [(each.value, each.detected_at) for each in made.versions] == [(n, NOW + n * DAY_MS) for n in (1, 2, 3)]


def test_a_finding_without_a_type_moves_nobody() -> None:
    made = views("one:open:10", "one:resolved:10")
    assert [each.shift for each in made.versions] == [None, None]
    assert made.partition.people[b"ann"].type == ""


def test_a_rule_promises_nothing_by_itself() -> None:
    rules = scripted_core()
    who, normal = Stakeholder(0, 0), Partition(rules).normal
    page = Interaction(kind=0, occurred_at=0, id="i", source="s", channel=0)
    with pytest.raises(NotImplementedError):
        Rule.assess(Scripted(), who, page, normal)
    assert Scripted().deadline(who, page, normal) is None
    assert Scripted().overdue(who, 0, normal) is None
    assert Scripted().rhythm_knobs() == {}


# Whom it forgets

WEEKLY: Final = "\n".join(f"day {7 * week} 10:00 purchase_made shop" for week in range(5))


def later(day: float, first_offset: int = 90) -> list[Record]:
    return life(f"day {day} 10:00 login_made site by=bob", first_offset=first_offset)


def test_who_has_not_been_seen_for_long_enough_is_forgotten_with_a_tombstone() -> None:
    made = run(core(days=70), life(WEEKLY))
    month_ends = (at(28, "10:00") // SEEN_MS + 1) * SEEN_MS
    last_day = month_ends + 10 * WEEK_MS
    made.apply([event(90, last_day - 1, "login_made", person="bob")])
    made.flush()
    assert set(made.partition.people) == {b"ann", b"bob"}
    made.apply([event(91, last_day, "login_made", person="bob")])
    assert set(made.partition.people) == {b"bob"}
    ((key, who),) = made.partition.forgotten
    assert (key, who.seen, b"ann" in made.partition.moved) == (b"ann", at(28, "10:00"), True)
    made.flush()
    assert (b"ann", None) in [each[:2] for each in made.changelog]
    made.restart()
    assert set(made.partition.people) == {b"bob"}


def test_the_forgotten_give_back_what_the_population_knew_of_them() -> None:
    made = run(core(days=70), life(WEEKLY))
    (population,) = made.partition.normal.rhythms
    assert (population.people, population.scale_sum > 0, made.partition.agenda.armed) == (1, True, 1)
    made.apply(later(300))
    assert (population.people, population.scale_sum, made.partition.agenda.armed) == (0, 0, 0)
    assert population.typical_days() == 30.0


def test_any_sign_of_life_puts_the_farewell_off() -> None:
    made = run(core(days=70), [*life(WEEKLY), *life("day 90 10:00 login_made site", first_offset=50)])
    made.apply(later(120))
    assert b"ann" in made.partition.people
    made.apply(later(200, first_offset=91))
    assert b"ann" not in made.partition.people


def test_a_restart_does_not_change_when_somebody_is_forgotten() -> None:
    whole, again = run(core(days=70), life(WEEKLY)), run(core(days=70), life(WEEKLY))
    again.flush()
    again.restart()
    for day in range(90, 150, 5):
        whole.apply(later(day, first_offset=100 + day))
        again.apply(later(day, first_offset=100 + day))
        assert set(whole.partition.people) == set(again.partition.people)
    assert set(again.partition.people) == {b"bob"}


def test_who_comes_back_after_that_begins_anew() -> None:
    made = run(core(days=70), [*life(WEEKLY), *later(300)])
    made.apply(life("day 301 10:00 purchase_made shop", first_offset=200))
    assert made.partition.people[b"ann"].rhythms[0] is not None
    assert made.partition.people[b"ann"].rhythms[0].count == 1
    made.flush()
    assert made.changelog[0][0] == b"ann"
    assert made.changelog[0][1] is not None


def test_time_that_passes_by_a_tick_or_at_the_end_forgets_as_well() -> None:
    made = run(core(days=70), life(WEEKLY))
    made.apply([Record(60, -1, None, encode_tick(Tick(at(300), [])))])
    assert made.partition.people == {}
    assert made.partition.has_passed
    assert run(core(days=70), life(WEEKLY), until=at(300)).partition.people == {}


def test_who_was_taken_out_by_hand_is_not_looked_for_in_their_week() -> None:
    made = run(core(days=70), life(WEEKLY))
    del made.partition.people[b"ann"]
    made.apply(later(300))
    assert set(made.partition.people) == {b"bob"}
    assert made.partition.forgotten == []


def test_every_kind_can_be_applied_to_everybody() -> None:
    records = [event(n, NOW + n, kind) for n, kind in enumerate(Kind)]
    assert Partition(core()).apply(records) == len(Kind)


# After a restart


def test_what_the_restored_state_holds_already_is_not_applied_again() -> None:
    records = life(
        f"{WEEKLY}\nday 40 00:00 tick tickets=28.5\nday 40 00:01 tick tickets=28.5\nday 40 00:02 tick tickets=28.5"
    )
    made = run(core(), records)
    made.flush()
    made.restart()
    before = snapshot(made.partition)
    made.apply(records[:3])
    made.apply(records)
    assert snapshot(made.partition) == before
    made.apply(life("day 31 10:00 purchase_made shop", first_offset=len(records)))
    assert made.partition.people[b"ann"].offset == len(records)
