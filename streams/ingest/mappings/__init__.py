"""Source mappings: how each source's own JSON becomes interactions.

To add a source, add one file here. Nothing else lists it: it is found by being there. The file has

* ``SOURCE``: the source's name, which is also its topic,
* ``interactions(record, settings)``: gives the interactions of one item, none for a well-formed event that
  means nothing to us; raises ``Refused`` for a malformed one. Unknown fields are ignored,
* ``key(record)``: the record key to publish under, which keeps one person's records in one partition, or None,
* optionally ``items(record)``: the items of a record that carries several; one refused item leaves the others alone.

Ids must be unique within the source and equal when the same event is delivered again. ``stakeholder`` stays unset: the
mapper derives it from ``identities``. What a mapping needs for reading is in ``reading``, ``moments``, ``people`` and,
for the Segment specification, ``segment``. The suite ``tests/streams/ingest/test_every_mapping.py`` runs over every
file here; give it a few fixtures as ``tests/streams/ingest/mappings/fixtures/SOURCE.json``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from detectors.interaction import Interaction
from streams.ingest.settings import IngestSettings


@dataclass(frozen=True, slots=True)
class Mapping:
    """One source's mapping, whatever file it came from."""

    source: str
    interactions: Callable[[dict[str, Any], IngestSettings], Iterable[Interaction]]
    key: Callable[[dict[str, Any]], str | None]
    items: Callable[[dict[str, Any]], Iterable[Any]] | None


@cache
def found() -> dict[str, Mapping]:
    """Every mapping by its source's name, in alphabetical order."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    mappings = [Mapping(m.SOURCE, m.interactions, m.key, getattr(m, "items", None)) for m in modules]
    return {mapping.source: mapping for mapping in sorted(mappings, key=lambda mapping: mapping.source)}


def mapping_for(source: str) -> Mapping:
    """The mapping of a source; ValueError naming the sources there are if it has none."""
    try:
        return found()[source]
    except KeyError:
        raise ValueError(f"source {source!r} has no mapping; allowed: {', '.join(found())}") from None
