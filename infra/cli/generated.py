"""Files that are generated from the models, and kept in Git."""

from pathlib import Path

import typer


def keep(path: Path, text: str, *, check: bool, command: str) -> None:
    """Writes the file if its text is another; with `check` only says so and fails."""
    from infra.errors import RunFailed, UserError
    from infra.settings.document import shorten

    if path.is_file() and path.read_text(encoding="utf-8") == text:
        typer.echo(f"{shorten(path)} is up to date")
        return
    if check:
        raise RunFailed(f"{shorten(path)} is not up to date: run `{command}` and commit the file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{shorten(path)} can't be written: {error.strerror}") from None
    typer.echo(f"wrote {shorten(path)}")
