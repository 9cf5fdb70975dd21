from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.interaction import CHANNEL_CODES, KIND_CODES, KINDS, Channel, Interaction, Kind
from detectors.wire import decode, encode_compact
from streams.ingest.sessions import STEPS_KEPT, Sessions, session_key
from streams.ingest.settings import IngestSettings

SETTINGS = IngestSettings(funnels={"checkout": ("cart", "payment", "order"), "signup": ("form", "done")})
START = 1_700_000_000_000
MINUTE = 60_000
TIMEOUT = 30 * MINUTE
KEY = b"cookie:a"


def view(minute: float, step: str | None = None, **more: Any) -> Interaction:
    funnel = next((name for name, steps in SETTINGS.funnels.items() if step in steps), None)
    fields: dict[str, Any] = {"identities": {"cookie": "a"}, "stakeholder": "cookie:a", "segment": {"device": "mobile"}}
    kind = more.pop("kind", KIND_CODES[Kind.PAGE_VIEWED])
    return Interaction(
        kind=kind,
        occurred_at=round(START + minute * MINUTE),
        id=f"v-{minute}-{step}",
        source="page-views",
        channel=CHANNEL_CODES[Channel.SITE],
        **({"step": step, "funnel": funnel} | fields | more),
    )


def told(made: Iterable[Interaction]) -> list[tuple[str, float, str | None]]:
    return [(KINDS[i.kind].removeprefix("funnel_"), (i.occurred_at - START) / MINUTE, i.step) for i in made]


def walk(sessions: Sessions, *views: Interaction) -> list[tuple[str, float, str | None]]:
    return told(made for one in views for made in sessions.apply(one, KEY))


def clock(minute: float) -> int:
    return round(START + minute * MINUTE)


def test_first_step_enters_further_steps_are_reached_once_and_the_order_completes() -> None:
    sessions = Sessions(SETTINGS)
    steps = (view(0), view(1, "cart"), view(2, "payment"), view(3, "cart"), view(4, "payment"), view(5, "order"))
    assert walk(sessions, *steps) == [("entered", 1, "cart"), ("step_reached", 2, "payment"), ("completed", 5, "order")]
    assert sessions.advance(clock(1000)) == []
    assert len(sessions) == 0


def test_visit_is_left_when_the_timeout_has_passed_at_its_last_activity_and_last_step() -> None:
    sessions = Sessions(SETTINGS)
    walk(sessions, view(0, "cart"), view(5, "payment"), view(10, "cart"), view(12))
    assert sessions.advance(clock(42) - 1) == []
    (left,) = sessions.advance(clock(42))
    assert told([left]) == [("exited", 12, "cart")]
    assert (left.source, left.stakeholder, left.segment) == ("page-views", "cookie:a", {"device": "mobile"})
    assert sessions.advance(clock(1000)) == []


def test_views_before_the_funnel_open_nothing() -> None:
    sessions = Sessions(SETTINGS)
    assert walk(sessions, view(0), view(1)) == []
    assert (len(sessions), sessions.dirty) == (0, set())


def test_view_after_the_timeout_proves_the_exit_before_the_clock_does() -> None:
    sessions = Sessions(SETTINGS)
    made = walk(sessions, view(0, "cart"), view(30, "cart"))
    assert made == [("entered", 0, "cart"), ("exited", 0, "cart"), ("entered", 30, "cart")]


def test_late_view_after_the_exit_opens_a_new_session() -> None:
    sessions = Sessions(SETTINGS)
    walk(sessions, view(0, "cart"))
    sessions.advance(clock(60))
    assert walk(sessions, view(20, "payment")) == [("entered", 20, "payment")]
    assert told(sessions.advance(clock(60))) == [("exited", 20, "payment")]


def test_older_step_is_reported_at_its_time_but_does_not_become_the_last_step() -> None:
    sessions = Sessions(SETTINGS)
    assert walk(sessions, view(5, "payment"), view(4, "cart")) == [
        ("entered", 5, "payment"),
        ("step_reached", 4, "cart"),
    ]
    assert told(sessions.advance(clock(99))) == [("exited", 5, "payment")]


def test_view_from_a_visit_long_over_is_left_out() -> None:
    sessions = Sessions(SETTINGS)
    assert walk(sessions, view(100, "cart"), view(1, "payment")) == [("entered", 100, "cart")]


def test_redelivered_views_change_nothing() -> None:
    sessions = Sessions(SETTINGS)
    views = (view(0, "cart"), view(1, "payment"), view(2, "order"))
    assert walk(sessions, *views, *views) == walk(Sessions(SETTINGS), *views)


def test_visit_replayed_after_its_end_gives_equal_ids() -> None:
    sessions = Sessions(SETTINGS)
    first = [i for one in (view(0, "cart"), view(1, "payment")) for i in sessions.apply(one, KEY)]
    first += sessions.advance(clock(60))
    again = [i for one in (view(0, "cart"), view(1, "payment")) for i in sessions.apply(one, KEY)]
    again += sessions.advance(clock(60))
    assert again == first
    assert len({i.id for i in first}) == 3


def test_second_order_of_one_visit_is_a_session_of_its_own() -> None:
    sessions = Sessions(SETTINGS)
    walk(sessions, view(0, "cart"), view(1, "order"))
    assert walk(sessions, view(2, "order"), view(3, "cart"), view(4, "order")) == [
        ("entered", 3, "cart"),
        ("completed", 4, "order"),
    ]


def test_order_out_of_nowhere_enters_and_completes() -> None:
    assert walk(Sessions(SETTINGS), view(0, "order")) == [("entered", 0, "order"), ("completed", 0, "order")]


def test_two_funnels_of_one_visitor_are_left_apart() -> None:
    sessions = Sessions(SETTINGS)
    walk(sessions, view(0, "cart"), view(1, "form"), view(2, "done"))
    assert told(sessions.advance(clock(60))) == [("exited", 2, "cart")]


def test_older_view_of_a_second_funnel_is_left_in_time() -> None:
    sessions = Sessions(SETTINGS)
    walk(sessions, view(1, "form"), view(0, "cart"))
    assert told(sessions.advance(clock(30))) == [("exited", 0, "cart")]
    assert told(sessions.advance(clock(31))) == [("exited", 1, "form")]


def test_login_within_the_visit_gives_the_exit_both_identities() -> None:
    sessions = Sessions(SETTINGS)
    identities = {"cookie": "a", "customer_id": "c-1"}
    walk(sessions, view(0, "cart"), view(1, "payment", identities=identities, stakeholder="c-1"), view(2, "cart"))
    (left,) = sessions.advance(clock(60))
    assert (left.identities, left.stakeholder) == ({"cookie": "a", "customer_id": "c-1"}, "c-1")


def test_steps_remembered_are_bounded() -> None:
    sessions = Sessions(SETTINGS)
    sizes = []
    for number in range(5 * STEPS_KEPT):
        sessions.apply(view(number / 100, f"step_{number}", funnel="checkout"), KEY)
        sizes.append(len(sessions.encode(KEY) or b""))
    assert sizes[-1] < sizes[STEPS_KEPT] + 32


def test_other_kinds_are_left_alone() -> None:
    sessions = Sessions(SETTINGS)
    assert walk(sessions, view(0, "cart", kind=KIND_CODES[Kind.PURCHASE_MADE])) == []


def test_exits_come_by_deadline_then_key_also_after_a_restart() -> None:
    def filled() -> Sessions:
        sessions = Sessions(SETTINGS)
        for minute, key in ((3, b"c"), (1, b"b"), (1, b"a")):
            sessions.apply(view(minute, "cart"), key)
        sessions.apply(view(5), b"b")
        return sessions

    before = filled()
    after = Sessions(SETTINGS)
    for key in sorted(before.dirty, reverse=True):
        after.load(key, before.encode(key) or b"")
    exits = before.advance(clock(99))
    assert [i.occurred_at for i in exits] == [clock(1), clock(3), clock(5)]
    assert after.advance(clock(99)) == exits


def test_forgotten_key_is_dirty_and_encodes_to_nothing() -> None:
    sessions = Sessions(SETTINGS)
    walk(sessions, view(0, "cart"))
    assert sessions.dirty == {KEY}
    sessions.dirty.clear()
    sessions.advance(clock(60))
    assert sessions.dirty == {KEY}
    assert sessions.encode(KEY) is None


@pytest.mark.parametrize(
    ("identities", "key"),
    [
        ({"customer_id": "c", "cookie": "x"}, b"cookie:x"),
        ({"customer_id": "c", "device": "d"}, b"device:d"),
        ({"customer_id": "c"}, b"c"),
    ],
)
def test_session_key_is_the_browser_then_the_device_then_the_person(identities: dict[str, str], key: bytes) -> None:
    assert session_key(view(0, identities=identities, stakeholder="c")) == key


STEP = st.sampled_from([None, "cart", "payment", "order", "form", "done"])
EVENT = st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.integers(0, 200), STEP)
EVENTS = st.lists(st.one_of(EVENT, st.integers(0, 260)), max_size=40)


def play(events: list[Any], restarts: set[int]) -> list[Interaction]:
    """All that follows from events (views) and clock readings (numbers), restarted before the given positions."""
    sessions, made = Sessions(SETTINGS), []
    log: dict[bytes, bytes] = {}
    for position, event in enumerate(events):
        if position in restarts:
            sessions = Sessions(SETTINGS)
            for key, value in log.items():
                sessions.load(key, value)
        if isinstance(event, int):
            made += sessions.advance(clock(event))
        else:
            made += sessions.apply(view(event[1], event[2]), event[0])
        for key in sessions.dirty:
            encoded = sessions.encode(key)
            if encoded is None:
                log.pop(key, None)
            else:
                log[key] = encoded
        sessions.dirty.clear()
    return made + sessions.advance(clock(10_000))


@given(events=EVENTS, data=st.data())
@settings(max_examples=300, deadline=None)
def test_restart_between_any_two_events_changes_nothing(events: list[Any], data: st.DataObject) -> None:
    restarts = data.draw(st.sets(st.integers(0, max(0, len(events) - 1))))
    assert play(events, restarts) == play(events, set())


@given(events=EVENTS)
@settings(max_examples=200, deadline=None)
def test_every_session_entered_ends_once_and_its_events_can_be_published(events: list[Any]) -> None:
    made = play(events, set())
    ends = [i.id.partition(":")[0] for i in made if KINDS[i.kind] in ("funnel_exited", "funnel_completed")]
    entered = [i.id.partition(":")[0] for i in made if KINDS[i.kind] == "funnel_entered"]
    assert sorted(ends) == sorted(entered)
    assert all(decode(encode_compact(i)) == i for i in made)


@given(
    events=st.lists(EVENT, max_size=30).map(lambda events: sorted(events, key=lambda event: event[1])), data=st.data()
)
@settings(max_examples=200, deadline=None)
def test_when_the_clock_is_looked_at_changes_no_event_of_an_ordered_stream(
    events: list[Any], data: st.DataObject
) -> None:
    with_clock: list[Any] = []
    for event in events:
        with_clock += [event[1]] * data.draw(st.integers(0, 1)) + [event]
    looked = sorted(play(with_clock, set()), key=lambda i: (i.occurred_at, i.id))
    assert looked == sorted(play(events, set()), key=lambda i: (i.occurred_at, i.id))


def test_the_end_of_a_visit_names_the_steps_reached_before_it() -> None:
    sessions = Sessions(SETTINGS)
    made = [
        each for one in (view(0, "cart"), view(1, "payment"), view(2, "order")) for each in sessions.apply(one, KEY)
    ]
    assert [(each.step, each.subject) for each in made] == [
        ("cart", None),
        ("payment", None),
        ("order", "cart,payment"),
    ]
    sessions.apply(view(60, "cart"), KEY)
    sessions.apply(view(61, "payment"), KEY)
    sessions.apply(view(62, "cart"), KEY)
    (left,) = sessions.advance(clock(200))
    assert (left.step, left.subject) == ("cart", "payment")
    sessions.apply(view(300, "payment"), KEY)
    assert [each.subject for each in sessions.advance(clock(400))] == [""]


def pages(sessions: Sessions, *views: tuple[float, str], until: float | None = None) -> list[tuple[str, float, Any]]:
    made = [each for minute, page in views for each in sessions.apply(view(minute, page=page), KEY)]
    made += sessions.advance(clock(until)) if until is not None else []
    assert {KINDS[each.kind] for each in made} <= {"page_left"}
    return [(each.page or "", (each.occurred_at - START) / MINUTE, each.step) for each in made]


def test_of_a_watched_page_it_is_told_whether_the_visit_went_on_or_ended_there() -> None:
    sessions = Sessions(SETTINGS)
    walked = pages(sessions, (0, "/"), (1, "/pricing"), (2, "/about"), (3, "/checkout/pay"), (4, "/pricing"), until=34)
    assert walked == [("/pricing", 1, "next"), ("/checkout/pay", 3, "next"), ("/pricing", 4, "exit")]
    assert len(sessions) == 0


def test_a_view_after_the_timeout_proves_that_the_visit_ended_on_the_watched_page() -> None:
    assert pages(Sessions(SETTINGS), (0, "/pricing"), (30, "/pricing"), (59, "/")) == [
        ("/pricing", 0, "exit"),
        ("/pricing", 30, "next"),
    ]


def test_a_watched_page_seen_before_the_newest_view_or_twice_says_nothing() -> None:
    assert pages(Sessions(SETTINGS), (5, "/pricing"), (3, "/contact"), (5, "/pricing"), until=99) == [
        ("/pricing", 5, "exit")
    ]


def test_a_step_on_a_watched_page_goes_on_both_ways_and_a_restart_between_changes_nothing() -> None:
    def walked(*, restarts: bool) -> list[tuple[str, float, str | None]]:
        sessions = Sessions(SETTINGS)
        made = []
        for one in (view(0, "cart", page="/checkout"), view(1, "payment", page="/checkout/2"), view(2, page="/")):
            made += sessions.apply(one, KEY)
            if restarts:
                value = sessions.encode(KEY)
                sessions = Sessions(SETTINGS)
                if value is not None:
                    sessions.load(KEY, value)
        return told([*made, *sessions.advance(clock(500))])

    assert walked(restarts=False) == walked(restarts=True)
    assert walked(restarts=False) == [
        ("entered", 0, "cart"),
        ("page_left", 0, "next"),
        ("step_reached", 1, "payment"),
        ("page_left", 1, "next"),
        ("exited", 2, "payment"),
    ]
