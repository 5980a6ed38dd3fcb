"""`groundwork schema`: the stack files' schema for editors."""

import typer

EPILOG = "Example: groundwork schema --check"


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(epilog=EPILOG)
    def schema(
        check: bool = typer.Option(False, "--check", help="Write nothing; exit 1 if the file is not up to date."),
    ) -> None:
        """Write stacks/schema.json, by which editors complete and check stack files."""
        from infra.cli.generated import keep
        from infra.paths import STACKS
        from infra.settings.schema import schema_text

        keep(STACKS / "schema.json", schema_text(), check=check, command="groundwork schema")
