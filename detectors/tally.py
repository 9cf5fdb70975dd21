"""What a partition of people has to tell the cohorts since the last tick.

What is alike in everything but the person is one row: a number of mentions, contacts or trials of one stretch of time.
Such rows name nobody. Only an alert that was opened is a row of its own, with its person. A tick is a record of the
log, so that the rows between two of them are the same whoever adds them up, and a replay tells no count twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detectors.interaction import KIND_CODES, OUTBOUND, Kind
from detectors.lurking import lurking_place
from detectors.past import FUNNEL_ENDS, VOICE
from detectors.together import MANY_AT_ONCE
from detectors.trails import is_quoted, quote
from detectors.traits import CALM_TONE
from detectors.windows import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from detectors.seen import Seen

MENTIONING: Final = (
    Kind.POST_PUBLISHED,
    Kind.COMMENT_WRITTEN,
    Kind.REVIEW_WRITTEN,
    Kind.ARTICLE_PUBLISHED,
    Kind.MENTION_MADE,
)
"""The kinds by which somebody speaks of a brand or topic in public."""
TRYING: Final = (Kind.FUNNEL_EXITED, Kind.FUNNEL_COMPLETED)
"""The kinds that end a visit to a funnel, and with it a trial of each step."""
CONTACTING: Final = tuple(kind for kind in VOICE if kind not in (Kind.TICKET_REPLIED, Kind.IDEA_SUBMITTED))
"""The kinds by which somebody begins to say something to us or about us."""
UNNAMED: Final = "the company"
REPEAT_MS: Final = DAY_MS
"""Within so long a further failure of one person at one step is the same failure."""
ROW_MS: Final = 300_000
KEY_CHARACTERS: Final = 256
MOST_NAMED: Final = 1_000
"""People of one key that are named at one tick; further ones are only counted, with the last of them."""

COHORT_RULES: Final = (
    "complaint_wave", "exit_rate", "funnel_drop", "lurking_traffic", MANY_AT_ONCE, "mention_spike"
)  # fmt: skip
"""The rules of cohorts for which interactions, or opened alerts, are counted."""
MENTION: Final = 1
VISIT: Final = 2
PAGE: Final = 4
CONTACT: Final = 8
LURK: Final = 16
"""What an interaction is counted as; bits of a set."""

Segment = tuple[tuple[str, str], ...]
Row = tuple[int, str, str, Segment]
"""The time (ms) at which the row begins, source, what was counted, and the segment it belongs to."""
Rows = dict[Row, tuple[int, int]]
"""How many of each, and how many of these failed."""

_EXITED: Final = KIND_CODES[Kind.FUNNEL_EXITED]
_MENTIONING: Final = frozenset(KIND_CODES[kind] for kind in MENTIONING)


def counted_as(kind: Kind, rules: set[str]) -> int:
    """What an interaction of the kind is counted as."""
    asked = (
        ("mention_spike", MENTIONING, MENTION),
        ("funnel_drop", TRYING, VISIT),
        ("exit_rate", (Kind.PAGE_LEFT,), PAGE),
        ("complaint_wave", CONTACTING, CONTACT),
        ("lurking_traffic", (Kind.TRAFFIC_REFERRED,), LURK),
    )
    return sum(bit for rule, kinds, bit in asked if rule in rules and kind in kinds)


class Tally:
    """The rows since the last tick, by rule and by key of the cohort."""

    __slots__ = ("rules",)

    def __init__(self) -> None:
        self.rules: dict[str, dict[str, Rows]] = {}

    def take(self, interaction: Seen, counted: int, trails: list[bytes]) -> None:
        """Count the interaction as all that the bits of ``counted`` say; ``trails`` are the person's before it."""
        if interaction.direction != OUTBOUND:
            if counted & MENTION:
                self.mention(interaction)
            if counted & CONTACT:
                self.contact(interaction)
        if counted & VISIT:
            place = FUNNEL_ENDS.code
            self.visit(interaction, trails[place] if 0 <= place < len(trails) else b"")
        if counted & PAGE:
            self.page(interaction)
        if counted & LURK:
            self.lurk(interaction)

    def mention(self, interaction: Seen) -> None:
        """A public word about a brand or topic, or about the company."""
        key = (interaction.subject or UNNAMED)[:KEY_CHARACTERS]
        self._add("mention_spike", key, interaction, ROW_MS, tone_class(interaction.tone), (), 0)

    def visit(self, interaction: Seen, ends: bytes) -> None:
        """The end of a visit to a funnel: its steps that were passed, and the one at which it was left.

        ``ends`` is the trail of the person's ends before this one, with the steps as excerpts: leaving again at the
        same step within a day is no further trial, but the same trouble.
        """
        step = interaction.step or ""
        is_exit = interaction.kind == _EXITED
        key = (interaction.funnel or "")[:KEY_CHARACTERS]
        segment = _segment(interaction)
        passed = interaction.subject
        if passed is None:  # nobody knows the steps before: then the last one has to do
            passed = "" if is_exit else step
        for each in passed.split(",") if passed else ():
            self._add("funnel_drop", key, interaction, ROW_MS, each, segment, 0)
        at = interaction.occurred_at
        if is_exit and not is_quoted(ends, _EXITED, quote(step), at - REPEAT_MS, at):
            self._add("funnel_drop", key, interaction, ROW_MS, step, segment, 1)

    def page(self, interaction: Seen) -> None:
        """A visit that went on from a watched page, or ended there."""
        failed = 1 if interaction.step == "exit" else 0
        key = (interaction.page or "")[:KEY_CHARACTERS]
        self._add("exit_rate", key, interaction, ROW_MS, "", _segment(interaction), failed)

    def contact(self, interaction: Seen) -> None:
        """Somebody turned to us or spoke of us; nobody counts of whom it is not known whether they complain."""
        if interaction.complaint is None:
            return
        key = interaction.subject if interaction.kind in _MENTIONING else None  # else it is a case's own title
        failed = 1 if interaction.complaint else 0
        source = interaction.source
        self._add("complaint_wave", (key or UNNAMED)[:KEY_CHARACTERS], interaction, DAY_MS, source, (), failed)

    def lurk(self, interaction: Seen) -> None:
        """A visit out of quiet interest, by the kind of place that it came from or went to."""
        place = lurking_place(interaction)
        if place is not None:
            self._add("lurking_traffic", place, interaction, HOUR_MS, "", (), 0)

    def opened(  # noqa: PLR0917 - the columns of a row
        self,
        key: str,
        at: int,
        source: str,
        person: str,
        started_at: int,
        is_critical: bool,  # noqa: FBT001
    ) -> None:
        """An alert about somebody that was opened at a time (ms); ``started_at`` (ms) is part of its id."""
        rows = self._rows(MANY_AT_ONCE, key)
        row: Row = (at, source, person, (("started_at", str(started_at)),))
        if len(rows) >= MOST_NAMED and row not in rows:
            row = (next(reversed(rows))[0], source, "", ())
        _count(rows, row, 1 if is_critical else 0)

    def drain(self) -> dict[str, dict[str, Rows]]:
        """The rows, which are told now."""
        rules, self.rules = self.rules, {}
        return rules

    def _add(  # noqa: PLR0917 - the columns of a row
        self, rule: str, key: str, interaction: Seen, length_ms: int, what: str, segment: Segment, failed: int
    ) -> None:
        at: int = interaction.occurred_at
        row = (at // length_ms * length_ms, interaction.source, what, segment)
        _count(self._rows(rule, key), row, failed)

    def _rows(self, rule: str, key: str) -> Rows:
        cohorts = self.rules.get(rule)
        if cohorts is None:
            cohorts = self.rules[rule] = {}
        rows = cohorts.get(key)
        if rows is None:
            rows = cohorts[key] = {}
        return rows


def _count(rows: Rows, row: Row, failed: int) -> None:
    known = rows.get(row)
    rows[row] = (1, failed) if known is None else (known[0] + 1, known[1] + failed)


def tone_class(tone: float | None) -> str:
    """The class of a tone between -1 and 1; ``unknown`` for None."""
    if tone is None:
        return "unknown"
    if tone < -CALM_TONE:
        return "negative"
    return "positive" if tone > CALM_TONE else "neutral"


def _segment(interaction: Seen) -> Segment:
    return () if interaction.segment is None else tuple(interaction.segment.items())
