"""`groundwork tools`: which tools are at hand, and getting the others."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="The command-line tools that Groundwork works with, at pinned versions.",
        epilog="Example: groundwork tools list && groundwork tools get helm kubectl",
    )
    group.command("list", epilog="Example: groundwork tools list --json")(list_)
    group.command("get", epilog="Example: groundwork tools get pulumi kind kubectl helm")(get)
    app.add_typer(group, name="tools")


def list_(json_: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False) -> None:
    """Show every tool, its version and where it is. Changes nothing."""
    import json

    from infra.toolchain.listing import listing

    rows = listing()
    if json_:
        typer.echo(json.dumps([row.to_json() for row in rows], indent=1))
        return
    for row in rows:
        place = str(row.path) if row.path else f"missing ({row.why_missing})"
        typer.echo(f"{row.name:<24}{row.version or row.wanted:<10}{place}")


def get(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[TOOL]...", help="Without: all that `local` needs.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never touch the network; say what is missing.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the paths as JSON.")] = False,
) -> None:
    """Find tools, or install or build them into this user's cache; print their paths."""
    import json

    from infra.toolchain import tools
    from infra.toolchain.versions import SIMULATED

    wanted = names or [*SIMULATED, "helm"]
    found = tools(wanted, offline=offline or None, on_progress=lambda line: typer.echo(line, err=True))
    if json_:
        typer.echo(json.dumps({name: str(path) for name, path in found.items()}, indent=1))
        return
    for name, path in found.items():
        typer.echo(f"{name:<24}{path}")
