"""The commands, each in a file of its own, and how their errors end."""

import importlib
import os

import typer

from infra.errors import RunFailed, UserError

# A module with `def register(app: typer.Typer) -> None`, imported only for typer: logic is imported inside commands,
# so that `--help` stays fast.
COMMANDS: tuple[str, ...] = (
    "up",
    "preview",
    "refresh",
    "destroy",
    "outputs",
    "restore",
    "graph",
    "render",
    "diff",
    "cost",
    "policy",
    "iam",
    "check",
    "simulate",
    "schema",
    "docs",
    "cluster",
    "tools",
    "env",
    "terraform",
    "doctor",
)


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
        # Outside of standalone mode `typer.Exit` comes back as its code.
        code: int | None = make_app()(arguments, standalone_mode=False)
    except UserError as error:
        return _end(2, f"error: {error}")
    except RunFailed as error:
        return _end(1, f"failed: {error}")
    except typer.Exit as end:
        return end.exit_code
    except typer.TyperException as error:
        # Its formatted message names the option and the nearest valid one; only the private base class says so.
        return _end(2, f"error: {getattr(error, 'format_message', error.__str__)()}\nTry: groundwork --help")
    except (typer.Abort, KeyboardInterrupt):
        return _end(130, "interrupted: the same command goes on from here")
    except OSError as error:
        return _end(1, f"failed: {error.filename or 'the system'}: {error.strerror or error}")
    except Exception as error:
        if os.environ.get("GROUNDWORK_DEBUG"):
            raise
        return _end(1, f"failed: a fault of Groundwork itself, {type(error).__name__}; GROUNDWORK_DEBUG=1 shows where")
    return code or 0


def _end(code: int, message: str) -> int:
    typer.echo(message, err=True)
    return code
