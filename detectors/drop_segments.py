"""Which segments are told apart: of each dimension the busiest values, all others are one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from detectors.fading import Fading

if TYPE_CHECKING:
    from detectors.drop_knobs import DropKnobs

OTHER: Final = "other"
_NAME_CHARACTERS: Final = 64
_CANDIDATES: Final = 4  # for each value told apart, so many are counted
_BUSIER: Final = 1.5  # by how much one must be busier than the least of those told apart to take its place


class Dimension:
    """The values of one dimension: those told apart, and how busy these and some others are (forward decay)."""

    __slots__ = ("told_apart", "traffic")

    def __init__(self) -> None:
        self.told_apart: list[str] = []
        self.traffic: dict[str, float] = {}

    def count(self, value: str, scale: float, most: int) -> None:
        """Count one; if too many values are counted, the least busy of those not told apart is forgotten."""
        self.traffic[value] = self.traffic.get(value, 0.0) + scale
        if len(self.traffic) > most * _CANDIDATES:
            rest = [each for each in self.traffic if each not in self.told_apart and each != value]
            del self.traffic[min(rest, key=self.traffic.__getitem__)]

    def settle(self, value: str, most: int, *, frozen: bool) -> str | None:
        """Tell the value apart if it is busy enough; gives the one that it displaces, never while ``frozen``."""
        if value in self.told_apart:
            return None
        if len(self.told_apart) < most:
            self.told_apart.append(value)
            return None
        least = min(self.told_apart, key=self.traffic.__getitem__)
        if frozen or self.traffic[value] <= _BUSIER * self.traffic[least]:
            return None
        self.told_apart[self.told_apart.index(least)] = value
        return least


class Segments:
    """The dimensions of one watched set, and what becomes of a segment's values in them."""

    __slots__ = ("dimensions", "displaced", "fading", "knobs")

    def __init__(self, knobs: DropKnobs) -> None:
        self.knobs = knobs
        self.fading = Fading(knobs.memory_days)
        self.dimensions: dict[str, Dimension] = {}
        self.displaced: list[tuple[str, str]] = []
        """What is no longer told apart since the caller took it."""

    def take(self, at: int, segment: dict[str, str], *, frozen: bool) -> list[tuple[str, str]]:
        """Count a segment; gives its dimensions and values as they are told apart, in the order of dimensions."""
        knobs = self.knobs
        shrink = self.fading.reach(at)
        if shrink is not None:
            for each in self.dimensions.values():
                each.traffic = {value: busy * shrink for value, busy in each.traffic.items()}
        scale = self.fading.scale(at)
        places = []
        for key in sorted(segment):
            name, value = key[:_NAME_CHARACTERS], segment[key][:_NAME_CHARACTERS]
            if not value or (name not in self.dimensions and len(self.dimensions) >= knobs.dimensions):
                continue
            dimension = self.dimensions.setdefault(name, Dimension())
            dimension.count(value, scale, knobs.values)
            displaced = dimension.settle(value, knobs.values, frozen=frozen)
            if displaced is not None:
                self.displaced.append((name, displaced))
            places.append((name, value if value in dimension.told_apart else OTHER))
        return places

    def to_tuple(self) -> tuple[Any, ...]:
        """All that a restart needs, as plain values; call when ``displaced`` was taken."""
        return (
            self.fading.origin,
            tuple((name, tuple(each.told_apart), dict(each.traffic)) for name, each in self.dimensions.items()),
        )

    @classmethod
    def from_tuple(cls, values: Any, knobs: DropKnobs) -> Segments:
        """The segments as they were; where fewer may now be told apart, the least busy are displaced."""
        segments = cls(knobs)
        segments.fading.origin, dimensions = values
        for name, told_apart, traffic in dimensions:
            dimension = segments.dimensions[name] = Dimension()
            dimension.traffic = dict(traffic)
            busiest = sorted(told_apart, key=lambda value: -dimension.traffic[value])
            segments.displaced += [(name, value) for value in busiest[knobs.values :]]
            dimension.told_apart = [value for value in told_apart if value in busiest[: knobs.values]]
        return segments
