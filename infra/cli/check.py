"""`groundwork check`: is this stack file right?"""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from infra.settings.document import Problem

EPILOG = "Example: groundwork check local"


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(epilog=EPILOG)
    def check(
        stack: str = typer.Argument(help="Name of the stack, as in stacks/Pulumi.<stack>.yaml."),
        as_json: bool = typer.Option(
            False,
            "--json",
            help='Print {"stack", "file", "ok", "problems", "unset", "soon"}: lists of {"line", "key", "message"…}',
        ),
    ) -> None:
        """Check a stack file, and say everything that is wrong with it at once."""
        import json
        from datetime import UTC, datetime

        from infra import paths
        from infra.settings import StackError, load
        from infra.settings.document import shorten
        from infra.settings.stack import stack_path
        from infra.settings.support import ending, require_support

        path = stack_path(stack, paths.STACKS)
        problems: tuple[Problem, ...] = ()
        unset: tuple[Problem, ...] = ()
        soon: tuple[Problem, ...] = ()
        today = datetime.now(UTC).date()
        try:
            loaded = load(stack, stacks_dir=paths.STACKS)
            require_support(loaded, today)
            unset, soon = loaded.unset, ending(loaded, today)
        except StackError as error:
            if not as_json:
                raise
            problems = error.problems
        if as_json:
            report = {
                "stack": stack,
                "file": shorten(path),
                "ok": not problems,
                "problems": [_as_json(problem) for problem in problems],
                "unset": [_as_json(problem) for problem in unset],
                "soon": [_as_json(problem) for problem in soon],
            }
            typer.echo(json.dumps(report, indent=2))
            if problems:
                raise typer.Exit(2)
            return
        typer.echo(f"{shorten(path)} is right (profile {loaded.settings.profile})")
        for problem in unset:
            typer.echo(f"still to do before `groundwork up {stack}`: {problem.key} {problem.message}")
        for problem in soon:
            typer.echo(f"soon: {problem.key}: {problem.message}")


def _as_json(problem: "Problem") -> dict[str, object]:
    return {
        "line": problem.place.line,
        "column": problem.place.column,
        "key": problem.key,
        "message": problem.message,
    }
