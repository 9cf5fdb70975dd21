"""Finds the classes of a folder that holds one a file, each named as its file."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

AnyRule = TypeVar("AnyRule")


def found(paths: Iterable[str], package: str, base: type[AnyRule]) -> dict[str, type[AnyRule]]:
    """Every class that derives from ``base`` by its ``name``; raises TypeError when a file holds none of its name."""
    rules: dict[str, type[AnyRule]] = {}
    for module in pkgutil.iter_modules(paths):
        loaded = importlib.import_module(f"{package}.{module.name}")
        own: list[Any] = [
            each
            for each in vars(loaded).values()
            if isinstance(each, type) and issubclass(each, base) and getattr(each, "name", None) == module.name
        ]
        if len(own) != 1:
            raise TypeError(f"{module.name}.py holds {len(own)} rules named {module.name!r}; allowed: one")
        rules[module.name] = own[0]
    return rules
