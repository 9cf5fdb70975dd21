"""What can be set of each rule, read from the rule itself: its fields, and the docstring under each."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

from detectors.rules import knobs
from detectors.types import DEFAULTS, TypeKnobs

if TYPE_CHECKING:
    from streams.settings import Settings

UNITS = {
    "hours": "hours",
    "days": "days",
    "minutes": "minutes",
    "seconds": "seconds",
    "gaps": "gaps",
    "sessions": "sessions",
    "events": "events",
}
"""Unit of a knob by the last word of its name; others carry theirs in the docstring."""

_REFERENCE = re.compile(r" \(see :\w+:`[^`]*`\)")  # to code, which a reader of settings doesn't have at hand


class Knob(NamedTuple):
    """One setting of one rule; ``about`` is its docstring: unit, default, consequence."""

    rule: str
    name: str
    unit: str | None
    default: Any
    value: Any
    about: str


class Described(NamedTuple):
    """One section of the settings with its knobs; ``about`` is the first sentence of the docstring."""

    section: str
    about: str
    knobs: list[Knob]


def described_rules(settings: Settings) -> list[Described]:
    """Every rule, those of people first, with the values now in force."""
    return [_described(rule) for rule in settings.all_rules()]


def described_types(settings: Settings) -> list[Described]:
    """How relationship types are taken and left: for all of them, then each type, what its knobs mean at the first."""
    standing = settings.relationship
    fields = {name: field for name, field in type(standing).model_fields.items() if name != "types"}
    shared = [
        Knob("relationship", name, _unit(name), field.default, getattr(standing, name), field.description or "")
        for name, field in fields.items()
    ]
    docs = field_docs(TypeKnobs)
    types = [Described("relationship", inspect.cleandoc(type(standing).__doc__ or ""), shared)]
    for kind, taken in standing.knobs().items():
        section = f"relationship.types.{kind}"
        told = [
            Knob(section, name, _unit(name), getattr(DEFAULTS[kind], name), value, docs.get(name, ""))
            for name, value in dataclasses.asdict(taken).items()
        ]
        types.append(Described(section, "", told))
        docs = {}
    return types


def _unit(name: str) -> str | None:
    return UNITS.get(name.rpartition("_")[2])


def _described(rule: Any) -> Described:
    docs = field_docs(type(rule))
    told = [
        Knob(
            rule.name,
            field.name,
            _unit(field.name),
            field.default,
            getattr(rule, field.name),
            docs.get(field.name, ""),
        )
        for field in knobs(rule)
    ]
    about = inspect.cleandoc(type(rule).__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return Described(f"rules.{rule.name}", _REFERENCE.sub("", about), told)


def field_docs(owner: type) -> dict[str, str]:
    """The docstring under each field of a class and of those it derives from, on one line each."""
    docs: dict[str, str] = {}
    for each in reversed(owner.__mro__):
        if dataclasses.is_dataclass(each):
            docs |= _own_docs(each)
    return docs


def _own_docs(owner: type) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    definition = tree.body[0]
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - the source of a class
    docs = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            docs[field.target.id] = " ".join(inspect.cleandoc(str(below.value.value)).split())
    return docs
