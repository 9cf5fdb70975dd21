"""What the team said of alerts, from a file: JSON lines in the form that the topic ``feedback`` will have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from streams.files.recordings import UNREADABLE, BadLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.files.recordings import Recording

Word = Literal["acknowledged", "wrong"]


class Verdict(msgspec.Struct):
    """One person's word on one alert; further fields are skipped."""

    alert_id: str
    verdict: Word


_verdict = msgspec.json.Decoder(Verdict).decode


def read_verdicts(recording: Recording, told: Callable[[BadLine], None]) -> dict[str, Word]:
    """The last word on each alert by its id; ``told`` hears of each line that is none."""
    verdicts: dict[str, Word] = {}
    for each in recording:
        if isinstance(each, BadLine):
            told(each)
            continue
        try:
            said = _verdict(each.value)
        except UNREADABLE as error:
            allowed = '{"alert_id": "…", "verdict": "acknowledged"}, or "wrong"'
            told(BadLine(each.name, each.line, f"{error}; allowed: {allowed}"))
        else:
            verdicts[said.alert_id] = said.verdict
    return verdicts
