"""Where settings come from: the file, and the environment over it.

In the environment tables and lists are JSON; all else is taken as it is, so that a password may begin with a bracket.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from streams.setting_places import HIDDEN, fields_of, is_table_or_list, kind_at, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "RAPPORT_"
OWN_SWITCHES = frozenset(f"{PREFIX}{name}" for name in ("DATA", "REQUIRE_ALL", "TORTURE"))
"""Variables with our prefix that are no settings: they tell our tests what to do."""

_OF_KUBERNETES = re.compile(  # set in every pod for every service; the `-` of a service's name is their `_`
    r"RAPPORT(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_[A-Z]+)?)?)"
)

_TEXTS_ALLOWED = "allowed: a folder with text files (*.txt, in UTF-8)"


class SettingsError(ValueError):
    """A setting is unknown or absurd; the message names it, its value and what is allowed."""


def read_file(path: Path | None) -> dict[str, Any]:
    """The tree in the settings file (none: ``rapport.toml`` here, if there is one); raises SettingsError."""
    if path is None:
        path = Path("rapport.toml")
        if not path.exists():
            return {}
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; allowed: a readable TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML: {error}") from None


def texts_in(folder: str) -> dict[str, str]:
    """What stands in the text files of a folder, by file name; ValueError naming what can't be read."""
    texts: dict[str, str] = {}
    place = Path(folder)
    try:
        for path in sorted(place.iterdir()):
            if path.suffix == ".txt":
                place = path
                texts[path.name] = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"{place}: {error.strerror}; {_TEXTS_ALLOWED}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{place} is no text; {_TEXTS_ALLOWED}") from None
    if not texts:
        raise ValueError(f"{place} holds no text file; {_TEXTS_ALLOWED}")
    return texts


def add_environment(tree: dict[str, Any], environment: Mapping[str, str], root: type) -> None:
    """Put the variables with our prefix into the tree, by the types of ``root``; raises SettingsError."""
    for name, value in sorted(environment.items()):
        if name.startswith(PREFIX) and not _is_of_others(name, value):
            _place(tree, name, value, root)


def _is_of_others(name: str, value: str) -> bool:
    """Whether the variable is none of a user's settings, though it has our prefix."""
    if name in OWN_SWITCHES:
        return True
    is_link = not name.endswith("_PORT") or name.endswith("_SERVICE_PORT") or "://" in value
    return "__" not in name and is_link and _OF_KUBERNETES.fullmatch(name) is not None


def _place(tree: dict[str, Any], name: str, value: str, root: type) -> None:
    keys = name.removeprefix(PREFIX).lower().split("__")
    if len(keys) == 1:
        parts = ", ".join(fields_of(root))
        raise SettingsError(f"{name} is unknown; allowed: {PREFIX}PART__SETTING, where PART is one of {parts}")
    if keys[-1].endswith("_file"):
        keys[-1] = keys[-1].removesuffix("_file")
        value = _content(name, value)
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise SettingsError(
                f"{name} goes below {key!r}, which is a value; allowed: names of parts, then one setting"
            )
    tree[keys[-1]] = _parsed(name, value, kind_at(root, keys))


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        told = path if path.startswith(("/", "./", "../")) else HIDDEN  # perhaps the secret itself, by mistake
        raise SettingsError(f"{name} names {told}: {error.strerror}; allowed: a readable file") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{name} names {path}, which is no text; allowed: a file in UTF-8") from None


def _parsed(name: str, value: str, kind: Any) -> Any:
    """The value as its place wants it: JSON for a table or list, and where anything may stand, if it is JSON."""
    if value[:1] not in ("{", "[") or not (kind is Any or is_table_or_list(kind)):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        if kind is Any:
            return value
        raise SettingsError(f"{name} is {shown(kind, value)}: {error}; allowed: a table or list in JSON") from None
