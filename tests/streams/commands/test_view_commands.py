from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from redis.asyncio import Redis

from sinks.alert import Alert, Cohort, decode_alert
from sinks.redis_view import RedisView
from sinks.relationship import decode_relationship
from streams.broker.parts import EmbeddedRedis
from tests.sinks.samples import alert, relationship

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

pytestmark = pytest.mark.redis

ROOT = Path(__file__).resolve().parents[3]
SEVERITIES = ("info", "warning", "critical")


@pytest.fixture(scope="module")
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as part:
        yield part


class Terminal:
    """Runs commands against one Redis and writes its view."""

    def __init__(self, redis: EmbeddedRedis) -> None:
        self.port = redis.port
        self.environment = {**os.environ, "RAPPORT_REDIS__URL": f"redis://127.0.0.1:{redis.port}/0"}

    def write(self, work: Callable[[RedisView], Coroutine[Any, Any, None]]) -> None:
        async def written() -> None:
            client = Redis(port=self.port or 0)
            await work(RedisView(client))
            await client.aclose()

        asyncio.run(written())

    def fill(self, *alerts: Alert, people: tuple[Any, ...] = ()) -> None:
        async def work(view: RedisView) -> None:
            await view.begin()
            await view.send_many(alerts)
            await view.send_relationships(people)
            await view.mark(view.layout)

        self.write(work)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "streams", *arguments]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def terminal(redis: EmbeddedRedis) -> Terminal:
    made = Terminal(redis)

    async def wipe(view: RedisView) -> None:
        await view.wipe()

    made.write(wipe)
    return made


def test_open_alerts_are_shown_as_cards_the_worst_first(terminal: Terminal) -> None:
    terminal.fill(*(alert(alert_id=f"the-{one}", severity=one) for one in SEVERITIES), alert(status="resolved"))
    code, out, err = terminal.run("alerts")
    assert (code, err) == (0, "")
    assert [line.split()[1] for line in out.splitlines() if line.startswith("  alert ")] == [
        "the-critical",
        "the-warning",
        "the-info",
    ]
    assert "\x1b" not in out


def test_alerts_are_filtered_and_given_as_json_lines(terminal: Terminal) -> None:
    terminal.fill(
        alert(alert_id="1"),
        alert(alert_id="2", stakeholder="x", status="retracted"),
        alert(alert_id="3", status="resolved"),
    )

    def ids(*options: str) -> list[str]:
        code, out, _ = terminal.run("alerts", "--json", *options)
        assert code == 0
        return sorted(decode_alert(line).alert_id for line in out.splitlines())

    assert ids() == ["1"]
    assert ids("--status", "resolved", "--status", "retracted") == ["2", "3"]
    assert ids("--stakeholder", "x", "--status", "retracted") == ["2"]
    assert ids("--stakeholder", "nobody") == []
    assert len(ids("--status", "resolved", "--status", "retracted", "--limit", "1")) == 1


def test_an_alert_about_many_is_shown_in_the_place_of_those_that_are_folded_into_it(terminal: Terminal) -> None:
    cohort = Cohort("people", {"rule": "third_channel", "party": "customer"}, 2, ["c-1", "c-2"])
    many = alert(alert_id="many", rule="many_at_once", stakeholder=None, shift=None, cohort=cohort, folded=["1", "2"])
    terminal.fill(many, alert(alert_id="1", stakeholder="c-1"), alert(alert_id="2", stakeholder="c-2"))

    def found(*options: str) -> dict[str, str | None]:
        code, out, _ = terminal.run("alerts", "--json", *options)
        assert code == 0
        return {line["alert_id"]: line.get("folded_into") for line in map(msgspec.json.decode, out.splitlines())}

    assert found() == {"many": None}
    assert found("--folded") == {"many": None, "1": "many", "2": "many"}
    assert found("--stakeholder", "c-1") == {"1": "many"}
    _, out, _ = terminal.run("alerts")
    assert "2 people (party customer, rule third_channel)" in out
    assert "fold:  stands for 2 alerts about single people" in out
    _, out, _ = terminal.run("stakeholder", "c-1")
    assert "fold:  folded into alert many" in out


def test_the_rules_and_people_with_the_most_open_alerts_are_told(terminal: Terminal) -> None:
    worst = [alert(alert_id=f"top-{n}", rule="third_channel", severity="critical", stakeholder="top") for n in range(2)]
    terminal.fill(*worst, alert(alert_id="top-2", rule="exit_spike", severity="warning", stakeholder="next"))
    code, out, _ = terminal.run("alerts", "--top", "--json", "--limit", "1000")
    assert code == 0
    told = [msgspec.json.decode(line) for line in out.splitlines()]
    people = {one["stakeholder"]: one["open_alerts"] for one in told if "stakeholder" in one}
    assert (people["top"], people["next"]) == (2, 1)
    assert list(people).index("top") < list(people).index("next")
    assert {one["rule"]: one["open_alerts"] for one in told if "rule" in one}["third_channel"] >= 2
    _, out, _ = terminal.run("alerts", "--top")
    assert "2 open alerts, the worst critical" in out
    code, _, err = terminal.run("alerts", "--top", "--follow")
    assert code == 2
    assert "allowed with it: --limit, --json" in err


def test_an_unknown_status_is_refused_with_the_allowed_ones(terminal: Terminal) -> None:
    code, out, err = terminal.run("alerts", "--status", "great")
    assert (code, out) == (2, "")
    assert "'great' is not one of 'open', 'updated', 'resolved', 'retracted'" in err


def test_following_shows_what_is_there_and_then_each_change_until_it_is_interrupted(terminal: Terminal) -> None:
    terminal.fill(alert(alert_id="first"))
    following = subprocess.Popen(
        terminal.command("alerts", "--follow", "--json"), cwd=ROOT, env=terminal.environment, stdout=subprocess.PIPE
    )
    try:
        assert following.stdout is not None
        assert decode_alert(following.stdout.readline()).alert_id == "first"
        terminal.fill(alert(alert_id="first", version=2, status="resolved"), alert(alert_id="second"))
        assert [decode_alert(following.stdout.readline()).alert_id for _ in range(2)] == ["first", "second"]
        following.send_signal(signal.SIGINT)
        assert following.wait(10) == 130
    finally:
        following.kill()
        following.wait()
        if following.stdout is not None:
            following.stdout.close()


def test_a_person_is_shown_with_open_and_past_alerts_and_the_next_deadline(terminal: Terminal) -> None:
    past = alert(alert_id="past", status="resolved", rule="silent_stop", summary="Bought again.\x1b[31m")
    terminal.fill(alert(), past, people=(relationship(),))
    code, out, err = terminal.run("stakeholder", "c-1042")
    assert (code, err) == (0, "")
    for part in (
        "customer c-1042: regular joe, since 2026-01-01 00:00 UTC",
        "next deadline   2026-04-01 00:00 UTC",
        "own channels    75% of two-way contact",
        "1 open alert:",
        "1 past alert in the view:",
        "silent stop, 2026-03-01 10:15 UTC to 2026-03-01 10:15 UTC, resolved: Bought again.",
    ):
        assert part in out
    assert "\x1b" not in out


def test_what_is_unknown_of_a_person_is_said_to_be_so(terminal: Terminal) -> None:
    nothing: dict[str, Any] = {
        "since": None,
        "scores": {},
        "owned_share": None,
        "reachable": None,
        "consent": {},
        "next_deadline": None,
        "purchases": 3,
        "unclear": {"silent_stop": "3 purchases so far: no rhythm yet"},
    }
    terminal.fill(people=(relationship(stakeholder="new", party="unknown", type="newcomer", **nothing),))
    _, out, _ = terminal.run("stakeholder", "new")
    assert out.count("not enough to say") == 6
    assert "not judged      silent_stop: not enough to say, 3 purchases so far: no rhythm yet\n" in out
    assert "next deadline   not enough to say when silence would count" in out
    assert "consent         never asked" in out
    assert "\n0 open alerts\n0 past alerts in the view\n" in out
    assert out.startswith("new: newcomer, since when: not enough to say")
    terminal.fill(alert(stakeholder="alerts only"))
    _, out, _ = terminal.run("stakeholder", "alerts only")
    assert out.startswith("alerts only: not enough to say about the relationship")


@pytest.mark.parametrize("purchases", [0, 4])
def test_who_simply_has_no_deadline_is_said_to_have_none(terminal: Terminal, purchases: int) -> None:
    terminal.fill(people=(relationship(next_deadline=None, purchases=purchases),))
    _, out, _ = terminal.run("stakeholder", "c-1042")
    assert "next deadline   none\n" in out
    _, out, _ = terminal.run("relationships")
    assert out.endswith("next deadline none, 1 open alert\n")


def test_a_person_as_json_is_one_object(terminal: Terminal) -> None:
    terminal.fill(alert(), people=(relationship(),))
    code, out, _ = terminal.run("stakeholder", "c-1042", "--json")
    told = msgspec.json.decode(out)
    assert (code, set(told), told["relationship"]["type"]) == (
        0,
        {"stakeholder", "relationship", "alerts", "dead_feeds"},
        "regular_joe",
    )
    assert told["dead_feeds"] == []
    assert [one["rule"] for one in told["alerts"]] == ["third_channel"]


def test_absence_in_a_silent_feed_is_said_not_to_be_judged(terminal: Terminal) -> None:
    dead = alert(alert_id="dead", rule="dead_feed", stakeholder=None, source="tickets", severity="critical")
    terminal.fill(dead, alert(alert_id="alive"), people=(relationship(),))
    _, out, _ = terminal.run("stakeholder", "c-1042")
    assert "  not judged      absence in tickets: not enough to say, its feed is silent\n" in out
    _, out, _ = terminal.run("stakeholder", "c-1042", "--json")
    assert msgspec.json.decode(out)["dead_feeds"] == ["tickets"]


def test_a_stranger_is_an_error_with_a_hint(terminal: Terminal) -> None:
    terminal.fill()
    code, out, err = terminal.run("stakeholder", "nobody")
    assert (code, out) == (1, "")
    assert err == "rapport: nothing is known of 'nobody'; `rapport relationships` lists who is known\n"


def test_relationships_are_listed_by_type(terminal: Terminal) -> None:
    people = tuple(relationship(stakeholder=f"p-{number}", type=kind) for number, kind in enumerate("abb"))
    terminal.fill(people=people)
    code, out, _ = terminal.run("relationships")
    assert code == 0
    assert [line for line in out.splitlines() if not line.startswith(" ")] == ["a: 1 person", "b: 2 people"]
    assert "p-0" in out
    code, out, _ = terminal.run("relationships", "--type", "b", "--json")
    assert {decode_relationship(line).stakeholder for line in out.splitlines()} == {"p-1", "p-2"}
    code, _, err = terminal.run("relationships", "--type", "z")
    assert (code, err) == (1, "rapport: nobody is of type 'z'; there are: a, b\n")


def test_an_incomplete_view_is_told_on_stderr_alone(terminal: Terminal) -> None:
    code, out, err = terminal.run("alerts", "--json")
    assert (code, out) == (0, "")
    assert "the view is empty or being made anew" in err
    assert "`rapport rebuild`" in err


@pytest.mark.parametrize(
    "arguments", [("alerts",), ("alerts", "--follow"), ("stakeholder", "x"), ("relationships",)], ids=" ".join
)
def test_without_redis_one_sentence_names_the_place_and_the_cure(
    terminal: Terminal, arguments: tuple[str, ...]
) -> None:
    terminal.environment["RAPPORT_REDIS__URL"] = "redis://:SECRET@127.0.0.1:1/0"
    code, out, err = terminal.run(*arguments)
    assert (code, out) == (1, "")
    assert err == (
        "rapport: Redis at 127.0.0.1:1 does not answer:"
        " start it, or set redis.url (RAPPORT_REDIS__URL) to where it runs\n"
    )


def test_an_address_that_is_none_is_a_settings_error_that_tells_no_secret(terminal: Terminal) -> None:
    terminal.environment["RAPPORT_REDIS__URL"] = "nonsense://:SECRET@x"
    code, _, err = terminal.run("relationships")
    assert code == 2
    assert "allowed: redis://HOST:PORT/0" in err
    assert "SECRET" not in err


def test_a_refusing_redis_is_told_from_a_silent_one(terminal: Terminal, redis: EmbeddedRedis) -> None:
    terminal.environment["RAPPORT_REDIS__URL"] = f"redis://user:SECRET@127.0.0.1:{redis.port}/0"
    code, _, err = terminal.run("alerts")
    assert code == 1
    assert "refuses us: set user and password in redis.url" in err
    assert "SECRET" not in err
