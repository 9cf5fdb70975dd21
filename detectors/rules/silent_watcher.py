"""An investor or partner who watches without a word."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from detectors.finding import RETRACTED, Finding, ended
from detectors.interaction import CHANNEL_CODES, KIND_CODES, Channel, Kind, Party
from detectors.places import spoken
from detectors.rules import Rule
from detectors.traits import DIRECT
from detectors.windows import DAY_MS, Trail

if TYPE_CHECKING:
    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Episode, Stakeholder
    from detectors.trails import Mark

SILENT_TYPE: Final = "silent_type"
CONTACTS: Final = Trail("watcher_contacts", DIRECT, keep=1)
"""Contact by which each side knows of the other, whoever began it."""
KEPT_SIGNS: Final = 16

_WATCHING: Final = (Kind.PAGE_VIEWED, Kind.DOCUMENT_DOWNLOADED, Kind.TRAFFIC_REFERRED, Kind.FOLLOWED)
_DIRECT_CODES: Final = frozenset(KIND_CODES[kind] for kind in DIRECT)
_FOLLOWED: Final = KIND_CODES[Kind.FOLLOWED]
_FOLLOWED_ON: Final = frozenset({CHANNEL_CODES[Channel.LINKEDIN], CHANNEL_CODES[Channel.GLASSDOOR]})


@dataclass(frozen=True)
class SilentWatcher(Rule):
    """Visits to telling pages or out of financial sites, and follows: ``signs`` in ``length_days`` without contact.

    Contact counts whoever began it; public words are none. It resolves with contact, or after ``quiet_days`` without a
    sign; contact that turns out to have been there before retracts it.
    """

    name: ClassVar[str] = "silent_watcher"
    kinds: ClassVar[tuple[Kind, ...]] = (*_WATCHING, *DIRECT)
    ends: ClassVar[tuple[Kind, ...]] = DIRECT
    parties: ClassVar[tuple[Party, ...]] = (Party.PARTNER, Party.INVESTOR)
    measures: ClassVar[tuple[str, str]] = ("signs of watching", "signs in {length_days:g} days")
    playbook: ClassVar[str] = SILENT_TYPE
    shows: ClassVar[tuple[str, ...]] = (SILENT_TYPE,)
    reopens: ClassVar[bool] = True

    signs: int = 3
    """Signs that an alert takes; 3 by default. Higher: later, and surer."""
    length_days: float = 90.0
    """Days within which they count together, and without contact; 90 by default. Longer: rarer visitors are seen."""
    pages: tuple[str, ...] = ("/investor", "/careers", "/jobs", "/pricing")
    """Parts of paths of pages and documents that are a sign, whatever their case; investor relations, careers and
    prices by default. More: more people who only look around."""
    financial_sites: tuple[str, ...] = (
        "barrons.com",
        "bloomberg.com",
        "crunchbase.com",
        "finance.yahoo.com",
        "ft.com",
        "investing.com",
        "marketwatch.com",
        "morningstar.com",
        "nasdaq.com",
        "pitchbook.com",
        "reuters.com",
        "seekingalpha.com",
        "wsj.com",
    )
    """Host names, sub-domains included, from which a visit is a sign, whatever it looks at."""
    quiet_days: float = 90.0
    """Days without a further sign after which the alert resolves; 90 by default."""

    def __post_init__(self) -> None:
        self._check({"signs": (1, KEPT_SIGNS // 2), "length_days": (1, 365), "quiet_days": (1, 365)})
        self._check_each("pages", lambda part: part.strip("/") != "", "parts of paths such as '/pricing'")
        self._check_each("financial_sites", _is_host, "host names in lower case such as 'ft.com'")
        windows = (self._watching, CONTACTS)
        self._set(reads=windows, asked_for=windows)

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert at a sign when there are enough without contact; its end at contact."""
        episode = who.episode(self.name)
        if interaction.kind in _DIRECT_CODES:
            return None if episode is None else self._touched(who, interaction, episode)
        signs = self._signs(who)
        if len(signs) < self.signs:
            return None
        newest = signs[-1].at
        if episode is not None and (episode.is_open or newest <= episode.detected_at):
            return None
        touched = who.newest_at(CONTACTS)
        if touched is not None and touched > newest - self._length_ms():
            return None
        return Finding(
            started_at=signs[0].at,
            severity="info",
            value=len(signs),
            baseline=None,
            threshold=self.signs,
            summary=f"Watches us without a word: {len(signs)} sign{'s' if len(signs) > 1 else ''} of interest (visits,"
            f" follows) within {self.length_days:g} days, the last {spoken(signs[-1].channel)}, and no contact.",
            evidence=signs,
            shift=SILENT_TYPE,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``quiet_days`` after the last sign."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return max(episode.asserted_at, who.newest_at(self._watching) or 0) + int(self.quiet_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """No further sign: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        return ended(episode, f"No further sign for {self.quiet_days:g} days: it came to nothing.", self._known(who))

    def _touched(self, who: Stakeholder, interaction: Seen, episode: Episode) -> Finding | None:
        at = interaction.occurred_at
        if at > episode.asserted_at:
            if not episode.is_open:
                return None
            return ended(episode, f"In contact now, {spoken(interaction.channel)}.", self._known(who))
        if episode.status == RETRACTED or at <= episode.asserted_at - self._length_ms():
            return None
        summary = f"Was in contact after all, {spoken(interaction.channel)}: it only became known later."
        return ended(episode, summary, self._known(who), status=RETRACTED)

    def _signs(self, who: Stakeholder) -> list[Mark]:
        """The signs of the ``length_days`` that end with the newest; what is told twice of one visit is one."""
        return list({mark.at: mark for mark in who.newest(self._watching, self._length_ms())}.values())

    def _known(self, who: Stakeholder) -> list[Mark]:
        known = who.all_marks(self._watching) + who.all_marks(CONTACTS)
        return sorted(known, key=lambda mark: (mark.at, mark.offset))

    @cached_property
    def _watching(self) -> Trail:
        return Trail("watcher_signs", _WATCHING, self._is_sign, keep=KEPT_SIGNS, quotes=_seen)

    @cached_property
    def _ends(self) -> tuple[str, ...]:
        return tuple(f".{site}" for site in self.financial_sites)

    def _is_sign(self, interaction: Seen) -> bool:
        if interaction.kind == _FOLLOWED:
            return interaction.channel in _FOLLOWED_ON
        path = _bare(interaction.page or "").casefold()
        if any(part.casefold() in path for part in self.pages):
            return True
        return interaction.referrer is not None and f".{host_of(interaction.referrer)}".endswith(self._ends)

    def _length_ms(self) -> int:
        return int(self.length_days * DAY_MS)


def host_of(referrer: str) -> str:
    """The host name in an address, or in what is left of one."""
    place = _bare(referrer.partition("://")[2] or referrer).partition("/")[0]
    return place.rpartition("@")[2].partition(":")[0].lower()


def _bare(address: str) -> str:
    """Without what stands behind ``?`` or ``#``."""
    return address.partition("?")[0].partition("#")[0]


def _seen(interaction: Seen) -> str | None:
    """What was looked at, or where the visit came from."""
    if interaction.page:
        return _bare(interaction.page)
    return host_of(interaction.referrer) if interaction.referrer else None


def _is_host(site: str) -> bool:
    return "." in site.strip(".") and host_of(site) == site
