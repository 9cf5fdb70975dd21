"""The two kinds of daily counts: a share of what came, and a plain volume."""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING, Any, Final

from detectors.drop_cells import odds, share_of
from detectors.waves import Usual, Waves
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.wave_knobs import ShareKnobs

MOST_ORIGINS: Final = 8
"""Places from which contacts come that are told apart; the others are one."""

_OTHERS: Final = ""
_LIKE_ALL: Final = 10.0  # contacts' worth of all together that an origin begins with
_MOST_USUAL: Final = 0.98
_LIKE_ANY_DAY: Final = 2.0  # weeks' worth of all days together that a day of the week begins with


class ShareWaves(Waves):
    """A share of what came that day: the logarithm of the likelihoods' ratio is that of independent trials.

    Where the share is small that is x ln(rise) - (rise - 1) mu, as of a Poisson count x of mean mu. What is usual is
    known by where it comes from, and weighed as the day's contacts come from there: when a source falls silent that
    brings little but praise, that is no wave. ``origins`` has of each: complaints and contacts that are usual, that
    wait, and of the open day.
    """

    classes = 1

    def __init__(self, knobs: ShareKnobs) -> None:
        super().__init__(knobs)
        self._needed = knobs.learning_contacts
        self.origins: dict[str, list[float]] = {}

    def take_from(self, origin: str, at: int, *, tried: int, found: int) -> None:
        """Count in the open day what came from there; those beyond ``MOST_ORIGINS`` are one."""
        self.take(at, tried=tried, found=found)
        if at // DAY_MS == self.day:
            if origin not in self.origins and len(self.origins) >= MOST_ORIGINS:
                origin = _OTHERS
            own = self.origins.setdefault(origin, [0.0] * 6)
            own[4] += found
            own[5] += tried

    def to_tuple(self) -> tuple[Any, ...]:
        """With the origins last."""
        return (*super().to_tuple(), {name: list(own) for name, own in self.origins.items()})

    def restore(self, values: Any) -> None:
        """A state without origins is one from before they were told apart."""
        *plain, last = values
        is_told_apart = isinstance(last, dict)
        super().restore(plain if is_told_apart else values)
        self.origins = {name: list(own) for name, own in last.items()} if is_told_apart else {}

    def is_known(self) -> bool:
        """Enough came, not so long ago."""
        return self.tried[0] >= self._needed

    def usual(self, kind: int) -> Usual:
        """The share, as with one more of either sort; at most one standard error up, and the margin on its odds."""
        share = (self.found[0] + 1.0) / (self.tried[0] + 2.0)
        parts = [
            (own[5], self._judged(own[0] + _LIKE_ALL * share, own[1] + _LIKE_ALL)) for own in self.origins.values()
        ]
        came = sum(part for part, _ in parts)
        if not came:
            return self._judged(self.found[0] + 1.0, self.tried[0] + 2.0)
        return Usual(*(sum(part * each[place] for part, each in parts) / came for place in range(3)))

    def log_ratio(self, level: float, times: float, *, tried: int, found: int) -> float:
        """At ``times`` the odds of the share; where there is no room for a rise, the day speaks against one."""
        if level >= _MOST_USUAL:
            return -log(times)
        usual = odds(level)
        return found * log(times) - tried * log((1.0 + times * usual) / (1.0 + usual))

    def closing_tried(self) -> int:
        """All that came."""
        return self.open_tried

    def _judged(self, found: float, tried: float) -> Usual:
        share = found / tried
        variance = share * (1.0 - share)
        upper = min(_MOST_USUAL, share + sqrt(variance / (tried + 1.0)))
        return Usual(share, share_of(self.knobs.margin * odds(upper)), variance)

    def fade(self, kept: float) -> None:
        """Those of each origin as well."""
        super().fade(kept)
        for own in self.origins.values():
            own[0] *= kept
            own[1] *= kept

    def wait(self, kind: int, tried: int, found: int, *, expected: float) -> None:
        """Those of each origin as well."""
        super().wait(kind, tried, found, expected=expected)
        for own in self.origins.values():
            own[2] += own[4]
            own[3] += own[5]
            own[4] = own[5] = 0.0

    def learn(self, weight: float) -> None:
        """Those of each origin as well."""
        for own in self.origins.values():
            own[0] += weight * own[2]
            own[1] += weight * own[3]
        super().learn(weight)

    def forget(self) -> None:
        """Those of each origin as well."""
        super().forget()
        for own in self.origins.values():
            own[0] = own[1] = 0.0

    def calm(self) -> None:
        """Those of each origin as well."""
        super().calm()
        for own in self.origins.values():
            own[2] = own[3] = 0.0


class VolumeWaves(Waves):
    """So many a day, as usual on that day of the week: a Poisson count."""

    classes = 7

    def is_known(self) -> bool:
        """Days without any visit tell as much as others."""
        return True

    def usual(self, kind: int) -> Usual:
        """The mean of that day of the week, drawn to that of all; at most one standard error up, and the margin."""
        any_day = (sum(self.found) + 1.0) / (sum(self.tried) + 1.0)
        days = self.tried[kind] + _LIKE_ANY_DAY
        mean = (self.found[kind] + _LIKE_ANY_DAY * any_day) / days
        return Usual(mean, self.knobs.margin * (mean + sqrt(mean / days)), mean)

    def log_ratio(self, level: float, times: float, *, tried: int, found: int) -> float:
        """At ``times`` the mean."""
        return found * log(times) - tried * (times - 1.0) * level

    def closing_tried(self) -> int:
        """The day itself."""
        return 1
