"""``rapport stakeholder ID``: all that the live view knows of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from sinks.wording import CLOSED, STATUS_WORDS, clean, counted, label, moment, number
from streams.commands._options import json_option, with_settings
from streams.commands._view import open_view, run
from streams.commands.alerts import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinks.alert import Alert
    from sinks.redis_reading import StakeholderView
    from sinks.relationship import Relationship
    from streams.settings import Settings

UNKNOWN = "not enough to say"
_COLUMN = 16
_MOST_ALERTS = 1_000


@click.command("stakeholder")
@click.argument("stakeholder", metavar="ID")
@json_option
@with_settings
def command(settings: Settings, *, stakeholder: str, as_json: bool) -> None:
    """Show how one person stands: relationship, open and past alerts, the next deadline."""
    run(_show(settings, stakeholder, as_json=as_json))


async def _show(settings: Settings, stakeholder: str, *, as_json: bool) -> None:
    async with open_view(settings) as view:
        seen = await view.stakeholder(stakeholder)
        open_alerts = await view.alerts(limit=_MOST_ALERTS)
    silent = sorted(alert.source for alert in open_alerts if alert.rule == "dead_feed" and alert.source is not None)
    if seen.relationship is None and not seen.alerts:
        raise click.ClickException(f"nothing is known of {stakeholder!r}; `rapport relationships` lists who is known")
    if as_json:
        told = {
            "stakeholder": stakeholder,
            "relationship": seen.relationship,
            "alerts": seen.alerts,
            "dead_feeds": silent,
        }
        click.echo(msgspec.json.encode(told))
        return
    for line in standing(stakeholder, seen.relationship):
        click.echo(line)
    for source in silent:
        click.echo(f"  {'not judged':<{_COLUMN}}{clean(f'absence in {source}: {UNKNOWN}, its feed is silent')}")
    _show_alerts(seen)


def standing(stakeholder: str, known: Relationship | None) -> Iterator[str]:
    """How one stands, in clean lines; what is not known is said to be so, never left out or guessed."""
    if known is None:
        yield clean(f"{stakeholder}: {UNKNOWN} about the relationship")
        return
    since = f"since {moment(known.since)}" if known.since else f"since when: {UNKNOWN}"
    party = "" if known.party == "unknown" else f"{label(known.party)} "
    yield clean(f"{party}{stakeholder}: {label(known.type)}, {since}")
    facts = {
        "last seen": moment(known.last_seen),
        "purchases": number(known.purchases),
        "next deadline": _deadline(known),
        "own channels": UNKNOWN if known.owned_share is None else f"{known.owned_share:.0%} of two-way contact",
        "reachable": _reachable(known.reachable),
        "consent": ", ".join(f"{label(by)} {'yes' if given else 'no'}" for by, given in sorted(known.consent.items()))
        or "never asked",
        "evidence of": ", ".join(f"{label(name)} {number(score)}" for name, score in sorted(known.scores.items()))
        or UNKNOWN,
    }
    for name, fact in facts.items():
        yield f"  {name:<{_COLUMN}}{clean(fact)}"
    for rule, why in sorted(known.unclear.items()):
        yield f"  {'not judged':<{_COLUMN}}{clean(f'{rule}: {UNKNOWN}, {why}')}"
    for role in known.roles:
        since = f"since {moment(role.since)}" if role.since else f"since when: {UNKNOWN}"
        yield f"  {'besides':<{_COLUMN}}{clean(f'{label(role.party)}: {label(role.type)}, {since}')}"


def _deadline(known: Relationship) -> str:
    if known.next_deadline:
        return moment(known.next_deadline)
    return f"{UNKNOWN} when silence would count" if known.purchases and "silent_stop" in known.unclear else "none"


def _reachable(known: bool | None) -> str:  # noqa: FBT001 - the record's own three values
    if known is None:
        return UNKNOWN
    return "yes, without a platform" if known else "only through a platform"


def _show_alerts(seen: StakeholderView) -> None:
    past = [alert for alert in seen.alerts if alert.status in CLOSED]
    now = [alert for alert in seen.alerts if alert.status not in CLOSED]
    click.echo(f"\n{counted(len(now), 'open alert')}" + (":\n" if now else ""))
    for alert in now:
        show(alert, as_json=False)
    click.echo(f"{counted(len(past), 'past alert')} in the view" + (":" if past else ""))
    for alert in past:
        click.echo(_past(alert))


def _past(alert: Alert) -> str:
    started, ended = moment(alert.started_at), moment(alert.detected_at)
    return "  " + clean(f"{label(alert.rule)}, {started} to {ended}, {STATUS_WORDS[alert.status]}: {alert.summary}")
