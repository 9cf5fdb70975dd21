from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.alert import Alert, Cohort, Contact, Measured, Playbook, Shift
from sinks.slack_message import escape, render
from tests.fakes.slack import problem, texts
from tests.sinks.samples import alert, cohort_alert, ended, evidence, feed_alert, private, silent_stop

DANGER = re.compile(r"<\s*([!@#]|[a-z][a-z0-9+.\-]*:)", re.IGNORECASE)
CLICKABLE = re.compile(r"\b(https?|ftp|slack)://|\b(mailto|javascript):", re.IGNORECASE)
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

HOSTILE = [
    "<!channel> <!here> <!everyone>",
    "<@U012AB3CD> <#C024BE7LR> <!subteam^SAZ94GDB8>",
    "<https://evil.example/login|your bank>",
    "<\u200b!channel> <\x00@U1> h\x00ttps://evil.example",
    "<\u202e!here> \u202elennahc!<",
    "&lt;!channel&gt; &amp;lt;!here",
    "<!date^1392734382^{date}|x> <mailto:a@b.example|x> <javascript:alert(1)|x> <slack://open>",
    "```<!channel>``` *bold* _it_ ~no~ :boom:",
    "\x1b[31mred\x1b[0m\r\nnext\u2028line",
    "&" * 5000,
    "<" * 5000,
    "\N{PILE OF POO}" * 5000,
    "",
    " ",
    "\u200b",
]

any_text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.lists(st.sampled_from(["<", "!", "@", "#", "here", ">", "|", "http", "://", "\x00", "\u200b", " "])).map(
        "".join
    ),
)
some_texts = st.lists(any_text, max_size=9)


@st.composite
def hostile_alerts(draw: st.DrawFn) -> Alert:
    def text() -> str:
        return draw(any_text)

    numbers = st.floats(allow_nan=True, allow_infinity=True)
    cohort = Cohort(text(), draw(st.dictionaries(any_text, any_text, max_size=4)), draw(st.integers(0, 10**9)))
    return alert(
        status=draw(st.sampled_from(["open", "updated", "resolved", "retracted"])),
        severity=draw(st.sampled_from(["info", "warning", "critical"])),
        rule=text(),
        stakeholder=draw(st.none() | any_text),
        party=text(),
        shift=draw(st.none() | st.builds(Shift, any_text, any_text)),
        summary=text(),
        measured=Measured(text(), draw(numbers), draw(st.none() | numbers), draw(numbers), text()),
        evidence=[evidence(kind=text(), channel=text(), excerpt=text()) for _ in range(draw(st.integers(0, 6)))],
        evidence_total=draw(st.integers(0, 10**6)),
        playbook=Playbook(text(), draw(st.sampled_from(["team", "private"])), draw(some_texts), draw(some_texts)),
        contact=Contact(draw(st.booleans()), draw(some_texts), text()),
        cohort=draw(st.none() | st.just(cohort)),
        source=draw(st.none() | any_text),
        rules_version=text(),
        alert_id=text(),
    )


def strings(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [text for key, value in part.items() for text in [key, *strings(value)]]
    if isinstance(part, list):
        return [text for value in part for text in strings(value)]
    return [part] if isinstance(part, str) else []


@settings(max_examples=300, deadline=None)
@given(hostile_alerts())
def test_nothing_people_write_becomes_a_mention_a_link_or_a_hidden_character(record: Alert) -> None:
    for text in strings(render(record)):
        assert not DANGER.search(text)
        assert "<" not in text
        assert not CLICKABLE.search(text)
        assert not HIDDEN.search(text)


@settings(max_examples=300, deadline=None)
@given(hostile_alerts())
def test_every_message_keeps_slack_s_limits_and_our_own(record: Alert) -> None:
    payload = render(record)
    assert problem(payload) is None
    assert len(payload["blocks"]) <= 20
    assert sum(map(len, texts(payload))) <= 8000
    assert payload["text"]
    assert payload["unfurl_links"] is payload["unfurl_media"] is False


@settings(max_examples=100, deadline=None)
@given(hostile_alerts())
def test_markup_is_read_nowhere_but_in_the_escaped_top_level_text(record: Alert) -> None:
    payload = render(record)
    assert "mrkdwn" not in strings(payload["blocks"])
    assert not re.search(r"&(?!(amp|lt|gt);)", payload["text"])


def test_the_fullest_message_stays_within_8000_characters() -> None:
    long = "W" * 20_000
    record = alert(
        rule=long,
        stakeholder=long,
        shift=Shift(long, long),
        summary=long,
        measured=Measured(long, 1.0, 2.0, 3.0, long),
        evidence=[evidence(kind=long, excerpt=long) for _ in range(50)],
        playbook=Playbook(long, "team", [long] * 30, [long] * 30),
        contact=Contact(allowed=True, by=[long]),
    )
    assert 7000 < sum(map(len, texts(render(record)))) <= 8000


def test_a_message_says_who_what_changed_why_and_what_to_do() -> None:
    shown = "\n".join(texts(render(alert())["blocks"]))
    for part in (
        "Warning: new alert, third channel, customer c-1042",
        "A quiet customer now complains on a third channel.",
        "Who: customer c-1042",
        "Changed: from regular joe to mad bro",
        "Measured: distinct complaint channels: 3 channels in 14 days (normally 0.1, threshold 3)",
        "Since: 2026-03-01 10:15 UTC",
        "third time I ask, number 2",
        "+4 more",
        "What to do (support)\n• Give them one owner.\n• Listen first.",
        "Avoid\n• No freebies.",
        "May be contacted by mail.",
        "version 1, rule third_channel",
    ):
        assert part in shown


def test_the_text_alone_carries_the_whole_meaning() -> None:
    assert render(alert())["text"] == (
        "Warning: new alert. A quiet customer now complains on a third channel. Who: customer c-1042. "
        "Changed: from regular joe to mad bro. Measured: distinct complaint channels: 3 channels in 14 days "
        "(normally 0.1, threshold 3), from 7 interactions up to 2026-03-01 10:15 UTC. May be contacted by mail. "
        "To do (support): Give them one owner. Listen first. Avoid: No freebies."
    )


def test_a_private_alert_shows_no_quotes() -> None:
    shown = "\n".join(texts(render(private())))
    assert "third time I ask" not in shown
    assert "Rests on 7 interactions up to 2026-03-01 10:15 UTC." in shown


def test_a_cohort_is_named_by_what_moved_and_how_many() -> None:
    shown = render(cohort_alert())["text"]
    assert "Who: 412 people, funnel step (device mobile, step payment)." in shown
    assert "Changed: no change of type." in shown


def test_what_absence_rests_on_lies_before_it() -> None:
    payload = render(silent_stop())
    assert "Rests on 12 purchases up to 2026-09-26 13:08 UTC." in texts(payload["blocks"])
    assert "from 12 purchases up to 2026-09-26 13:08 UTC. " in payload["text"]


def test_an_ended_alert_says_what_it_was_and_gives_no_advice_that_no_longer_holds() -> None:
    payload = render(ended("resolved", evidence=[evidence()], evidence_total=1))
    assert payload["text"] == (
        "Info: resolved. Buys again, after 98 days. Who: customer c-1042. Changed: from at risk to regular joe. "
        "Was: begun 2026-09-26 13:08 UTC, raised 2026-10-20 00:00 UTC, from 1 interaction up to 2026-03-01 10:15 UTC."
    )
    shown = "\n".join(texts(payload["blocks"]))
    assert "Was: begun 2026-09-26 13:08 UTC, raised 2026-10-20 00:00 UTC" in shown
    assert "Rests on 1 interaction up to" in shown
    for part in ("What to do", "Avoid", "contact", "Measured", "third time I ask"):
        assert part not in shown


def test_a_withdrawn_alert_says_to_drop_what_was_begun() -> None:
    payload = render(ended("retracted", shift=None))
    assert payload["text"].endswith(" Nothing to do; drop what was begun because of it.")
    assert "Changed" not in payload["text"]
    assert "Nothing to do; drop what was begun because of it." in texts(payload["blocks"])


def test_an_alert_of_operations_is_about_a_source_and_nobody_to_contact() -> None:
    payload = render(feed_alert())
    assert payload["text"] == (
        "Warning: new alert. No event from tweets has been processed for 6 days. Who: source tweets. "
        "Measured: silence of the source: 144.25 hours (limit 120). "
        "To do (operations): Check the producer. Avoid: Do not read it as customers leaving."
    )
    shown = "\n".join(texts(payload["blocks"]))
    assert "What to do (operations)" in shown
    for part in ("contact", "no single person", "Changed", "normal yet"):
        assert part not in shown


def test_an_alert_without_evidence_has_no_evidence_block() -> None:
    payload = render(alert(evidence=[], evidence_total=0))
    assert not any("Rests on" in text for text in texts(payload["blocks"]))


def test_someone_who_opted_out_is_not_proposed_for_contact() -> None:
    assert "Do not contact: opted out of mail." in render(
        alert(contact=Contact(allowed=False, why_not="opted out of mail"))
    )["text"]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "severity", "begins"),
    [
        ("open", "info", "\N{LARGE BLUE CIRCLE} Info: new alert"),
        ("updated", "critical", "\N{LARGE RED CIRCLE} Critical: update"),
        ("resolved", "critical", "\N{WHITE HEAVY CHECK MARK} Critical: resolved"),
        ("retracted", "warning", "\N{LEFTWARDS ARROW WITH HOOK} Warning: withdrawn"),
    ],
)
def test_status_and_severity_are_words_beside_an_icon(status: str, severity: str, begins: str) -> None:
    header = render(alert(status=status, severity=severity))["blocks"][0]["text"]["text"]
    assert header.startswith(begins)


def test_addresses_in_quotes_cannot_be_clicked() -> None:
    excerpt = "see https://evil.example/x and www.evil.example or mailto:me@evil.example"
    shown = "\n".join(texts(render(alert(evidence=[evidence(excerpt=excerpt)]))))
    assert "see hxxps[:]//evil[.]example/x and www[.]evil[.]example or mailto[:]me@evil[.]example" in shown


def test_more_to_do_than_fits_is_counted() -> None:
    record = alert(playbook=Playbook("support", "team", [f"step {n}" for n in range(8)], []))
    assert any("• step 4\n+3 more" in text for text in texts(render(record)["blocks"]))


def test_the_ampersand_is_escaped_first() -> None:
    assert escape("&<>") == "&amp;&lt;&gt;"
    assert escape("&lt;") == "&amp;lt;"


def test_an_entity_is_never_cut_in_half() -> None:
    for length in range(560, 600):
        items = ["<" * 160] * 5
        record = alert(summary="x" * length, playbook=Playbook("support", "team", items, items))
        assert not re.search(r"&(?!(amp|lt|gt);)", render(record)["text"])


def test_equal_alerts_have_equal_messages() -> None:
    assert render(alert()) == render(alert())
