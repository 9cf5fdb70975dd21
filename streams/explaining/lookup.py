"""An alert by its id: from the topics, where the live view does not have it, or not in the version asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.broker import topics
from streams.broker.reading import reader
from streams.deliver.change import UnreadableError, read_alert

if TYPE_CHECKING:
    from sinks.alert import Alert
    from streams.broker.reading import Reader
    from streams.settings import Settings


class UnknownAlertError(LookupError):
    """There is no such alert, or no such version; the message says what there is."""


async def look_up(settings: Settings, alert_id: str, version: int | None, seen: Alert | None) -> Alert:
    """The alert in that version, None for the latest; ``seen`` is what the live view has.

    Raises UnknownAlertError, TopicMissingError, or what the broker answers.
    """
    if seen is not None and version in (None, seen.version):
        return seen
    async with reader(settings.broker) as reading:
        if seen is None:
            seen = await _latest(reading, settings.topic(topics.ALERT_STATE), alert_id)
            if seen is not None and version in (None, seen.version):
                return seen
        versions = await _versions(reading, settings.topic(topics.ALERTS), alert_id)
    if seen is not None:
        versions.setdefault(seen.version, seen)
    if not versions:
        raise UnknownAlertError(
            f"no alert {alert_id!r} is known, neither in the live view nor in the log; `rapport alerts` lists open ones"
        )
    wanted = max(versions) if version is None else version
    if wanted not in versions:
        there = ", ".join(map(str, sorted(versions)))
        raise UnknownAlertError(f"version {wanted} of alert {alert_id} is not in the log (any more); there: {there}")
    return versions[wanted]


async def _latest(reading: Reader, topic: str, alert_id: str) -> Alert | None:
    """What ``alert-state`` has last of the alert."""
    key = alert_id.encode()
    last = None
    async for page in reading.everything(topic):
        for record in page:
            if record.key == key:
                last = record
    if last is None:
        return None
    if not last.value:
        raise UnknownAlertError(f"alert {alert_id} has been forgotten, with the person whom it was about")
    return _read(last.value)


async def _versions(reading: Reader, topic: str, alert_id: str) -> dict[int, Alert]:
    """Every version that ``alerts`` still has."""
    name = alert_id.encode()
    found: dict[int, Alert] = {}
    async for page in reading.everything(topic):
        for record in page:
            if name not in (record.value or b""):
                continue
            alert = _read(record.value)
            if alert is not None and alert.alert_id == alert_id:
                found[alert.version] = alert
    return found


def _read(value: bytes) -> Alert | None:
    """The alert; None for what is none: ``deliver`` has buried it when it came."""
    try:
        record = read_alert(None, value).record
    except UnreadableError:
        return None
    return record  # type: ignore[return-value]  # of this topic it is an alert
