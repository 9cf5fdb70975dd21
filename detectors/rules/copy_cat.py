"""A partner whose texts, or the terms they bid on, are very much like ours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, Self

from detectors import likeness, traits
from detectors.finding import Finding, ended
from detectors.interaction import KIND_CODES, Kind, Party
from detectors.past import text_of
from detectors.rules import NO_KNOB, Rule
from detectors.trails import EXCERPT_CHARACTERS
from detectors.windows import DAY_MS, Trail

if TYPE_CHECKING:
    from collections.abc import Callable

    from detectors.normal import Normal
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.trails import Mark

COPY_CAT: Final = "copy_cat"
BID_TERMS: Final = "bid-terms.txt"
KEPT_COPIES: Final = 8
KEPT_BIDS: Final = 32
_BID_SEEN: Final = KIND_CODES[Kind.BID_SEEN]


@dataclass(frozen=True)
class CopyCat(Rule):
    """Texts of theirs ``similarity`` like one of ours, or days of bids on our terms, ``times`` within ``length_days``.

    Similarity is the share of runs of three words that both texts have, by sketches (see :mod:`detectors.likeness`).
    A day counts if they bid on a term of ours, and the share of all terms that they and we have in common reaches
    ``overlap`` over ``length_days``, as far as the last 32 bids tell. It resolves after ``quiet_days`` without either.
    """

    name: ClassVar[str] = COPY_CAT
    kinds: ClassVar[tuple[Kind, ...]] = (Kind.CONTENT_PUBLISHED, Kind.BID_SEEN)
    parties: ClassVar[tuple[Party, ...]] = (Party.PARTNER,)
    measures: ClassVar[tuple[str, str]] = ("texts and days of bids like ours", "times in {length_days:g} days")
    playbook: ClassVar[str] = COPY_CAT
    shows: ClassVar[tuple[str, ...]] = (COPY_CAT,)
    reopens: ClassVar[bool] = True

    references: str = ""
    """Folder of our own texts, one in each `*.txt` (UTF-8), and `bid-terms.txt` with the terms that we bid on, one a
    line; none by default: nothing can be said. Taken from where the command runs, and read at its start; what stands in
    it is a part of the rules' version."""
    similarity: float = 0.8
    """Share of runs of words in common that makes a text like ours; .8 by default: about one word in 27 is another.
    Lower: texts count that only quote ours."""
    overlap: float = 0.5
    """Share of bid terms in common that makes bids like ours; .5 by default. Lower: mere competitors count."""
    times: int = 2
    """Texts and days of bids that an alert takes; 2 by default. 1: chance is told as well."""
    length_days: float = 30.0
    """Days within which they count together; 30 by default. Longer: slower copiers are seen."""
    min_words: int = 20
    """Words that a text of ours must have to be compared with; 20 by default. Fewer: slogans that anybody may use."""
    quiet_days: float = 60.0
    """Days without a further one after which the alert resolves; 60 by default."""
    texts: tuple[tuple[str, str], ...] = field(default=(), repr=False, metadata=NO_KNOB)
    """What stands in the folder, by file name; no setting."""

    def __post_init__(self) -> None:
        self._check(
            {
                "similarity": (0.3, 1),
                "overlap": (0.1, 1),
                "times": (1, KEPT_COPIES),
                "length_days": (1, 90),
                "min_words": (likeness.RUN_WORDS, 10_000),
                "quiet_days": (1, 365),
            }
        )
        windows = (self._copies, self._bids)
        self._set(reads=windows, asked_for=windows)

    def informed(self, texts_in: Callable[[str], dict[str, str]]) -> Self:
        """With our own texts, if a folder is named."""
        if not self.references:
            return self
        try:
            texts = texts_in(self.references)
        except ValueError as error:
            raise ValueError(f"references: {error}") from None
        return replace(self, texts=tuple(texts.items()))

    def assess(self, who: Stakeholder, interaction: Seen, normal: Normal) -> Finding | None:
        """An alert when there are enough of them."""
        texts, bids = self._like_ours(who)
        known = sorted((*texts, *bids), key=lambda mark: (mark.at, mark.offset))
        episode = who.episode(self.name)
        if len(known) < self.times or (
            episode is not None and (episode.is_open or known[-1].at <= episode.detected_at)
        ):
            return None
        told = []
        if texts:
            told.append(f"{_many(len(texts), 'text')} of theirs very much like ours{self._closest(interaction)}")
        if bids:
            told.append(f"{_many(len(bids), 'day')} of bids on our terms")
        return Finding(
            started_at=known[0].at,
            severity="warning",
            value=len(known),
            baseline=None,
            threshold=self.times,
            summary=f"Please look: {' and '.join(told)} within {self.length_days:g} days.",
            evidence=known,
            shift=COPY_CAT,
        )

    def deadline(self, who: Stakeholder, interaction: Seen, normal: Normal) -> int | None:
        """While the alert stands, ``quiet_days`` after the last of them."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        last = max((mark.at for marks in self._like_ours(who) for mark in marks), default=0)
        return max(episode.asserted_at, last) + int(self.quiet_days * DAY_MS)

    def overdue(self, who: Stakeholder, due: int, normal: Normal) -> Finding | None:
        """No further one: the alert resolves."""
        episode = who.open_episode(self.name)
        if episode is None:
            return None
        known = [*who.all_marks(self._copies), *who.all_marks(self._bids)]
        counted = [mark for mark in known if mark.at >= episode.started_at and self._is_ours(mark)] or known
        counted.sort(key=lambda mark: (mark.at, mark.offset))
        return ended(episode, f"Nothing further like ours for {self.quiet_days:g} days.", counted)

    def unclear(self, who: Stakeholder, normal: Normal) -> str | None:
        """There is nothing to compare with."""
        return None if self._ours or self._terms else "no references of our own"

    @cached_property
    def _copies(self) -> Trail:
        kinds = (Kind.CONTENT_PUBLISHED,)
        return Trail(
            "partner_copies", kinds, self._is_like_ours, keep=KEPT_COPIES, quotes=text_of, traits=traits.THEIRS
        )

    @cached_property
    def _bids(self) -> Trail:
        """Every bid, on whatever term, if we have terms of our own."""
        kinds = (Kind.BID_SEEN,)
        return Trail("partner_bids", kinds, self._is_bid, keep=KEPT_BIDS, quotes=_bid, traits=traits.THEIRS)

    @cached_property
    def _ours(self) -> dict[str, tuple[int, ...]]:
        """The sketches of our texts, by file name."""
        texts = {name: likeness.words(text) for name, text in self.texts if name != BID_TERMS}
        return {name: likeness.sketch(words) for name, words in texts.items() if len(words) >= self.min_words}

    @cached_property
    def _terms(self) -> frozenset[str]:
        """The terms that we bid on."""
        lines = [line for name, text in self.texts if name == BID_TERMS for line in text.splitlines()]
        return frozenset(_term(line) for line in lines) - {""}

    def _is_like_ours(self, interaction: Seen) -> bool:
        return self._nearest(interaction)[0] >= self.similarity

    def _is_ours(self, mark: Mark) -> bool:
        return mark.kind != _BID_SEEN or _term(mark.excerpt or "") in self._terms

    def _is_bid(self, interaction: Seen) -> bool:
        return bool(self._terms) and bool(_bid(interaction))

    def _nearest(self, interaction: Seen) -> tuple[float, str]:
        """How alike the text is to the one of ours that it is most like, and which that is."""
        theirs = likeness.sketch(likeness.words(interaction.text or "")) if self._ours else ()
        return max(((likeness.likeness(theirs, ours), name) for name, ours in self._ours.items()), default=(0.0, ""))

    def _closest(self, interaction: Seen) -> str:
        """Which of ours the text that was just published is like, in words; nothing if it is none."""
        share, name = self._nearest(interaction)
        return f" (the last {share:.0%} like {name})" if share >= self.similarity else ""

    def _like_ours(self, who: Stakeholder) -> tuple[list[Mark], list[Mark]]:
        """The texts, and of each day of bids the first on a term of ours, in the ``length_days`` up to the last."""
        length = int(self.length_days * DAY_MS)
        texts = who.all_marks(self._copies)
        recent = who.newest(self._bids, length)
        days: dict[int, Mark] = {}
        if likeness.overlap({_term(mark.excerpt or "") for mark in recent}, self._terms) >= self.overlap:
            for mark in filter(self._is_ours, recent):
                days.setdefault(mark.at // DAY_MS, mark)
        since = max((mark.at for mark in (*texts, *days.values())), default=0) - length
        return [mark for mark in texts if mark.at > since], [mark for mark in days.values() if mark.at > since]


def _bid(interaction: Seen) -> str | None:
    """The term that was bid on."""
    return interaction.subject or interaction.text


def _term(text: str) -> str:
    """A term as it is compared: without regard to case and spaces, as long as is remembered of one."""
    return " ".join(text.casefold().split())[:EXCERPT_CHARACTERS]


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"
