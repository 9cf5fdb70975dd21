"""A complainer on a third channel: a life, a near miss, the edges of the 14 days, and a naive recount."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.interaction import Interaction
from detectors.normal import Normal
from detectors.rules.third_channel import ThirdChannel
from detectors.stakeholder import Episode, Stakeholder
from detectors.windows import DAY_MS
from detectors.wire import decode
from tests.detectors.lives import START_MS, Record, Run, at, core, event, life, run

LENGTH_MS: Final = 14 * DAY_MS
AGAIN_MS: Final = 45 * DAY_MS
CHANNELS: Final = ("mail", "phone", "twitter", "chat", "shop")


def third(table: str, *, until: int | None = None, **knobs: Any) -> Run:
    return run(core("third_channel", **knobs), life(table), until=until)


def test_the_third_channel_within_14_days_opens_one_alert_and_a_fourth_updates_it() -> None:
    made = third("""
        day 1   10:00  ticket_opened   mail     complaint  "it broke"
        day 3   11:00  call_made       phone    complaint
        day 3   11:30  survey_sent     mail
        day 4   09:00  chat_started    chat     content
        day 5   12:00  ticket_replied  mail     complaint
        day 9   08:00  mention_made    twitter  complaint  from=tweets  "still broken"
        day 9   09:00  mention_made    twitter  complaint  from=tweets
        day 12  08:00  chat_started    chat     complaint
    """)
    opened, updated = made.versions
    assert opened.status == "open"
    assert opened.severity == "critical"
    assert (opened.started_at, opened.detected_at) == (at(1, "10:00"), at(9, "08:00"))
    assert (opened.value, opened.threshold, opened.baseline) == (3, 3, None)
    assert opened.shift == ("newcomer", "mad_bro")
    assert opened.evidence == (0, 1, 4, 5)
    assert opened.summary == (
        "Complained on Twitter after complaining by e-mail and by phone: 4 complaints on 3 channels within 8 days."
    )
    assert updated.name == (*opened.name[:3], 2)
    assert (updated.status, updated.value, updated.shift) == ("updated", 4, None)
    assert updated.evidence == (0, 1, 4, 5, 6, 7)


def test_complaints_on_one_day_are_told_as_one_day() -> None:
    (opened,) = third("""
        day 1  10:00  ticket_opened  mail   complaint
        day 1  10:00  call_made      phone  complaint
        day 1  10:00  chat_started   chat   complaint
    """).versions
    assert opened.summary.endswith("3 complaints on 3 channels within 1 day.")


@pytest.mark.parametrize(
    "near_miss",
    [
        "day 14  10:00     chat_started  chat   complaint",  # the first is exactly 14 days old
        "day 13  10:00     chat_started  phone  complaint",  # no third channel
        "day 13  10:00     chat_started  chat   content",
        "day 13  10:00     chat_started  chat",  # nobody can tell
        "day 13  10:00     mail_opened   chat   complaint",  # not the person's voice
    ],
)
def test_a_near_miss_is_only_remembered(near_miss: str) -> None:
    made = third(f"""
        day 0  10:00  ticket_opened  mail   complaint
        day 3  10:00  call_made      phone  complaint
        {near_miss}
    """)
    assert made.versions == []


def test_one_second_less_than_14_days_is_an_alert() -> None:
    (opened,) = third("""
        day 0   10:00     ticket_opened  mail   complaint
        day 3   10:00     call_made      phone  complaint
        day 14  09:59:59  chat_started   chat   complaint
    """).versions
    assert opened.evidence == (0, 1, 2)


OPEN_ON_DAY_3: Final = """
    day 1  10:00  ticket_opened  mail   complaint
    day 2  10:00  call_made      phone  complaint
    day 3  10:00  chat_started   chat   complaint
"""


def test_it_resolves_when_14_days_have_passed_without_a_complaint() -> None:
    made = third(OPEN_ON_DAY_3, until=at(17, "10:00"))
    assert [each.status for each in made.versions] == ["open"]
    made.pass_all(at(17, "10:00") + 1)
    resolved = made.versions[-1]
    assert (resolved.status, resolved.version, resolved.severity) == ("resolved", 2, "info")
    assert resolved.detected_at == at(17, "10:00")
    assert resolved.shift == ("mad_bro", "newcomer")
    assert (resolved.value, resolved.evidence, resolved.evidence_total) == (3, (0, 1, 2), 3)
    assert resolved.summary == "No further complaint for 14 days."


@pytest.mark.parametrize(("clock", "ends_on_day"), [("10:00", 31), ("10:01", 17)])
def test_a_complaint_exactly_at_the_deadline_still_keeps_the_alert(clock: str, ends_on_day: int) -> None:
    made = third(f"{OPEN_ON_DAY_3}\nday 17  {clock}  chat_started  chat  complaint", until=at(40))
    assert [(each.status, each.detected_at) for each in made.versions[1:]] == [("resolved", at(ends_on_day, "10:00"))]


def test_friendly_words_do_not_put_off_the_end() -> None:
    made = third(f"{OPEN_ON_DAY_3}\nday 10  10:00  ticket_replied  mail  content", until=at(40))
    assert made.versions[-1].detected_at == at(17, "10:00")


@pytest.mark.parametrize(("day", "version", "start"), [(58, 3, 1), (61, 1, 60)])
def test_three_channels_within_45_days_of_its_end_open_the_same_alert_again_and_later_a_new_one(
    day: int, version: int, start: int
) -> None:
    made = third(f"""
        {OPEN_ON_DAY_3}
        day {day - 1}  10:00  ticket_opened  mail   complaint
        day {day}      10:00  call_made      phone  complaint
        day {day + 1}  10:00  chat_started   chat   complaint
    """)
    assert [(each.status, each.version, each.started_at) for each in made.versions] == [
        ("open", 1, at(1, "10:00")),
        ("resolved", 2, at(1, "10:00")),
        ("open", version, at(start, "10:00")),
    ]
    assert made.versions[-1].shift == ("newcomer", "mad_bro")


def test_who_complains_on_three_channels_again_and_again_for_90_days_is_two_alerts_at_most() -> None:
    bout = "\n".join(
        f"day {day + number}  10:00  ticket_opened  {channel}  complaint"
        for day in range(0, 90, 18)
        for number, channel in enumerate(("mail", "phone", "chat"))
    )
    made = third(bout)
    assert [each.status for each in made.versions].count("open") > 2
    assert len({each.started_at for each in made.versions}) <= 2


def test_a_late_complaint_counts_in_its_place() -> None:
    (opened,) = third("""
        day 8  10:00  ticket_opened  mail   complaint
        day 9  10:00  chat_started   chat   complaint
        day 1  10:00  call_made      phone  complaint
    """).versions
    assert opened.evidence == (2, 0, 1)
    assert opened.started_at == at(1, "10:00")
    assert opened.summary.startswith("Complained by chat after complaining by phone and by e-mail")


def test_a_late_complaint_out_of_the_window_of_the_newest_does_not_count() -> None:
    made = third("""
        day 20  10:00  ticket_opened  mail   complaint
        day 21  10:00  chat_started   chat   complaint
        day 7   10:00  call_made      phone  complaint
    """)
    assert made.versions == []


def test_two_channels_suffice_where_the_knob_says_so() -> None:
    (opened,) = third(
        "day 1 10:00 call_made phone complaint\nday 2 10:00 chat_started chat complaint", channels=2
    ).versions
    assert (opened.value, opened.threshold) == (2, 2)


def test_only_the_last_24_complaints_are_remembered() -> None:
    flood = [event(n, START_MS + n * 60_000, "call_made", channel="phone", complaint=True) for n in range(2, 25)]
    early = [event(0, START_MS, "ticket_opened", complaint=True), event(1, START_MS, "chat_started", complaint=True)]
    last = event(25, START_MS + DAY_MS, "mention_made", channel="twitter", complaint=True)
    assert run(core("third_channel"), [*early, *flood, last]).versions == []


def test_an_open_alert_whose_complaints_are_no_longer_known_still_ends() -> None:
    rules = core("third_channel")
    who = Stakeholder(0, 0)
    who.episodes = {"third_channel": Episode((at(1), 1, "open", "critical", at(3), at(3), 3, None, 3))}
    said = decode(event(0, at(9), "call_made").value or b"")
    assert isinstance(said, Interaction)
    assert ThirdChannel().deadline(who, said, Normal(rules.catalogue, rules.knobs)) == at(17)


def test_overdue_without_an_alert_says_nothing() -> None:
    rules = core("third_channel")
    assert ThirdChannel().overdue(Stakeholder(0, 0), 0, Normal(rules.catalogue, rules.knobs)) is None


@pytest.mark.parametrize(
    ("knob", "bad"), [("channels", 1), ("channels", 21), ("length_days", 0.9), ("length_days", 91)]
)
def test_knobs_have_bounds(knob: str, bad: float) -> None:
    with pytest.raises(ValueError, match=rf"^{knob} is {bad}; allowed: \d+ to \d+$"):
        ThirdChannel(**{knob: bad})  # type: ignore[arg-type]


Said = tuple[str, int, int, int, tuple[int, ...]]


def recount(complaints: list[tuple[int, str]]) -> list[Said]:
    """The definition over the whole history: (status, start, version, channels, evidence) of each version."""
    said: list[Said] = []
    known: list[tuple[int, int, str]] = []
    state, clock, told = ("none", 0, 0, 0), 0, 0  # told: when the last version was concluded

    def say(status: str, start: int, version: int, value: int, counted: tuple[int, ...] = ()) -> None:
        nonlocal state
        state = (status, start, version, value)
        said.append((*state, counted))

    def pass_to(now: int) -> None:
        nonlocal told
        if state[0] in {"open", "updated"} and max(known)[0] + LENGTH_MS < now:
            told = max(max(known)[0] + LENGTH_MS, told)
            kept = sorted(known)[-24:]
            say("resolved", state[1], state[2] + 1, state[3], tuple(each[1] for each in kept if each[0] >= state[1]))

    for offset, (moment, channel) in enumerate(complaints):
        pass_to(moment)
        known.append((moment, offset, channel))
        counted = sorted(each for each in known if max(known)[0] - LENGTH_MS < each[0])
        value, evidence = len({each[2] for each in counted}), tuple(each[1] for each in counted)
        status, start, version, before = state
        if status in {"open", "updated"}:
            if value > before:
                told = max(told, moment)
                say("updated", start, version + 1, value, evidence)
        elif value >= 3:
            goes_on = status == "resolved" and (counted[0][0] <= start or moment - told < AGAIN_MS)
            told = max(told, moment) if goes_on else moment
            say("open", start if goes_on else counted[0][0], version + 1 if goes_on else 1, value, evidence)
        if moment > clock:
            clock = moment
            pass_to(clock)
    return said


steps = st.tuples(
    st.sampled_from((0, 1, DAY_MS // 2, DAY_MS, 7 * DAY_MS, LENGTH_MS - 1, LENGTH_MS, LENGTH_MS + 1)),
    st.sampled_from((0, 0, 0, 1, DAY_MS, 5 * DAY_MS, LENGTH_MS, 40 * DAY_MS)),
    st.sampled_from(CHANNELS),
)


@given(st.lists(steps, max_size=24))
def test_it_says_what_a_recount_of_the_whole_history_says(drawn: list[tuple[int, int, str]]) -> None:
    now = START_MS + 100 * DAY_MS
    complaints: list[tuple[int, str]] = []
    for pause, late, channel in drawn:
        now += pause
        complaints.append((now - late, channel))
    records: list[Record] = [
        event(offset, moment, "call_made", channel=channel, complaint=True)
        for offset, (moment, channel) in enumerate(complaints)
    ]
    versions = run(core("third_channel"), records).versions
    said = [(each.status, each.started_at, each.version, int(each.value), each.evidence) for each in versions]
    assert said == recount(complaints)
