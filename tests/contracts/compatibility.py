"""What a published document may not do: lose or change anything that somebody already relies on.

``python -m tests.contracts.compatibility`` freezes the present documents, additions included, as the golden ones.
It refuses while anything is incompatible: then a new major version is due.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sinks.schemas import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parent / "golden" / "v1"

_PROSE = {"title", "description"}
_NAMED = {"properties": 1, "$defs": 1, "codes": 2}  # maps (of maps) from names to parts: names may be added
_SETS = {"enum", "examples"}  # values may be added
_GROWING = {"prefixItems", "fields"}  # positions may be appended
_BOUNDS = {"exclusiveMaximum"}  # a closed set of codes grows at its end


def golden_schemas() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in sorted((GOLDEN / "schemas").glob("*.json"))}


def incompatibilities(old: Any, new: Any, where: str = "") -> list[str]:
    """Each thing of ``old`` that ``new`` lost or changed, by its place; nothing if all that relied on ``old`` works."""
    return list(_compared(old, new, where or "document", key="", names=0))


def _compared(old: Any, new: Any, where: str, *, key: str, names: int) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _maps(old, new, where, names=names)
    elif isinstance(old, list) and isinstance(new, list):
        yield from (_sets if key in _SETS or key == "required" else _lists)(old, new, where, key=key)
    elif key in _BOUNDS:
        if new < old:
            yield f"{where}: {old!r} became {new!r}"
    elif old != new:
        yield f"{where}: {old!r} became {new!r}"


def _maps(old: dict[str, Any], new: dict[str, Any], where: str, *, names: int) -> Iterator[str]:
    for key, value in old.items():
        if not names and key in _PROSE:
            continue
        if key in new:
            deeper = names - 1 if names else _NAMED.get(key, 0)
            yield from _compared(value, new[key], f"{where}.{key}", key="" if names else key, names=deeper)
        else:
            yield f"{where}: {key} is gone"
    if not names:
        yield from (f"{where}: {key} is new" for key in new if key not in old and key not in _PROSE | _NAMED.keys())


def _sets(old: list[Any], new: list[Any], where: str, *, key: str) -> Iterator[str]:
    yield from (f"{where}: {value!r} is gone" for value in old if value not in new)
    if key == "required":
        yield from (f"{where}: {value!r} is newly required" for value in new if value not in old)


def _lists(old: list[Any], new: list[Any], where: str, *, key: str) -> Iterator[str]:
    if len(new) < len(old) or (len(new) > len(old) and key not in _GROWING):
        yield f"{where}: {len(old)} parts became {len(new)}"
    for position, (one, other) in enumerate(zip(old, new, strict=False)):
        yield from _compared(one, other, f"{where}[{position}]", key="", names=0)


def freeze() -> int:
    """Write the present documents as the golden ones, unless something is incompatible; the exit code."""
    present = schemas()
    broken = incompatibilities(golden_schemas(), present)
    for line in broken:
        sys.stderr.write(f"{line}\n")
    if broken:
        return 1
    for name, document in present.items():
        (GOLDEN / "schemas" / f"{name}.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(freeze())
