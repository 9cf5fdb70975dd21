"""A complainer turns up on a third channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from detectors.finding import Finding, ended
from detectors.interaction import CHANNELS
from detectors.past import COMPLAINTS, UNTOLD, VOICE, WORDS
from detectors.places import spoken
from detectors.relationship import MAD_BRO
from detectors.rules import Rule
from detectors.windows import DAY_MS

if TYPE_CHECKING:
    from detectors.interaction import Kind
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.trails import Mark
    from detectors.windows import Window


@dataclass(frozen=True)
class ThirdChannel(Rule):
    """Complaints on ``channels`` distinct channels within ``length_days``; fewer are only remembered.

    A further channel updates the alert; it resolves when a whole ``length_days`` pass without a complaint.
    """

    name: ClassVar[str] = "third_channel"
    kinds: ClassVar[tuple[Kind, ...]] = VOICE
    reads: ClassVar[tuple[Window, ...]] = (COMPLAINTS, WORDS, UNTOLD)
    measures: ClassVar[tuple[str, str]] = ("distinct complaint channels", "channels in {length_days:g} days")
    playbook: ClassVar[str] = MAD_BRO
    shows: ClassVar[tuple[str, ...]] = (MAD_BRO,)
    reopens: ClassVar[bool] = True
    is_urgent: ClassVar[bool] = True
    asked_for: ClassVar[tuple[Window, ...]] = (COMPLAINTS,)
    needs_meaning: ClassVar[bool] = True
    reads_head: ClassVar[bool] = True

    channels: int = 3
    """Distinct channels that make an alert; 3 by default. 2: earlier, and many who only asked twice."""
    length_days: float = 14.0
    """How long a complaint counts, days; 14 by default. Longer: slower complainers are seen, and stay longer."""

    def __post_init__(self) -> None:
        self._check({"channels": (2, len(CHANNELS)), "length_days": (1, 90)})

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert at the third channel, an update at each further one.

        The ``length_days`` end with the newest complaint, so that a late one still counts.
        """
        episode = who.open_episode(self.name)
        known = who.channels(COMPLAINTS, self._length_ms()).bit_count()
        if known < (self.channels if episode is None else episode.value + 1):
            return None
        complaints = who.newest(COMPLAINTS, self._length_ms())
        channels = _in_order(complaints)
        days = max(1, -(-(complaints[-1].at - complaints[0].at) // DAY_MS))
        last = spoken(channels[-1])
        before = _listed([spoken(channel) for channel in channels[:-1]])
        return Finding(
            started_at=complaints[0].at,
            severity="critical",
            value=len(channels),
            baseline=None,
            threshold=self.channels,
            summary=f"Complained {last} after complaining {before}: {len(complaints)} complaints on"
            f" {len(channels)} channels within {days} day{'s' if days > 1 else ''}.",
            evidence=complaints,
            shift=MAD_BRO,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, the time at which the last complaint is ``length_days`` old."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        newest = who.newest_at(COMPLAINTS)
        return (episode.asserted_at if newest is None else newest) + self._length_ms()

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """The complaints have ceased: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        known = [mark for mark in who.all_marks(COMPLAINTS) if mark.at >= episode.started_at]
        return ended(episode, f"No further complaint for {self.length_days:g} days.", known)

    def _length_ms(self) -> int:
        return int(self.length_days * DAY_MS)


def _in_order(complaints: list[Mark]) -> list[int]:
    return list(dict.fromkeys(mark.channel for mark in complaints))


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
