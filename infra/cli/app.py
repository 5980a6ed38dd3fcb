"""The commands, each in a file of its own, and how their errors end."""

import importlib

import typer

from infra.errors import RunFailed, UserError

# A module with `def register(app: typer.Typer) -> None`, imported only for typer: logic is imported inside commands,
# so that `--help` stays fast.
COMMANDS: tuple[str, ...] = ()


def make_app() -> typer.Typer:
    """The application with every command registered."""
    app = typer.Typer(
        name="groundwork",
        help="A whole MLOps platform from one strict file per environment.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def groundwork() -> None:
        """A whole MLOps platform from one strict file per environment."""

    for module in COMMANDS:
        importlib.import_module(f"infra.cli.{module}").register(app)
    return app


def run(arguments: list[str]) -> int:
    """Runs one command line; returns its exit code."""
    try:
        result = make_app()(arguments, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except UserError as error:
        typer.echo(f"error: {error}", err=True)
        return 2
    except RunFailed as error:
        typer.echo(f"failed: {error}", err=True)
        return 1
    except typer.TyperException as error:
        error.show()  # the usage line, the problem and the nearest option
        return 2
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("interrupted: the same command goes on from here", err=True)
        return 130
