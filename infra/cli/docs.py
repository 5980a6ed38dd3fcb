"""`groundwork docs`: the configuration reference."""

import typer

EPILOG = "Example: groundwork docs --check"


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(epilog=EPILOG)
    def docs(
        check: bool = typer.Option(False, "--check", help="Write nothing; exit 1 if the file is not up to date."),
    ) -> None:
        """Write docs/settings.md: every key of a stack file with its default, meaning and an example."""
        from infra.cli.generated import keep
        from infra.paths import PROJECT
        from infra.settings.reference import reference_text

        keep(PROJECT / "docs" / "settings.md", reference_text(), check=check, command="groundwork docs")
