"""Graphs as commands name them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.graph import Graph

SOURCE = (
    "A stack's name, a JSON file (of `graph --json`, `pulumi preview --json`, `pulumi stack export`), or - for stdin."
)


def graph_of(source: str) -> "Graph":
    """The graph of a `SOURCE`."""
    from infra.errors import UserError
    from infra.graph import capture_environment
    from infra.graph.sources import read
    from infra.settings import load, placeholder_root_secret

    if source == "-":
        return read(sys.stdin.read(), "stdin")
    if source.endswith(".json") or "/" in source:
        try:
            return read(Path(source).read_text(encoding="utf-8"), source)
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{source} can't be read: {getattr(error, 'strerror', None) or error}") from None
    stack = load(source)
    return capture_environment(stack, placeholder_root_secret(stack.settings))
