"""How the catalog's files are read."""

from functools import cache
from pathlib import Path
from typing import Any


@cache
def facts(name: str) -> dict[str, Any]:
    """One of the catalog's files, by its stem. Callers only read it: all get the same object."""
    from yaml import CSafeLoader, load

    data: dict[str, Any] = load(Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8"), CSafeLoader)
    return data
