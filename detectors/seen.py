"""An interaction as the core takes it in: its first fields at hand, whatever else it has in its decoded form.

Two in three interactions that anybody reads are read by their first fields alone. Compiled, reading these straight from
the bytes takes half of the time that the decoder takes, and so does asking for them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from detectors.interaction import CHANNELS, DIRECTIONS, KINDS, NEWEST_MS, PARTIES
from detectors.peek import ARRAY_16
from detectors.wire import decode_head

if TYPE_CHECKING:
    from detectors.interaction import Event, Head

IS_COMPILED: Final = not __file__.endswith(".py")
_NEWEST: Final = NEWEST_MS
_HEAD_FIELDS: Final = 9
_KINDS: Final = len(KINDS)
_CHANNELS: Final = len(CHANNELS)
_PARTIES: Final = len(PARTIES)
_DIRECTIONS: Final = len(DIRECTIONS)
_UINT_64: Final = 0xCF
_FLOAT_64: Final = 0xCB
_STR_8: Final = 0xD9
_STR_16: Final = 0xDA
_LARGEST_NUMBER: Final = 0x7F
_MAP: Final = 0x80
_LARGEST_MAP: Final = 0x8F
_ARRAY: Final = 0x90
_LARGEST_ARRAY: Final = 0x9F
_NIL: Final = 0xC0
_FALSE: Final = 0xC2
_TRUE: Final = 0xC3
_SHORT: Final = 0xA0  # a text of up to 31 bytes: the length is in the low five bits
_LONGEST_SHORT: Final = 0xBF
_unpack_tone: Final = struct.Struct(">d").unpack_from
_decode_head: Final = decode_head
MOST_SOURCES: Final = 256
_sources: Final[dict[bytes, str]] = {}


class Seen:
    """The first fields as those of :class:`~detectors.interaction.Head`; ``name`` is the id in UTF-8.

    ``event`` is the whole interaction, None where only the first fields were decoded: then the others count as absent.
    """

    __slots__ = (
        "channel", "complaint", "direction", "event", "kind", "name", "occurred_at", "party", "source", "tone",
    )  # fmt: skip

    def __init__(  # noqa: PLR0917 - as many as a head has
        self,
        kind: int,
        occurred_at: int,
        name: bytes,
        source: str,
        channel: int,
        party: int,
        direction: int,
        complaint: bool | None,  # noqa: FBT001 - likewise
        tone: float | None,
        event: Event | None,
    ) -> None:
        self.kind = kind
        self.occurred_at = occurred_at
        self.name = name
        self.source = source
        self.channel = channel
        self.party = party
        self.direction = direction
        self.complaint = complaint
        self.tone = tone
        self.event = event

    @property
    def id(self) -> str:
        """The id, unique per source."""
        return self.name.decode()

    @property
    def amount(self) -> float | None:
        """What was paid."""
        return None if self.event is None else self.event.amount

    @property
    def currency(self) -> str | None:
        """In which currency (ISO 4217)."""
        return None if self.event is None else self.event.currency

    @property
    def funnel(self) -> str | None:
        """The funnel it belongs to."""
        return None if self.event is None else self.event.funnel

    @property
    def step(self) -> str | None:
        """The step of the funnel."""
        return None if self.event is None else self.event.step

    @property
    def page(self) -> str | None:
        """The page or screen."""
        return None if self.event is None else self.event.page

    @property
    def thread(self) -> str | None:
        """The conversation or order it belongs to."""
        return None if self.event is None else self.event.thread

    @property
    def subject(self) -> str | None:
        """What it is about."""
        return None if self.event is None else self.event.subject

    @property
    def text(self) -> str | None:
        """What was said."""
        return None if self.event is None else self.event.text

    @property
    def language(self) -> str | None:
        """In which language."""
        return None if self.event is None else self.event.language

    @property
    def score(self) -> float | None:
        """The score of a survey or review."""
        return None if self.event is None else self.event.score

    @property
    def score_scale(self) -> tuple[float, float] | None:
        """The lowest and highest possible score."""
        return None if self.event is None else self.event.score_scale

    @property
    def referrer(self) -> str | None:
        """The site it came from."""
        return None if self.event is None else self.event.referrer

    @property
    def campaign(self) -> str | None:
        """The campaign it came by."""
        return None if self.event is None else self.event.campaign

    @property
    def segment(self) -> dict[str, str] | None:
        """Device, country and the like."""
        return None if self.event is None else self.event.segment


def of(head: Head, event: Event | None) -> Seen:
    """What was decoded; ``event`` is the same one if that was the whole."""
    return Seen(
        head.kind,
        head.occurred_at,
        head.id.encode("utf-8", "replace"),
        head.source,
        head.channel,
        head.party,
        head.direction,
        head.complaint,
        head.tone,
        event,
    )


def see(data: bytes) -> Seen:
    """The first fields of a compact interaction; what follows is skipped, checked for no more than being there.

    Raises one of :data:`detectors.wire.UNREADABLE`.
    """
    return (_read(data) if IS_COMPILED else None) or of(_decode_head(data), None)


def _read(data: bytes) -> Seen | None:  # noqa: C901, PLR0911, PLR0912 - hot
    """The first fields of an array of 16 fields and more, as encoders write them; None if anything is unusual."""
    end = len(data)
    if end < 24 or data[0] != ARRAY_16 or data[4] != _UINT_64 or data[5] or data[6]:
        return None
    kind = data[3]
    at = data[7] << 40 | data[8] << 32 | data[9] << 24 | data[10] << 16 | data[11] << 8 | data[12]
    mark = data[13]
    if _SHORT < mark <= _LONGEST_SHORT:
        first = 14
        place = first + mark - _SHORT
    elif mark == _STR_8:
        first = 15
        place = first + data[14]
    else:
        return None
    if kind >= _KINDS or at >= _NEWEST or place >= end:
        return None
    mark = data[place]
    last = place + 1 + mark - _SHORT
    if not _SHORT < mark <= _LONGEST_SHORT or last + 5 > end:
        return None
    name = data[first:place]
    source = _sources.get(data[place + 1 : last])
    if source is None:
        source = _known(data[place + 1 : last])
    channel = data[last]
    party = data[last + 1]
    direction = data[last + 2]
    said = data[last + 3]
    if channel >= _CHANNELS or party >= _PARTIES or direction >= _DIRECTIONS or not name.isascii() or not source:
        return None
    complaint: bool | None = None
    if said != _NIL:
        if said not in (_TRUE, _FALSE):
            return None
        complaint = said == _TRUE
    tone: float | None = None
    if data[last + 4] != _NIL:
        if data[last + 4] != _FLOAT_64 or last + 13 > end:
            return None
        told: float = _unpack_tone(data, last + 5)[0]
        if not -1.0 <= told <= 1.0:
            return None
        tone = told
        last += 8
    if not _is_whole(data, last + 5, (data[1] << 8 | data[2]) - _HEAD_FIELDS, end):
        return None
    return Seen(kind, at, name, source, channel, party, direction, complaint, tone, None)


def _is_whole(data: bytes, place: int, fields: int, end: int) -> bool:
    """Whether so many fields fill the rest, by their lengths alone; False if one is of an unusual sort."""
    while fields > 0:
        if place >= end:
            return False
        mark = data[place]
        fields -= 1
        place += 1
        if _SHORT <= mark <= _LONGEST_SHORT:
            place += mark - _SHORT
        elif mark == _STR_8 and place < end:
            place += 1 + data[place]
        elif mark == _STR_16 and place + 1 < end:
            place += 2 + (data[place] << 8 | data[place + 1])
        elif mark in (_FLOAT_64, _UINT_64):
            place += 8
        elif _MAP <= mark <= _LARGEST_MAP:
            fields += 2 * (mark - _MAP)
        elif _ARRAY <= mark <= _LARGEST_ARRAY:
            fields += mark - _ARRAY
        elif mark > _LARGEST_NUMBER and mark not in (_NIL, _FALSE, _TRUE):
            return False
    return place == end


def _known(name: bytes) -> str:
    """The source of that name; empty if it is not plain."""
    if not name.isascii():
        return ""
    source = name.decode()
    if len(_sources) < MOST_SOURCES:
        _sources[name] = source
    return source
