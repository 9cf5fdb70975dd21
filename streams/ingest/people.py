"""Who it was: identities as sources give them, made comparable, and the stakeholder they point to first."""

from __future__ import annotations

import re
from typing import Any, Final

from streams.ingest.reading import identifier
from streams.ingest.refusal import RefusalReason, Refused

IDENTITY_CHARACTERS: Final = 256

# Placeholders that software sends in place of an id; taken as ids they would make one person of thousands.
_PLACEHOLDERS: Final = "0 -1 - null undefined none nil nan n/a na anonymous unknown guest test false true"
_NOBODY: Final = frozenset([*_PLACEHOLDERS.split(), "00000000-0000-0000-0000-000000000000", "[object object]"])
_SUSPECT: Final = "".join({each[0] + each[0].upper() for each in _NOBODY})
_NO_DIAL: Final = re.compile(r"[\s().\-/\u00a0]|^tel:")
_PHONE: Final = re.compile(r"\+?[0-9]{6,15}")
_HANDLE: Final = re.compile(r"[\w.:\-]{1,100}")


def known(value: Any, name: str) -> str | None:
    """An identity as it stands; None for none and for placeholders; Refused when malformed or over 256 characters."""
    found = identifier(value, name)
    if found is None or (found[0] in _SUSPECT and found.lower() in _NOBODY):
        return None
    if len(found) > IDENTITY_CHARACTERS:
        raise Refused(RefusalReason.BAD_VALUE, f"{name} has {len(found)} characters; allowed: {IDENTITY_CHARACTERS}")
    return found


def email(value: Any, name: str) -> str | None:
    """A mail address in lower case, without display name; None if it is none."""
    found = known(value, name)
    if found is None:
        return None
    if found.endswith(">"):
        found = found[found.rfind("<") + 1 : -1]
    local, at, domain = found.rpartition("@")
    if not at or not local or "." not in domain or " " in found:
        return None
    return found.lower()


def phone(value: Any, name: str) -> str | None:
    """A telephone number as digits with an optional leading plus; None if it is none."""
    found = known(value, name)
    if found is None:
        return None
    bare = _NO_DIAL.sub("", found)
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    return bare if _PHONE.fullmatch(bare) else None


def handle(value: Any, name: str) -> str | None:
    """A platform handle in lower case, without ``@``; None if it is none."""
    found = known(value, name)
    if found is None:
        return None
    bare = found.removeprefix("@")
    return bare.lower() if _HANDLE.fullmatch(bare) else None


def stakeholder(identities: dict[str, str], order: tuple[str, ...]) -> str:
    """The first identity present by ``order``: a customer id itself, else ``kind:value``; Refused if there is none."""
    for kind in order:
        value = identities.get(kind)
        if value is not None:
            return value if kind == "customer_id" else f"{kind}:{value}"
    if identities:
        return stakeholder(identities, tuple(sorted(identities)))
    raise Refused(RefusalReason.NO_IDENTITY, f"nothing says who it was; allowed: at least one of {', '.join(order)}")
