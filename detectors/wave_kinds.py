"""The two kinds of daily counts: a share of what came, and a plain volume."""

from __future__ import annotations

from math import log, sqrt
from typing import Final

from detectors.drop_cells import odds, share_of
from detectors.waves import Usual, Waves

_MOST_USUAL: Final = 0.98
_LIKE_ANY_DAY: Final = 2.0  # weeks' worth of all days together that a day of the week begins with


class ShareWaves(Waves):
    """A share of what came that day: the logarithm of the likelihoods' ratio is that of independent trials.

    Where the share is small that is x ln(rise) - (rise - 1) mu, as of a Poisson count x of mean mu.
    """

    classes = 1

    def usual(self, kind: int) -> Usual:
        """The share, as with one more of either sort; at most one standard error up, and the margin on its odds."""
        tried = self.tried[kind] + 2.0
        share = (self.found[kind] + 1.0) / tried
        variance = share * (1.0 - share)
        upper = min(_MOST_USUAL, share + sqrt(variance / (tried + 1.0)))
        return Usual(share, share_of(self.knobs.margin * odds(upper)), variance)

    def log_ratio(self, level: float, times: float, *, tried: int, found: int) -> float:
        """At ``times`` the odds of the share."""
        usual = odds(level)
        return found * log(times) - tried * log((1.0 + times * usual) / (1.0 + usual))

    def closing_tried(self) -> int:
        """All that came."""
        return self.open_tried


class VolumeWaves(Waves):
    """So many a day, as usual on that day of the week: a Poisson count."""

    classes = 7

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
