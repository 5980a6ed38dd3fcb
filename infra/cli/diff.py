"""`groundwork diff`: what differs between two graphs, wherever they come from."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from infra.graph import Graph

_EXAMPLE = (
    "Example: groundwork diff dev prod · git show main:graph.json | groundwork diff - local · "
    "pulumi stack export | groundwork diff - prod"
)
_SOURCE = (
    "A stack's name, a JSON file (of `graph --json`, `pulumi preview --json`, `pulumi stack export`), or - for stdin."
)
_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def diff(
        old: Annotated[str, typer.Argument(help=_SOURCE)],
        new: Annotated[str, typer.Argument(help="As OLD.")],
        json_: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
    ) -> None:
        """Compare two graphs, resource by resource, without any cluster or cloud."""
        import json
        from collections import Counter
        from dataclasses import asdict

        from infra.graph.changes import diff as compared
        from infra.graph.tree import short

        changes = [change for change in compared(_graph(old), _graph(new)) if change.action != "unchanged"]
        if json_:
            typer.echo(json.dumps({"changes": [asdict(change) for change in changes]}, indent=1))
            return
        for change in changes:
            typer.echo(f"{_SIGNS[change.action]} {change.component}: {short(change.type)} {change.name}")
            for path in change.paths:
                typer.echo(f"    {path}")
        counts = Counter(str(change.action) for change in changes)
        typer.echo(", ".join(f"{counts[action]} {action}" for action in _SIGNS if counts[action]) or "no difference")


def _graph(source: str) -> "Graph":
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
