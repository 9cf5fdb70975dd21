"""Lives drawn at random: stretches of one kind by one person, some of it late or twice, and ticks in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hypothesis import strategies as st

from detectors.interaction import Channel, Direction, Kind, Party
from detectors.windows import DAY_MS, HOUR_MS
from detectors.wire import SourceProgress
from tests.detectors.lives import START_MS, Record, event, tick

if TYPE_CHECKING:
    from collections.abc import Sequence

PEOPLE: Final = ("ann", "bob", "cem")
SOURCES: Final = ("purchases", "tickets", "page-views")
CHANNELS: Final = (Channel.MAIL, Channel.PHONE, Channel.TWITTER, Channel.SITE)
NOISE: Final = (Kind.PAGE_VIEWED, Kind.MAIL_OPENED, Kind.FOLLOWED, Kind.PURCHASE_MADE, Kind.FUNNEL_COMPLETED)
GAPS_MS: Final = (0, 1, HOUR_MS, DAY_MS // 2, DAY_MS, 7 * DAY_MS, 14 * DAY_MS)
DETAILS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"tone": 0.6, "score": 10.0, "score_scale": (0.0, 10.0)},
    {"tone": -0.6, "score": 1.0, "score_scale": (0.0, 10.0)},
    {"page": "/careers", "referrer": "https://finance.example.com/quote"},
    {"page": "/investors/annual-report", "campaign": "spring", "subject": "acme"},
    {"text": "We make warm coats out of old sails, by hand, in the old harbour of the town, since the year 1909."},
)
"""What else may be known of an interaction; one in a stretch."""
PAUSES_MS: Final = (0, HOUR_MS, DAY_MS, 14 * DAY_MS, 60 * DAY_MS)


class Stretch(NamedTuple):
    """So many ``times`` the same, each ``gap_ms`` after the last, ``pause_ms`` after what went before.

    ``shift_ms`` moves what is told of it before its arrival (late) or behind; ``ticks`` follow it.
    """

    person: str
    kind: Kind
    channel: int
    moves: bool
    source: str
    complaint: bool | None
    party: Party
    times: int
    gap_ms: int
    pause_ms: int
    shift_ms: int
    repeats: bool
    ticks: int
    is_dead: bool
    direction: Direction
    details: int


def stretches(kinds: Sequence[Kind], parties: Sequence[Party]) -> st.SearchStrategy[Stretch]:
    """Draws one stretch, mostly of these kinds, by somebody of these parties."""
    return st.builds(
        Stretch,
        person=st.sampled_from(PEOPLE),
        kind=st.sampled_from((*kinds, *kinds, *NOISE)),
        channel=st.integers(0, len(CHANNELS) - 1),
        moves=st.booleans(),
        source=st.sampled_from(SOURCES),
        complaint=st.sampled_from((True, True, False, None)),
        party=st.sampled_from(parties),
        times=st.integers(1, 10),
        gap_ms=st.sampled_from(GAPS_MS),
        pause_ms=st.sampled_from(PAUSES_MS),
        shift_ms=st.sampled_from((0, 0, 0, DAY_MS, 10 * DAY_MS, 40 * DAY_MS)),
        repeats=st.booleans(),
        ticks=st.sampled_from((0, 0, 1, 6)),
        is_dead=st.booleans(),
        direction=st.sampled_from((Direction.NONE, Direction.NONE, Direction.INBOUND, Direction.OUTBOUND)),
        details=st.integers(0, len(DETAILS) - 1),
    )


def lives(
    kinds: Sequence[Kind], most: int = 12, *, parties: Sequence[Party] = (Party.CUSTOMER,)
) -> st.SearchStrategy[list[Record]]:
    """Draws a life of up to so many stretches."""
    return st.lists(stretches(kinds, parties), min_size=1, max_size=most).map(records)


def records(drawn: Sequence[Stretch]) -> list[Record]:
    """What these stretches leave in the log."""
    made: list[Record] = []
    now = START_MS
    newest = dict.fromkeys(SOURCES, START_MS)
    for stretch in drawn:
        now += stretch.pause_ms
        for number in range(stretch.times):
            now += stretch.gap_ms if number else 0
            told = max(START_MS, now - stretch.shift_ms)
            newest[stretch.source] = max(newest[stretch.source], told)
            channel = CHANNELS[(stretch.channel + number * stretch.moves) % len(CHANNELS)]
            made.append(
                event(
                    len(made),
                    told,
                    stretch.kind,
                    channel=channel,
                    person=stretch.person,
                    source=stretch.source,
                    complaint=stretch.complaint,
                    party=stretch.party,
                    direction=stretch.direction,
                    **DETAILS[stretch.details],
                )
            )
        if stretch.repeats:
            made.append(made[-1]._replace(offset=len(made)))
        for _ in range(stretch.ticks):
            now += HOUR_MS
            reached = dict.fromkeys(SOURCES, now)
            if stretch.is_dead:
                reached[SOURCES[0]] = newest[SOURCES[0]]
            made.append(tick(len(made), now, *(SourceProgress(source, 0, at) for source, at in reached.items())))
    return made
