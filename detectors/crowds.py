"""Finds crowds: far more people than usual to whom the same happens within a window of hours.

What is usual is a rate a day with a Gamma posterior, Jeffreys' prior Gamma(1/2, 0) and ``n`` people in ``t`` days, both
fading: the number N in a window of W days is then negative binomial with the mean m = W(n + 1/2)/t and the variance
m + m²/(n + 1/2) (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6). Days that scatter more than chance, by the
factor φ of Pearson's statistic, make it φm + m²/(n + 1/2).

A window that slides looks more often than once. Of a mixed Poisson process the number in it rises to N at the rate of
N P(N)/W: where it has come from N - 1, so must it later fall from N, and each of the N leaves at the rate of 1/W. In
steps that belong together it does so about (N - m) P(N)/W times (Aldous, Probability Approximations via the Poisson
Clumping Heuristic, 1989). There is an alert when this, in half a year, is below the budget of the key.
"""

from __future__ import annotations

from collections import deque
from math import ceil, exp, inf, lgamma, log
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from detectors.cohorts import Member
from detectors.finding import OPEN, RESOLVED, UPDATED
from detectors.windows import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from detectors.crowd_knobs import CrowdKnobs

MOST_MEMBERS: Final = 1_000
"""People of one crowd, and of one window, that are named; further ones are counted."""
_UNNAMED_A_WINDOW: Final = 100  # stretches of time that they are counted by

_BUDGET_DAYS: Final = 182.0
_GROWTH: Final = 1.5  # since the last version, for the next
_UPDATES_A_WINDOW: Final = 4  # at most, where fewer have come
_QUIET_MS: Final = 5 * 60_000  # that people gather before they are told of, unless it becomes critical
_REBASED_DAYS: Final = 14.0
_UNSCATTERED_DAYS: Final = 5.0  # scattering by chance alone, that a series begins with
_LEAST_VARIANCE: Final = 0.3
_NEVER: Final = -1


class Arrival(NamedTuple):
    """Somebody in the window, or (``stakeholder`` is empty) a ``number`` of people who are not named."""

    at: int
    stakeholder: str
    started_at: int
    is_critical: bool
    number: int = 1


class Usual(NamedTuple):
    """What is usual in one window: the mean, and the shape of its negative binomial."""

    mean: float
    shape: float

    def chance(self, number: int) -> float:
        """P(N = number)."""
        mean, shape = self
        told = lgamma(number + shape) - lgamma(shape) - lgamma(number + 1)
        return exp(told + shape * log(shape / (shape + mean)) + number * log(mean / (shape + mean)))


class Crowd:
    """News: so many people, or that it is over (``why``: ``recovered`` or ``new_normal``).

    ``most`` were in one window, where ``usual`` are and ``limit`` make an alert; ``size`` have come in all, of whom
    ``members`` are those that are named, in their order. ``is_critical`` once is for good. Times are in ms.
    """

    __slots__ = ("at", "is_critical", "limit", "members", "most", "size", "started_at", "status", "usual", "why")

    def __init__(self, status: str, why: str, *, at: int, crowds: Crowds) -> None:
        self.status = status
        self.why = why
        self.at = at
        self.started_at = crowds.started_at
        self.most = crowds.most
        self.limit = crowds.limit
        self.usual = crowds.usual().mean
        self.size = crowds.size
        self.is_critical = crowds.is_critical
        self.members = list(crowds.members)


_NUMBERS: Final = (
    "since", "day", "found", "days", "scatter", "scatter_days", "open", "held", "is_tainted", "ended_at", "raised_at",
    "started_at", "told", "untold_at", "calm_at", "most", "limit", "size", "is_critical",
)  # fmt: skip


class Crowds:
    """One series of people, in the order of time: constant work each, bounded size.

    Days (UTC, of event time) are learnt when the next one has passed without an alert: nothing is learnt from a crowd.
    """

    def __init__(self, knobs: CrowdKnobs) -> None:
        self.knobs = knobs
        self.window: deque[Arrival] = deque()
        self.members: list[Member] = []
        self.since = _NEVER
        self.day = _NEVER
        self.found = 0.0
        self.days = 0.0
        self.scatter = 0.0
        self.scatter_days = 0.0
        self.open = 0
        self.held = _NEVER
        self.is_tainted = False
        self.ended_at = _NEVER
        self.raised_at = _NEVER
        self.started_at = _NEVER
        self.told = 0
        self.untold_at = _NEVER
        self.calm_at = _NEVER
        self.most = 0
        self.limit = 0
        self.size = 0
        self.is_critical = False
        self._length = int(knobs.window_hours * HOUR_MS)
        self._kept = 2.0 ** (-1.0 / knobs.memory_days)
        self._number = 0
        self._present: dict[str, Arrival] = {}
        self._known: set[str] = set()

    def begin(self, at: int, since: int) -> None:
        """Take it for known that nobody came between two times (ms)."""
        days = max(0, at - since) // DAY_MS
        self.since = at - days * DAY_MS
        self.days = (1.0 - self._kept**days) / (1.0 - self._kept)

    def take(self, arrival: Arrival) -> Crowd | None:
        """Take in somebody; let time pass by ``advance`` first. Who is in the window already counts once."""
        at, stakeholder, started_at, is_critical, _ = arrival
        if self.day == _NEVER:
            self.day = at // DAY_MS
            if self.since == _NEVER:
                self.since = at
        before = self._present.get(stakeholder)
        is_new = before is None
        if before is not None:
            self.window.remove(before)
            self._number -= 1
        else:
            self.open += 1
        self._enter(arrival)
        if self.raised_at == _NEVER:
            return self._raise(at) if is_new else None
        self._join(Member(stakeholder, started_at, is_folded=not is_critical))
        return self._grow(at)

    def advance(self, at: int) -> Crowd | None:
        """Let event time (ms) pass, up to the next news; ask until there is none."""
        while (moment := self._next()) <= at:
            crowd = self._pass(int(moment))
            if crowd is not None:
                return crowd
        return None

    def usual(self) -> Usual:
        """What is usual in a window, as far as it is known."""
        shape = self.found + 0.5
        mean = shape / max(self.days, 1.0) * self._length / DAY_MS
        times = max(1.0, (self.scatter + _UNSCATTERED_DAYS) / (self.scatter_days + _UNSCATTERED_DAYS))
        return Usual(mean, 1.0 / ((times - 1.0) / mean + 1.0 / shape))

    def to_tuple(self) -> tuple[Any, ...]:
        """Everything a restart needs, as plain values; the knobs are not part of it."""
        numbers = [getattr(self, name) for name in _NUMBERS]
        return [list(each) for each in self.window], [list(each) for each in self.members], numbers

    def restore(self, values: Any) -> None:
        """Become what ``to_tuple`` gave."""
        window, members, numbers = values
        for name, value in zip(_NUMBERS, numbers, strict=True):
            setattr(self, name, value)
        self.window = deque(Arrival(*each) for each in window)
        self.members = [Member(*each) for each in members]
        self._number = sum(each.number for each in self.window)
        self._present = {each.stakeholder: each for each in self.window if each.stakeholder}
        self._known = {each.stakeholder for each in self.members}

    def _enter(self, arrival: Arrival) -> None:
        self._number += 1
        if arrival.stakeholder and len(self._present) < MOST_MEMBERS:
            self._present[arrival.stakeholder] = arrival
            self.window.append(arrival)
            return
        last = self.window[-1] if self.window else None
        if last is None or last.stakeholder or arrival.at - last.at > self._length // _UNNAMED_A_WINDOW:
            self.window.append(Arrival(arrival.at, "", 0, is_critical=False))
        else:
            self.window[-1] = last._replace(number=last.number + 1)

    def _join(self, member: Member, number: int = 1) -> None:
        """Make somebody part of the crowd that stands; a further alert about them is folded as well."""
        if not member.stakeholder:
            self.size += number
            return
        if member.stakeholder not in self._known:
            self.size += 1
        if len(self.members) < MOST_MEMBERS:
            self.members.append(member)
            self._known.add(member.stakeholder)

    def _raise(self, at: int) -> Crowd | None:
        """Whether so many are an alert."""
        knobs = self.knobs
        number = self._number
        if number < knobs.least_people or at - self.since < knobs.learning_days * DAY_MS:
            return None
        usual = self.usual()
        if number < knobs.rise * usual.mean or not self._is_rare(usual, number):
            return None
        self.limit = self._least(usual)
        self.raised_at = at
        self.started_at = self.window[0].at
        self.calm_at = self.held = _NEVER
        self.is_tainted = True
        self.most, self.size = number, 0
        for each in self.window:  # whom an alert before this one has told of, is counted but not folded again
            is_folded = each.at > self.ended_at and not each.is_critical
            self._join(Member(each.stakeholder, each.started_at, is_folded), each.number)
        self.told = self.size
        self.is_critical = number >= knobs.critical_rise * self.limit
        return Crowd(OPEN, "", at=at, crowds=self)

    def _grow(self, at: int) -> Crowd | None:
        """Whether those who came since the last version make another."""
        number = self._number
        if self.untold_at == _NEVER and self.size > self.told:
            self.untold_at = at
        self.most = max(self.most, number)
        if number > self._near():
            self.calm_at = _NEVER
        if not self.is_critical and number >= self.knobs.critical_rise * self.limit:
            self.is_critical = True
            return self._updated(at)
        return self._updated(at) if at >= self._update_at() else None

    def _update_at(self) -> float:
        """When (ms) those who came since the last version are told of."""
        if self.untold_at == _NEVER:
            return inf
        if self.size >= _GROWTH * self.told:
            return self.untold_at + _QUIET_MS
        return self.untold_at + self._length // _UPDATES_A_WINDOW if self.calm_at == _NEVER else inf

    def _updated(self, at: int) -> Crowd:
        self.told, self.untold_at = self.size, _NEVER
        return Crowd(UPDATED, "", at=at, crowds=self)

    def _next(self) -> float:
        """When (ms) something happens by itself."""
        if self.day == _NEVER:
            return inf
        moments: list[float] = [(self.day + 1) * DAY_MS]
        if self.window:
            moments.append(self.window[0].at + self._length)
        if self.raised_at != _NEVER:
            moments.append(self.raised_at + self.knobs.new_normal_days * DAY_MS)
            if self.calm_at != _NEVER:
                moments.append(self.calm_at + self._length)
            moments.append(self._update_at())
        return min(moments)

    def _pass(self, moment: int) -> Crowd | None:
        while self.window and self.window[0].at + self._length <= moment:
            gone = self.window.popleft()
            self._number -= gone.number
            self._present.pop(gone.stakeholder, None)
        is_standing = self.raised_at != _NEVER
        if is_standing and self.calm_at == _NEVER and self._number <= self._near():
            self.calm_at = moment
        if (self.day + 1) * DAY_MS <= moment:
            self._close(is_standing=is_standing)
        return self._follow(moment) if is_standing else None

    def _follow(self, moment: int) -> Crowd | None:
        """What becomes of the alert that stands."""
        if self.calm_at != _NEVER and moment >= self.calm_at + self._length:
            return self._end("recovered", moment)
        if moment >= self.raised_at + self.knobs.new_normal_days * DAY_MS:
            return self._end("new_normal", moment)
        return self._updated(moment) if moment >= self._update_at() else None

    def _end(self, why: str, at: int) -> Crowd:
        crowd = Crowd(RESOLVED, why, at=at, crowds=self)
        if why == "new_normal":
            stood = (at - self.raised_at) / DAY_MS
            self.days = min(stood, _REBASED_DAYS)
            self.found = self.size / stood * self.days
            self.scatter = self.scatter_days = 0.0
        self.ended_at = at
        self.raised_at = self.started_at = self.untold_at = self.calm_at = _NEVER
        self.told = self.most = self.limit = self.size = 0
        self.is_critical = False
        self.members.clear()
        self._known.clear()
        return crowd

    def _close(self, *, is_standing: bool) -> None:
        """End the open day; the one before it is learnt, unless there was an alert."""
        if not is_standing:
            self._fade()
            if self.held != _NEVER:
                self._learn(self.held)
            self.held = _NEVER if self.is_tainted else self.open
            self.is_tainted = False
        self.open = 0
        self.day += 1

    def _fade(self) -> None:
        self.found *= self._kept
        self.days *= self._kept
        self.scatter *= self._kept
        self.scatter_days *= self._kept

    def _learn(self, number: int) -> None:
        if self.days >= self.knobs.learning_days / 2:
            usual = (self.found + 0.5) / self.days
            self.scatter += (number - usual) ** 2 / max(usual, _LEAST_VARIANCE)
            self.scatter_days += 1.0
        self.found += number
        self.days += 1.0

    def _near(self) -> float:
        """How many in the window are as good as usual."""
        knobs = self.knobs
        return max(knobs.least_people / 2, (1.0 + knobs.rise) / 2 * self.usual().mean)

    def _is_rare(self, usual: Usual, number: int) -> bool:
        """Whether the number comes so seldom that the budget of the key allows an alert."""
        looks = _BUDGET_DAYS * DAY_MS / self._length
        return looks * (number - usual.mean) * usual.chance(number) <= self.knobs.budget / self.knobs.shared_by

    def _least(self, usual: Usual) -> int:
        """The smallest number that is an alert."""
        number = max(self.knobs.least_people, ceil(self.knobs.rise * usual.mean))
        while not self._is_rare(usual, number):
            number += 1
        return number
