"""What may stand at a place of the settings' tree, read from the types of its fields."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN: Final = "(hidden)"
_SCALARS: Final = (str, int, float, bool)
_LISTS: Final = (list, tuple, set, frozenset)


def fields_of(kind: Any) -> dict[str, Any]:
    """The settings of a part with their types; empty for what is no part."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}
    return {}


def kind_at(root: Any, place: Iterable[str | int]) -> Any:
    """The type of what stands there: Any where anything may, None where nothing can."""
    kind = root
    for part in place:
        if kind is Any:
            return Any
        origin = get_origin(kind)
        if origin is dict:
            kind = get_args(kind)[1]
        elif origin in _LISTS:
            kind = get_args(kind)[0]
        else:
            kind = fields_of(kind).get(str(part))
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
    return kind


def is_table_or_list(kind: Any) -> bool:
    """Whether what stands there is written as JSON in the environment."""
    return get_origin(kind) in (dict, *_LISTS) or bool(fields_of(kind))


def may_be_shown(kind: Any) -> bool:
    """Whether a value given there can hold no secret: neither it nor anything in it is one, or may be anything."""
    origin = get_origin(kind)
    if origin is Annotated:
        return may_be_shown(get_args(kind)[0])
    if origin in (dict, *_LISTS):
        return all(may_be_shown(each) for each in get_args(kind) if each is not ...)
    return origin is Literal or kind in _SCALARS


def shown(kind: Any, value: Any) -> str:
    """The value as a message may give it: hidden where it may hold a secret, or be what it looks like by mistake."""
    if not may_be_shown(kind):
        return HIDDEN
    if isinstance(value, dict | list) and not is_table_or_list(kind):
        return "a table" if isinstance(value, dict) else "a list"
    return redacted(repr(value)) if "://" in str(value) else repr(value)


def redacted(text: str) -> str:
    """An address without what stands before its ``@`` or behind its ``?``: names, passwords, tokens."""
    text = re.sub(r"^(['\"]?(?:[\w+.-]*://)?).*@", rf"\1{HIDDEN}@", text, flags=re.DOTALL)
    return re.sub(r"\?.*?(['\"]?)$", rf"?{HIDDEN}\1", text, flags=re.DOTALL) if "://" in text else text
