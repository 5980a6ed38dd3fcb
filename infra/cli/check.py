"""`groundwork check`: is this stack file right?"""

import typer

EPILOG = "Example: groundwork check local"


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(epilog=EPILOG)
    def check(
        stack: str = typer.Argument(help="Name of the stack, as in stacks/Pulumi.<stack>.yaml."),
        as_json: bool = typer.Option(
            False, "--json", help='Print {"stack", "file", "ok", "problems": [{"line", "column", "key", "message"}]}.'
        ),
    ) -> None:
        """Check a stack file, and say everything that is wrong with it at once."""
        import json

        from infra import paths
        from infra.settings import StackError, load
        from infra.settings.document import shorten
        from infra.settings.stack import stack_path

        path = stack_path(stack, paths.STACKS)
        problems: list[dict[str, object]] = []
        try:
            loaded = load(stack, stacks_dir=paths.STACKS)
        except StackError as error:
            if not as_json:
                raise
            problems = [
                {"line": p.place.line, "column": p.place.column, "key": p.key, "message": p.message}
                for p in error.problems
            ]
        if as_json:
            report = {"stack": stack, "file": shorten(path), "ok": not problems, "problems": problems}
            typer.echo(json.dumps(report, indent=2))
            if problems:
                raise typer.Exit(2)
            return
        typer.echo(f"{shorten(path)} is right (profile {loaded.settings.profile})")
