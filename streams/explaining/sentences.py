"""The sentences of an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.nouns import noun, plural
from detectors.places import spoken
from detectors.windows import DAY_MS, HOUR_MS
from sinks.stamps import time_text
from sinks.wording import counted, label, measured, moment, number

if TYPE_CHECKING:
    from detectors.prevention import Prevention
    from detectors.trails import Mark
    from sinks.alert import Measured
    from streams.explaining.explanation import Difference, Explanation, Log, Recomputed

_EVENT: Final = "event"
_MOST_NAMED: Final = 2
_VERSION_CHARACTERS: Final = 15
_TIMES: Final = ("begin", "time of detection")


def prevented(found: Prevention) -> str:
    """The smallest changes in one sentence, or that none was found."""
    parts = [part for part in (_fewer(found), _later(found), _added(found)) if part]
    unfinished = "" if found.is_complete else " Not everything was tried: it would have taken too long."
    if not parts:
        return f"No small change was found that would have prevented it.{unfinished}"
    told = ", or ".join(parts)
    return f"{told[0].upper()}{told[1:]}, and there would have been no alert.{unfinished}"


def prevented_by_figures(figures: Measured) -> str:
    """What can be said of an alert that lists no event."""
    side = "below" if figures.value >= figures.threshold else "above"
    unit = "" if figures.unit in ("", figures.name) else f" {figures.unit}"
    return f"With {figures.name} {side} {number(figures.threshold)}{unit}, there would have been no alert."


def result(made: Recomputed, log: Log | None) -> str:
    """What came of the recount."""
    if log is None or made.why is not None:
        return f"not possible: {made.why}"
    give = f"{counted(log.records, 'record')} of {log.topic} {log.partition} give"
    if made.alert is None:
        return f"{give} no such alert"
    if made.result == "same":
        return f"{give} the same, value for value"
    if made.result == "another":
        begun = moment(made.alert.started_at)
        return f"{give} not this alert, but another of the rule, begun {begun}: {measured(made.alert)}"
    return f"{give} something else: {', '.join(map(_difference, made.differences))}"


def notes(told: Explanation) -> list[str]:
    """What one must know to judge the explanation."""
    said = []
    made = told.recomputed
    if told.rules_in_force != told.alert.rules_version:
        versions = f"{_short(told.alert.rules_version)}, now {_short(told.rules_in_force)}"
        used = "" if made is None or made.result == "impossible" else ": recomputed with those in force"
        said.append(f"The rules have changed since the alert ({versions}){used}.")
    deleted = sum(each.state == "deleted" for each in told.events)
    lost = sum(each.state in ("missing", "another") for each in told.events)
    log = told.log
    if log is not None and deleted:
        said.append(
            f"{deleted} of the {len(told.events)} listed events are no longer in the log: retention has deleted what"
            f" lies before offset {log.begin} of {log.topic} {log.partition}. They are shown as the alert has them."
        )
    if lost:
        said.append(
            f"{lost} of the {len(told.events)} listed events are not where the alert says: was the topic made anew?"
        )
    if log is not None and log.begin and not deleted and made is not None and made.result != "same":
        said.append(
            f"Retention has deleted what lies before offset {log.begin} of {log.topic} {log.partition}, which the"
            " alert may rest on as well."
        )
    return said


def _fewer(found: Prevention) -> str:
    """Less of what was done: any one, one of some, or several."""
    one = _noun(found)
    if found.newest:
        return f"without the last {found.newest} {plural(one)}"
    if not found.without:
        return ""
    if _any_one(found):
        return f"one {one} fewer"
    if len(found.without) > _MOST_NAMED:
        return f"without any one of {len(found.without)} of the {len(found.counted)} {plural(one)}"
    first, *others = found.without
    named = [
        _named(found, first, _noun_of(found, first)),
        *(_named(found, mark, _again(found, mark)) for mark in others),
    ]
    return f"without {' or '.join(named)}"


def _later(found: Prevention) -> str:
    if found.later is None:
        return ""
    mark, shift = found.later
    is_first = not (found.without or found.newest)
    named = _named(found, mark, _noun_of(found, mark) if is_first else _again(found, mark))
    linked = "" if is_first or _any_one(found) else "with "
    return f"{linked}{named} {_span(shift)} later"


def _added(found: Prevention) -> str:
    if not found.added:
        return ""
    kinds = [noun(kind) for kind in found.added]
    one = kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} or {kinds[-1]}"
    return f"one more {one} by {moment(time_text(found.by))}"


def _any_one(found: Prevention) -> bool:
    """Whether it is all the same which one, and all are alike."""
    return len(found.without) == len(found.counted) > 1 and _noun(found) != _EVENT


def _noun(found: Prevention) -> str:
    """What all of them are."""
    nouns = {_noun_of(found, mark) for mark in found.counted}
    return nouns.pop() if len(nouns) == 1 else _EVENT


def _noun_of(found: Prevention, mark: Mark) -> str:
    return "complaint" if found.are_complaints else noun(mark.kind)


def _again(found: Prevention, mark: Mark) -> str:
    """What it is, where a noun went before."""
    return _noun_of(found, mark) if _noun(found) == _EVENT else "one"


def _named(found: Prevention, mark: Mark, one: str) -> str:
    """Which one, as shortly as it is clear."""
    others = [each for each in found.counted if each != mark]
    place = spoken(mark.channel)
    if others and all(each.channel != mark.channel for each in others):
        return f"the {one} {place}"
    if others and mark in (found.counted[0], found.counted[-1]):
        return f"the {'first' if mark == found.counted[0] else 'last'} {one}"
    return f"the {one} {place} of {moment(time_text(mark.at))}"


def _span(shift_ms: int) -> str:
    length, unit = (shift_ms // DAY_MS, "day") if shift_ms % DAY_MS == 0 else (shift_ms // HOUR_MS, "hour")
    if length == 1:
        return "a day" if unit == "day" else "an hour"
    return f"{length} {unit}s"


def _difference(each: Difference) -> str:
    if each.what == "listed events":
        return f"{len(each.recomputed)} listed events instead of {len(each.alert)}, or others"
    return f"{each.what} {_fact(each.what, each.recomputed)} instead of {_fact(each.what, each.alert)}"


def _fact(what: str, value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, int | float):
        return number(value)
    return moment(str(value)) if what in _TIMES else label(str(value))


def _short(version: str) -> str:
    return version[:_VERSION_CHARACTERS]
