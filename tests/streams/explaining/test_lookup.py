from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sinks.alert import Alert
from streams.explaining.lookup import UnknownAlertError, look_up
from streams.settings import Settings
from tests.sinks.samples import alert
from tests.streams.broker.fake_consumer import Kept

if TYPE_CHECKING:
    from tests.streams.explaining.fake_log import FakeLog

VERSIONS = [alert(version=number, summary=f"version {number}") for number in (1, 2, 3)]
ID = VERSIONS[0].alert_id


async def found(version: int | None = None, seen: Alert | None = None, alert_id: str = ID) -> str:
    return (await look_up(Settings(), alert_id, version, seen)).summary


async def test_what_the_view_has_is_taken_from_it() -> None:
    assert await found(seen=VERSIONS[1]) == "version 2"
    assert await found(2, VERSIONS[1]) == "version 2"


async def test_without_a_view_the_latest_is_taken_from_the_compacted_topic(log: FakeLog) -> None:
    for version in VERSIONS:
        log.put(version)
    log.put(alert(alert_id="another", summary="another"))
    log.topics["alerts"].clear()
    assert await found() == "version 3"
    assert await found(3) == "version 3"


async def test_an_earlier_or_newer_version_is_taken_from_the_alerts(log: FakeLog) -> None:
    for version in VERSIONS:
        log.put(version)
    assert await found(1) == "version 1"
    assert await found(3, VERSIONS[1]) == "version 3"


async def test_an_alert_that_is_no_state_yet_is_found_all_the_same(log: FakeLog) -> None:
    for version in VERSIONS:
        log.put(version)
    log.topics["alert-state"].clear()
    assert await found() == "version 3"


async def test_a_version_that_is_not_there_is_refused_with_those_that_are(log: FakeLog) -> None:
    for version in VERSIONS:
        log.put(version)
    log.delete_before("alerts", 1)
    with pytest.raises(UnknownAlertError, match=rf"^version 1 of alert {ID} is not in the log .*; there: 2, 3$"):
        await found(1)


async def test_an_unknown_alert_is_refused(log: FakeLog) -> None:
    log.put(VERSIONS[0])
    with pytest.raises(UnknownAlertError, match=r"^no alert 'nobody' is known, .*`rapport alerts` lists open ones$"):
        await found(alert_id="nobody")


async def test_what_was_forgotten_is_not_dug_out_again(log: FakeLog) -> None:
    log.put(VERSIONS[0])
    log.forget(VERSIONS[0])
    with pytest.raises(UnknownAlertError, match="has been forgotten, with the person whom it was about"):
        await found()


async def test_records_that_are_no_alerts_are_passed_over(log: FakeLog) -> None:
    log.topics["alerts"] += [Kept(0, b"c", f'{{"alert_id": "{ID}"'.encode()), Kept(1, b"c", None)]
    log.topics["alert-state"].append(Kept(0, ID.encode(), b"no alert"))
    with pytest.raises(UnknownAlertError, match="is known"):
        await found()
    quoting = alert(alert_id="other", summary=f"see {ID}")
    log.topics["alerts"].clear()
    log.put(quoting)
    with pytest.raises(UnknownAlertError, match="is known"):
        await found()
