"""What partners and investors give in return, of four sorts: traffic, mentions, joint campaigns, feedback.

Each sort is counted by day for half a year, and its last two times are remembered as evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from detectors import traits
from detectors.interaction import Kind
from detectors.past import PUBLIC, text_of
from detectors.traits import DIRECT, traits_of
from detectors.windows import DAY_MS, Counter, Trail

if TYPE_CHECKING:
    from detectors.seen import Seen
    from detectors.stakeholder import Stakeholder
    from detectors.trails import Mark
    from detectors.windows import Window

QUARTER_DAYS: Final = 90
QUARTER_MS: Final = QUARTER_DAYS * DAY_MS
MOST_QUARTERS: Final = 2
"""As far back as is counted."""

_OWN_VISITS: Final = "page-views"  # this source tells the visits of lurkers as referred traffic as well


def _is_sent(interaction: Seen) -> bool:
    """Other people's visits, which they sent; not one of their own."""
    return interaction.source != _OWN_VISITS


def _is_fair(interaction: Seen) -> bool:
    """Not known to be negative or a complaint."""
    return not traits_of(interaction) & traits.DISPLEASED


class Sort(NamedTuple):
    """One sort: how one speaks of it, on which days it came, and its last two times."""

    name: str
    days: Counter
    last: Trail


_SENT: Final = (Kind.TRAFFIC_REFERRED, Kind.REFERRAL_MADE, Kind.REFERRAL_CONVERTED)
_JOINED: Final = (Kind.CAMPAIGN_JOINED,)
FEEDBACK: Final = (Kind.SURVEY_ANSWERED, Kind.IDEA_SUBMITTED, *DIRECT)
_COUNTED_DAYS: Final = MOST_QUARTERS * QUARTER_DAYS
SORTS: Final = (
    Sort(
        "referral traffic",
        Counter("partner_traffic_days", _SENT, _is_sent, days=_COUNTED_DAYS, traits=traits.THEIRS, tests_head=True),
        Trail("partner_traffic", _SENT, _is_sent, keep=2, traits=traits.THEIRS, tests_head=True),
    ),
    Sort(
        "mentions",
        Counter("partner_mention_days", PUBLIC, _is_fair, days=_COUNTED_DAYS, traits=traits.THEIRS, tests_head=True),
        Trail("partner_mentions", PUBLIC, _is_fair, keep=2, quotes=text_of, traits=traits.THEIRS, tests_head=True),
    ),
    Sort(
        "joint campaigns",
        Counter("partner_campaign_days", _JOINED, days=_COUNTED_DAYS, traits=traits.THEIRS),
        Trail("partner_campaigns", _JOINED, keep=2, traits=traits.THEIRS),
    ),
    Sort(
        "feedback",
        Counter("partner_feedback_days", FEEDBACK, days=_COUNTED_DAYS, traits=traits.THEIRS),
        Trail("partner_feedback", FEEDBACK, keep=2, traits=traits.THEIRS),
    ),
)
KINDS: Final = (*_SENT, *PUBLIC, *_JOINED, *FEEDBACK)
LASTS: Final[tuple[Window, ...]] = tuple(sort.last for sort in SORTS)
DAYS: Final[tuple[Window, ...]] = tuple(sort.days for sort in SORTS)


def last_times(who: Stakeholder) -> list[int]:
    """When each sort came last (ms), earliest first; what never came is left out."""
    return sorted(at for sort in SORTS if (at := who.newest_at(sort.last)) is not None)


def counts(who: Stakeholder, until: int) -> list[int]:
    """How often each sort came in the quarter that ends with the day of ``until`` (ms)."""
    return [who.counted(sort.days, until, QUARTER_DAYS) for sort in SORTS]


def evidence(who: Stakeholder, since: int) -> list[Mark]:
    """The last two times of each sort, as far as they lie after ``since`` (ms), by event time."""
    marks = [mark for sort in SORTS for mark in who.all_marks(sort.last) if mark.at > since]
    return sorted(marks, key=lambda mark: (mark.at, mark.offset))
