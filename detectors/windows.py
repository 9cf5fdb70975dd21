"""The windows on a person's past that rules declare: counts a day, trails of references, gaps between purchases.

A rule declares the windows it reads as module constants; two rules that declare the same name share one window.
Windows are updated once per interaction by the partition, never by a rule. Edges: a stretch of time is open at
its start and closed at its end, ``(end - length, end]``, so that the event under assessment counts. How they are kept
is in ``day_counts``, ``trails`` and ``rhythm``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.day_counts import COUNTER_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from detectors.interaction import Kind
    from detectors.seen import Seen

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
TENTH_MS: Final = DAY_MS // 10
"""A tenth of a day: figures of days are told to that."""
MAX_COUNTERS: Final = 64


class Window:
    """A declared window: its name, the kinds that feed it, and conditions on the interaction.

    ``code`` is the window's place among those of its sort, ``bit`` stands for it in a set of windows: both are given by
    :class:`Catalogue`. ``traits`` are the bits (see :mod:`detectors.traits`) that must be true of an interaction,
    ``when`` is any further condition. ``tests_head`` promises that it asks for no more than the first fields (see
    :class:`~detectors.interaction.Head`); ``reads_head`` says so of all that the window keeps.
    """

    __slots__ = ("bit", "code", "kinds", "name", "reads_head", "tests_head", "traits", "when")

    def __init__(
        self,
        name: str,
        kinds: tuple[Kind, ...],
        when: Callable[[Seen], bool] | None = None,
        *,
        traits: int = 0,
        tests_head: bool = False,
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.traits = traits
        self.when = when
        self.code = -1
        self.bit = 0
        self.tests_head = when is None or tests_head
        self.reads_head = self.tests_head


class Counter(Window):
    """How many a day, for the last ``days`` (90 unless told)."""

    __slots__ = ("days",)

    def __init__(
        self,
        name: str,
        kinds: tuple[Kind, ...],
        when: Callable[[Seen], bool] | None = None,
        *,
        days: int = COUNTER_DAYS,
        traits: int = 0,
        tests_head: bool = False,
    ) -> None:
        super().__init__(name, kinds, when, traits=traits, tests_head=tests_head)
        self.days = days


class Trail(Window):
    """References to the last ``keep`` interactions, as evidence and for exact stretches of hours.

    ``quotes`` gives what of an interaction is kept as an excerpt, its beginning.
    """

    __slots__ = ("keep", "quotes")

    def __init__(
        self,
        name: str,
        kinds: tuple[Kind, ...],
        when: Callable[[Seen], bool] | None = None,
        *,
        keep: int,
        quotes: Callable[[Seen], str | None] | None = None,
        traits: int = 0,
        tests_head: bool = False,
    ) -> None:
        super().__init__(name, kinds, when, traits=traits, tests_head=tests_head)
        if not 1 <= keep <= 255:
            raise ValueError(f"keep is {keep}; allowed: 1 to 255")
        self.keep = keep
        self.quotes = quotes
        self.reads_head = self.reads_head and quotes is None


class Gaps(Window):
    """The rhythm of the gaps between interactions; ``trail``, fed by the same ones, puts late ones in their place."""

    __slots__ = ("trail",)

    def __init__(self, name: str, trail: Trail) -> None:
        super().__init__(name, trail.kinds, trail.when, traits=trail.traits, tests_head=trail.tests_head)
        self.trail = trail


class Catalogue:
    """All windows that the loaded rules declare, with their codes; the same for every partition of a process."""

    def __init__(self, windows: list[Window], common: Collection[str] = ()) -> None:
        """Give codes in the order of names, of ``common`` ones first: the lists of people end with their highest.

        Raises ValueError when two definitions share a name.
        """
        named: dict[str, Window] = {}
        for window in windows:
            if named.setdefault(window.name, window) is not window:
                raise ValueError(f"two windows are named {window.name!r}; allowed: one definition a name")
        self.windows = ordered = [named[name] for name in sorted(named, key=lambda name: (name not in common, name))]
        for place, window in enumerate(ordered):
            window.bit = 1 << place
        self.counters = [window for window in ordered if type(window) is Counter]
        self.trails = [window for window in ordered if type(window) is Trail]
        self.rhythms = [window for window in ordered if type(window) is Gaps]
        if len(self.counters) > MAX_COUNTERS:
            raise ValueError(f"{len(self.counters)} counters are declared; allowed: {MAX_COUNTERS}")
        for group in (self.counters, self.trails, self.rhythms):
            for code, window in enumerate(group):
                window.code = code
