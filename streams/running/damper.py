"""Keeps a role that logs the same again and again, its broker being gone perhaps, from flooding the screen."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_SECONDS: Final = 5.0
PASSED: Final = 3
"""Lines that pass in each window, of those that differ in numbers alone."""
_WARNING = re.compile(r"[\d-]{10} [\d:,]{12} [WEC] ")
_NUMBER = re.compile(r"\d+")


class Damper:
    """Passes lines on to ``say``; of warnings and errors that say the same the first few, then how many more came.

    What is no warning or error is never held: alerts look alike and are printed by a role as well. ``later`` is called
    with seconds and what to do then.
    """

    def __init__(self, say: Callable[[str], None], later: Callable[[float, Callable[[], None]], Any]) -> None:
        self._say = say
        self._later = later
        self._counts: Counter[str] = Counter()
        self._newest: dict[str, str] = {}

    def line(self, text: str) -> None:
        """Pass the line on, or count it."""
        if _WARNING.match(text) is None:
            self._say(text)
            return
        if not self._counts:
            self._later(WINDOW_SECONDS, self.flush)
        alike = _NUMBER.sub("#", text)
        self._counts[alike] += 1
        if self._counts[alike] <= PASSED:
            self._say(text)
        else:
            self._newest[alike] = text

    def flush(self) -> None:
        """Tell what was held back, and begin anew."""
        counts, newest = self._counts, self._newest
        self._counts, self._newest = Counter(), {}
        for alike, text in newest.items():
            self._say(f"{text} … repeated {counts[alike] - PASSED} times")
