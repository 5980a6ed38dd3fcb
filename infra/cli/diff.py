"""`groundwork diff`: what differs between two graphs, wherever they come from."""

from typing import Annotated

import typer

from infra.cli.graphs import SOURCE, graph_of

_EXAMPLE = (
    "Example: groundwork diff dev prod · git show main:graph.json | groundwork diff - local · "
    "pulumi stack export | groundwork diff - prod"
)
_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def diff(
        old: Annotated[str, typer.Argument(help=SOURCE)],
        new: Annotated[str, typer.Argument(help="As OLD.")],
        json_: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
    ) -> None:
        """Compare two graphs, resource by resource, without any cluster or cloud."""
        import json
        from collections import Counter
        from dataclasses import asdict

        from infra.graph.changes import diff as compared
        from infra.graph.tree import short

        changes = [change for change in compared(graph_of(old), graph_of(new)) if change.action != "unchanged"]
        if json_:
            typer.echo(json.dumps({"changes": [asdict(change) for change in changes]}, indent=1))
            return
        for change in changes:
            typer.echo(f"{_SIGNS[change.action]} {change.component}: {short(change.type)} {change.name}")
            for path in change.paths:
                typer.echo(f"    {path}")
        counts = Counter(str(change.action) for change in changes)
        typer.echo(", ".join(f"{counts[action]} {action}" for action in _SIGNS if counts[action]) or "no difference")
