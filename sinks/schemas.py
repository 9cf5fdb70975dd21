"""The published contracts: JSON Schemas (2020-12) made from the very types the code uses, and the compact layout.

Each record has two schemas. The strict one is for whoever produces: nothing unknown. The tolerant one is for
whoever consumes: unknown fields are skipped and closed sets may have grown. Only so may a field be added without
breaking either side (a closed model refuses new fields forward, an open one refuses them backward).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from detectors.interaction import CHANNEL_CODES, DIRECTION_CODES, KIND_CODES, PARTY_CODES, Interaction
from detectors.wire import InteractionRecord, Tick
from sinks.alert import Alert
from sinks.dead_letter import DeadLetterHeaders
from sinks.relationship import Relationship

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Schema = dict[str, Any]

VERSION = 1
RECORDS: dict[str, type] = {
    "alert": Alert,
    "relationship": Relationship,
    "interaction": InteractionRecord,
    "dead_letter_headers": DeadLetterHeaders,
}
_CODES: dict[str, Mapping[Any, int]] = {
    "kind": KIND_CODES,
    "channel": CHANNEL_CODES,
    "party": PARTY_CODES,
    "direction": DIRECTION_CODES,
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas(dead_letter_reasons: Iterable[str] = ()) -> dict[str, Schema]:
    """Every published document by its name: ``alert.v1.strict``, ``alert.v1.tolerant``, …, ``interaction.v1.compact``.

    ``dead_letter_reasons`` are written into the headers' strict schema; without them any well-formed word passes.
    """
    documents: dict[str, Schema] = {}
    for name, record in RECORDS.items():
        for kind, closing in (("strict", _closed), ("tolerant", _opened)):
            documents[f"{name}.v{VERSION}.{kind}"] = _document(name, record, kind, closing)
    reasons = sorted(dead_letter_reasons)
    if reasons:
        _reason(documents, "strict")["enum"] = reasons
        _reason(documents, "tolerant")["examples"] = reasons
    documents[f"interaction.v{VERSION}.compact"] = compact_layout()
    return documents


def compact_layout() -> Schema:
    """The compact form of an interaction: the order of its fields, and the integer codes of each closed set.

    Fields and codes are only ever appended. The first byte tells the forms apart: ``{`` is JSON, a msgpack map is a
    tick, anything else this array.
    """
    fields = [
        {"position": position, "name": field.name, "required": field.required}
        | ({"codes": field.name} if field.name in _CODES else {})
        for position, field in enumerate(msgspec.structs.fields(Interaction))
    ]
    return {
        "$id": f"urn:rapport:interaction:v{VERSION}:compact",
        "title": "interaction, compact form",
        "description": "A msgpack array; missing trailing fields take their defaults, further ones are skipped.",
        "encoding": "msgpack",
        "fields": fields,
        "codes": {name: {str(value): code for value, code in codes.items()} for name, codes in _CODES.items()},
        "schema": msgspec.json.schema(Interaction),
        "tick": msgspec.json.schema(Tick),
    }


def _document(name: str, record: type, kind: str, closing: Callable[[Schema], None]) -> Schema:
    document = msgspec.json.schema(record)
    _each(document, closing)
    return {"$schema": _DIALECT, "$id": f"urn:rapport:{name}:v{VERSION}:{kind}"} | document


def _each(part: Any, change: Callable[[Schema], None]) -> None:
    """Apply ``change`` to every schema in ``part``, the inner ones first."""
    if isinstance(part, list):
        for inner in part:
            _each(inner, change)
    elif isinstance(part, dict):
        for inner in part.values():
            _each(inner, change)
        change(part)


def _closed(schema: Schema) -> None:
    if schema.get("type") == "object" and "properties" in schema:
        schema["additionalProperties"] = False


def _opened(schema: Schema) -> None:
    values = schema.get("enum")
    if isinstance(values, list) and all(isinstance(value, str) for value in values):
        del schema["enum"]
        schema |= {"type": "string", "examples": values}


def _reason(documents: dict[str, Schema], kind: str) -> Schema:
    document = documents[f"dead_letter_headers.v{VERSION}.{kind}"]
    found: Schema = document["$defs"][DeadLetterHeaders.__name__]["properties"]["reason"]
    return found
