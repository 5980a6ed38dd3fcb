"""`groundwork graph`: what a stack declares, as a tree or as JSON."""

from typing import Annotated

import typer

_EXAMPLE = "Example: groundwork graph local · groundwork graph prod --json | jq '.resources[].type'"


def register(app: typer.Typer) -> None:
    @app.command(epilog=_EXAMPLE)
    def graph(
        stack: Annotated[str, typer.Argument(help="The stack: stacks/Pulumi.STACK.yaml.")],
        resources: Annotated[
            bool, typer.Option("--resources", help="List every resource below its component.")
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help="Print every resource as JSON, secrets masked.")] = False,
    ) -> None:
        """Draw the component tree of a stack, without any cluster or cloud."""
        import json

        from infra.graph import capture_environment
        from infra.graph.export import to_json
        from infra.graph.tree import draw
        from infra.settings import load, placeholder_root_secret

        loaded = load(stack)
        captured = capture_environment(loaded, placeholder_root_secret(loaded.settings))
        typer.echo(json.dumps(to_json(captured), indent=1) if json_ else draw(captured, resources=resources))
