"""Bytes of a source record in; interactions, refusals and what means nothing to us out. Pure: time is an argument."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from detectors.interaction import Interaction
from streams.ingest.mappings import mapping_for
from streams.ingest.people import stakeholder
from streams.ingest.refusal import RefusalReason, Refused, shown
from streams.ingest.settings import IngestSettings

DEEPEST: Final = 64
"""Levels of objects and lists that a record may nest; real sources stay under ten."""

REFUSALS_KEPT: Final = 100
"""Refusals kept of one record: each sends the record to the dead letters, and a hostile one could hold millions."""

_BOM: Final = b"\xef\xbb\xbf"
# Half of an emoji, left by software that cut a text: no valid text, but no reason to lose the record.
_HALF_PAIR: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_decode: Final = msgspec.json.Decoder().decode


class Mapped:
    """What became of one record."""

    __slots__ = ("ignored", "interactions", "refusals", "refused")

    def __init__(self) -> None:
        self.interactions: list[Interaction] = []
        """In the order of the record's items; ``stakeholder`` is the first identity by ``identity_order``."""
        self.refusals: list[Refused] = []
        """One for each item that can't be mapped, the first 100 of them, or one for the whole record."""
        self.refused = 0
        """Items that can't be mapped, those beyond the first 100 included."""
        self.ignored = 0
        """Items that are well-formed and mean nothing to us; a record without any item counts as one."""

    def refuse(self, refused: Refused) -> None:
        """Add one refusal."""
        self.refused += 1
        if self.refused <= REFUSALS_KEPT:
            self.refusals.append(refused.with_traceback(None))  # frames would keep the whole record alive


class Mapper:
    """Maps the records of one source; ValueError naming the sources there are if there is no mapping for it."""

    def __init__(self, source: str, settings: IngestSettings) -> None:
        self._mapping = mapping_for(source)
        self._settings = settings
        self._order = settings.identity_order
        self._tolerance_ms = settings.future_tolerance_minutes * 60_000

    def map(self, value: bytes, received_at_ms: int) -> Mapped:
        """Map one record that was received at this time (epoch milliseconds).

        Never raises, whatever the bytes: what can't be mapped is among the refusals.
        """
        mapped = Mapped()
        latest = received_at_ms + self._tolerance_ms
        try:
            record = self._read(value)
            for top in record if type(record) is list else (record,):
                self._map_items(top, latest, mapped)
        except Refused as refused:
            mapped.refuse(refused)
        return mapped

    def _read(self, value: bytes) -> Any:
        if len(value) > self._settings.max_bytes:
            raise Refused(RefusalReason.TOO_LARGE, f"{len(value)} bytes; allowed: {self._settings.max_bytes}")
        try:
            record = _decoded(value)
        except RecursionError:
            record = None
            nested_too_deep = True
        else:
            openers = value.count(b"{") + (value.count(b"[") if b"[" in value else 0)  # never fewer than the levels
            nested_too_deep = openers > DEEPEST and _too_deep(record)
        if nested_too_deep:
            raise Refused(RefusalReason.TOO_DEEP, f"more than {DEEPEST} levels; allowed: {DEEPEST}")
        return record

    def _map_items(self, top: Any, latest: int, mapped: Mapped) -> None:
        """Map every item of one object; a refused one leaves the others alone."""
        items: Iterable[Any] = (top,)
        try:
            if self._mapping.items is not None and type(top) is dict:
                items = self._mapping.items(top)
            empty = True
            for item in items:
                empty = False
                self._map_item(item, latest, mapped)
            mapped.ignored += empty
        except Refused as refused:  # by ``items`` itself: it could not tell the items apart
            mapped.refuse(refused)

    def _map_item(self, item: Any, latest: int, mapped: Mapped) -> None:
        """All interactions of one item, or its refusal: an item is never mapped by halves."""
        try:
            made = self._interactions(item, latest)
        except Refused as refused:
            mapped.refuse(refused)
            return
        mapped.interactions += made
        if not made:
            mapped.ignored += 1

    def _interactions(self, item: Any, latest: int) -> list[Interaction]:
        if type(item) is not dict:
            raise Refused(RefusalReason.NOT_AN_OBJECT, f"{shown(item)}; allowed: an object")
        made = list(self._mapping.interactions(item, self._settings))
        for interaction in made:
            if interaction.occurred_at > latest:
                late_by = interaction.occurred_at - latest + self._tolerance_ms
                allowed = f"at most {self._tolerance_ms} ms"
                raise Refused(RefusalReason.IN_THE_FUTURE, f"{late_by} ms after its receipt; allowed: {allowed}")
            if interaction.stakeholder is None:
                interaction.stakeholder = stakeholder(interaction.identities or {}, self._order)
        return made


def _decoded(value: bytes) -> Any:
    if value.startswith(_BOM):
        value = value[3:]
    try:
        return _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = str(error)
    mended, halves = _HALF_PAIR.subn(rb"\\ufffd", value)
    if halves:
        try:
            return _decode(mended)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = str(error)
    raise Refused(RefusalReason.NOT_JSON, f"{message}; allowed: one JSON object or a list of them, in UTF-8")


def _too_deep(record: Any) -> bool:
    level = [record]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node if type(node) is list else ())
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True
