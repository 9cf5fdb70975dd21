from __future__ import annotations

import asyncio
import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from sinks import Reason, SinkError
from sinks.slack import Pace, SlackSink
from sinks.slack_answer import outcome, retry_after_seconds
from tests.fakes.slack import ACCEPT_THEN_DROP, DROP, STALL, Act, FakeSlack, refusal
from tests.sinks.samples import alert, private

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRET = "xoxSECRETxox"  # noqa: S105 - what the fake calls a secret; the tests look for it


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def slack(time: Time) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(time.clock) as fake:
        yield fake


@pytest.fixture
async def sink(slack: FakeSlack, time: Time) -> AsyncIterator[SlackSink]:
    built = SlackSink(slack.url(), allow_loopback=True, clock=time.clock, sleep=time.sleep)
    yield built
    await built.close()


async def failed(sink: SlackSink, **changes: Any) -> SinkError:
    with pytest.raises(SinkError) as caught:
        await sink.send(alert(**changes))
    return caught.value


async def test_an_alert_becomes_one_message(sink: SlackSink, slack: FakeSlack) -> None:
    await sink.send(alert())
    assert [message["text"][:18] for message in slack.messages] == ["Warning: new alert"]


async def test_the_same_version_is_posted_once(sink: SlackSink, slack: FakeSlack) -> None:
    await sink.send(alert(version=2))
    await sink.send(alert(version=2))
    await sink.send(alert(version=1))
    assert slack.requests == 1


async def test_thirty_alerts_at_once_leave_a_second_between_posts_and_meet_no_429(
    sink: SlackSink, slack: FakeSlack, time: Time
) -> None:
    await asyncio.gather(*(sink.send(alert(alert_id=str(number))) for number in range(30)))
    assert len(slack.messages) == 30
    assert slack.refused == []
    assert time.now - 1000.0 == pytest.approx(29.0)


async def test_a_retry_after_holds_the_channel_for_that_long(sink: SlackSink, slack: FakeSlack, time: Time) -> None:
    slack.script.append(Act(429, "rate_limited", {"Retry-After": "17"}))
    error = await failed(sink)
    assert (error.reason, error.retryable, error.retry_after) == (Reason.RATE_LIMITED, True, 17.0)
    await sink.send(alert())
    assert time.slept == [17.0]
    assert len(slack.messages) == 1


async def test_a_storm_of_429_and_500_loses_nothing_and_doubles_nothing(sink: SlackSink, slack: FakeSlack) -> None:
    slack.script.extend([Act(429, "rate_limited", {"Retry-After": "2"})] * 3 + [Act(500, "oops")] * 3)
    for _ in range(6):
        assert (await failed(sink)).retryable
    await sink.send(alert())
    assert (slack.requests, len(slack.messages)) == (7, 1)


async def test_a_429_without_a_readable_time_pauses_half_a_minute(
    sink: SlackSink, slack: FakeSlack, time: Time
) -> None:
    slack.script.append(Act(429, "rate_limited", {"Retry-After": "soon"}))
    assert (await failed(sink)).retry_after is None
    await sink.send(alert())
    assert time.slept == [30.0]


async def test_accepted_and_then_dropped_is_ambiguous_and_may_be_tried_again(sink: SlackSink, slack: FakeSlack) -> None:
    slack.script.append(ACCEPT_THEN_DROP)
    error = await failed(sink)
    assert (error.reason, error.retryable) == (Reason.CONNECTION_LOST, True)
    assert "may have been posted" in str(error)
    assert slack.requests == 1  # nothing below us tried again
    await sink.send(alert())
    assert len(slack.messages) == 2


async def test_no_answer_in_time_may_be_tried_again(slack: FakeSlack, time: Time) -> None:
    slack.script.append(STALL)
    hasty = SlackSink(slack.url(), allow_loopback=True, timeout_seconds=0.05, clock=time.clock, sleep=time.sleep)
    error = await failed(hasty)
    await hasty.close()
    assert (error.reason, error.retryable) == (Reason.TIMED_OUT, True)


async def test_nobody_listening_is_a_lost_connection_of_which_nothing_was_posted(time: Time) -> None:
    async with FakeSlack() as gone:
        url = gone.url()
    sink = SlackSink(url, allow_loopback=True, clock=time.clock, sleep=time.sleep)
    error = await failed(sink)
    await sink.close()
    assert (error.reason, error.retryable) == (Reason.CONNECTION_LOST, True)
    assert "may have been posted" not in str(error)


async def test_a_redirect_is_not_followed(sink: SlackSink, slack: FakeSlack) -> None:
    slack.script.append(Act(307, "", {"Location": slack.url("B0OTHER")}))
    error = await failed(sink)
    assert (error.reason, error.retryable) == (Reason.MISCONFIGURED, False)
    assert (slack.requests, slack.messages) == (1, [])


async def test_an_endless_answer_is_read_no_further_than_four_kilobytes(sink: SlackSink, slack: FakeSlack) -> None:
    slack.script.append(Act(400, "x" * 3_000_000))
    assert (await failed(sink)).reason is Reason.REFUSED


@pytest.mark.parametrize(
    ("body", "reason", "retryable"),
    [
        ("invalid_payload", Reason.REFUSED, False),
        ("no_text", Reason.REFUSED, False),
        ("too_many_attachments", Reason.REFUSED, False),
        ("user_not_found", Reason.REFUSED, False),
        ("action_prohibited", Reason.MISCONFIGURED, False),
        ("posting_to_general_channel_denied", Reason.MISCONFIGURED, False),
        ("invalid_token", Reason.MISCONFIGURED, False),
        ("channel_not_found", Reason.MISCONFIGURED, False),
        ("no_service", Reason.MISCONFIGURED, False),
        ("no_service_id", Reason.MISCONFIGURED, False),
        ("no_active_hooks", Reason.MISCONFIGURED, False),
        ("no_team", Reason.MISCONFIGURED, False),
        ("team_disabled", Reason.MISCONFIGURED, False),
        ("channel_is_archived", Reason.MISCONFIGURED, False),
        ("rate_limited", Reason.RATE_LIMITED, True),
        ("rollup_error", Reason.SERVER_ERROR, True),
    ],
)
async def test_each_documented_error_has_its_reason(
    sink: SlackSink, slack: FakeSlack, body: str, reason: Reason, retryable: bool
) -> None:
    slack.script.append(refusal(body))
    error = await failed(sink)
    assert (error.reason, error.retryable) == (reason, retryable)
    assert body in str(error)


def test_the_body_decides_before_the_status() -> None:
    error = outcome(500, "no_service", {})
    assert error is not None
    assert error.reason is Reason.MISCONFIGURED
    assert outcome(200, "channel_is_archived", {}) is not None


@pytest.mark.parametrize(
    ("status", "reason", "retryable"),
    [
        (400, Reason.REFUSED, False),
        (403, Reason.MISCONFIGURED, False),
        (410, Reason.MISCONFIGURED, False),
        (413, Reason.REFUSED, False),
        (429, Reason.RATE_LIMITED, True),
        (502, Reason.SERVER_ERROR, True),
        (504, Reason.SERVER_ERROR, True),
    ],
)
def test_without_a_known_body_the_status_decides(status: int, reason: Reason, retryable: bool) -> None:
    error = outcome(status, "<html>something else", {})
    assert error is not None
    assert (error.reason, error.retryable) == (reason, retryable)
    assert "html" not in str(error)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        (" 1.5 ", 1.5),
        ("-4", 0.0),
        ("999999", 3600.0),
        ("nan", None),
        ("inf", None),
        ("", None),
        ("soon", None),
        ("Sun, 01 Mar 2026 10:00:20 GMT", 20.0),
    ],
)
def test_retry_after_is_read_whatever_it_holds(text: str, seconds: float | None) -> None:
    headers = {"Retry-After": text, "Date": "Sun, 01 Mar 2026 10:00:00 GMT"}
    assert retry_after_seconds(headers) == seconds


def test_a_date_without_the_server_s_own_date_is_no_duration() -> None:
    assert retry_after_seconds({"Retry-After": "Sun, 01 Mar 2026 10:00:20 GMT"}) is None


def test_evidence_that_only_grows_pings_nobody(sink: SlackSink) -> None:
    assert sink.wants(alert())
    assert not sink.wants(alert(version=2, status="updated"))


async def test_a_worse_update_a_resolution_and_a_reopening_ping(sink: SlackSink, slack: FakeSlack) -> None:
    for version, status, severity in (
        (1, "open", "info"),
        (2, "updated", "info"),
        (3, "updated", "warning"),
        (4, "resolved", "warning"),
        (5, "updated", "warning"),
        (6, "retracted", "warning"),
    ):
        await sink.send(alert(version=version, status=status, severity=severity))
    words = [message["text"].split(".")[0] for message in slack.messages]
    assert words == [
        "Info: new alert", "Warning: update", "Warning: resolved", "Warning: update", "Warning: withdrawn"
    ]  # fmt: skip


def test_an_update_of_an_unknown_alert_pings_only_if_critical(sink: SlackSink) -> None:
    assert sink.wants(alert(version=7, status="updated", severity="critical"))
    assert not sink.wants(alert(version=7, status="updated", severity="warning"))


async def test_a_failed_post_is_still_wanted(sink: SlackSink, slack: FakeSlack) -> None:
    slack.script.append(DROP)
    await failed(sink)
    assert sink.wants(alert())


async def test_a_private_alert_never_reaches_a_channel_of_the_team(sink: SlackSink, slack: FakeSlack) -> None:
    await sink.send(private())
    assert slack.requests == 0


async def test_a_private_channel_takes_private_alerts_without_quotes(slack: FakeSlack, time: Time) -> None:
    owners = SlackSink(slack.url(), audiences=["private"], allow_loopback=True, clock=time.clock, sleep=time.sleep)
    await owners.send(private())
    await owners.send(alert())
    await owners.close()
    assert len(slack.messages) == 1
    assert "third time I ask" not in json.dumps(slack.messages)


async def test_memory_of_posts_is_bounded(sink: SlackSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.slack._REMEMBERED", 3)
    for number in range(5):
        await sink.send(alert(alert_id=str(number)))
    assert list(sink._posted) == ["2", "3", "4"]


@pytest.mark.parametrize(
    "url",
    [
        f"http://hooks.slack.com/services/T/B/{SECRET}",
        f"https://evil.example/services/T/B/{SECRET}",
        f"https://hooks.slack.com.evil.example/services/T/B/{SECRET}",
        f"https://user:{SECRET}@hooks.slack.com/services/T/B/x",
        f"https://hooks.slack.com:8443/services/T/B/{SECRET}",
        f"https://hooks.slack.com:99999/services/T/B/{SECRET}",
        f"http://127.0.0.1:80/services/T/B/{SECRET}",
        f"{SECRET}",
    ],
)
def test_an_address_that_is_not_slack_s_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(SinkError) as caught:
        SlackSink(url)
    assert caught.value.reason is Reason.MISCONFIGURED
    assert "allowed: https://hooks.slack.com or https://hooks.slack-gov.com" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("host", ["hooks.slack.com", "hooks.slack-gov.com", "HOOKS.slack.com"])
def test_slack_s_own_hosts_are_allowed(host: str) -> None:
    assert SlackSink(f"https://{host}/services/T/B/{SECRET}").name == "slack"


@pytest.mark.parametrize(
    "act", [DROP, ACCEPT_THEN_DROP, STALL, Act(500, "x"), refusal("no_service"), refusal("rate_limited")]
)
async def test_the_address_stands_in_no_log_message_repr_or_traceback(
    act: Act, slack: FakeSlack, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    slack.script.append(act)
    sink = SlackSink(slack.url(), allow_loopback=True, timeout_seconds=0.2, clock=time.clock, sleep=time.sleep)
    error = await failed(sink)
    await sink.send(alert())
    await sink.close()
    seen = "".join(traceback.format_exception(error)) + repr(error) + repr(sink) + str(sink) + caplog.text
    assert SECRET not in seen
    assert slack.url() not in seen
    assert error.__context__ is None
    assert error.__cause__ is None


async def test_an_unreachable_address_stands_in_no_exception(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with FakeSlack() as gone:
        url = gone.url()
    sink = SlackSink(url, allow_loopback=True, clock=time.clock, sleep=time.sleep)
    error = await failed(sink)
    await sink.close()
    assert SECRET not in "".join(traceback.format_exception(error)) + caplog.text
    assert error.__context__ is None


async def test_closing_twice_or_before_use_is_harmless(sink: SlackSink) -> None:
    await sink.close()
    await sink.send(alert())
    await sink.close()
    await sink.close()


async def test_a_hold_never_shortens_a_longer_one(time: Time) -> None:
    pace = Pace(1.0, time.clock, time.sleep)
    pace.hold(20.0)
    pace.hold(5.0)
    async with pace:
        assert time.now == 1020.0


async def test_whoever_gives_up_waiting_leaves_the_queue_open(time: Time) -> None:
    pace = Pace(1.0, time.clock, lambda _: asyncio.Event().wait())  # type: ignore[arg-type, return-value]
    pace.hold(20.0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pace.__aenter__(), 0.01)
    time.now += 20.0
    async with pace:
        assert time.slept == []


async def test_the_fake_itself_allows_one_message_a_second_and_channel(slack: FakeSlack, time: Time) -> None:
    first = SlackSink(slack.url(), allow_loopback=True, clock=lambda: 0.0, sleep=time.sleep)
    second = SlackSink(slack.url(), allow_loopback=True, clock=lambda: 0.0, sleep=time.sleep)
    other = SlackSink(slack.url("B0OTHER"), allow_loopback=True, clock=lambda: 0.0, sleep=time.sleep)
    await first.send(alert())
    error = await failed(second)
    await other.send(alert())
    for used in (first, second, other):
        await used.close()
    assert (error.reason, error.retry_after) == (Reason.RATE_LIMITED, 1.0)
