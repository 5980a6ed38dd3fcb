"""Questions before something changes."""

import sys

import typer

from infra.errors import UserError


def agree(yes: bool) -> None:
    """Returns if the person agrees; raises `UserError` if not, or if nobody is there to ask."""
    if yes:
        return
    _need_person()
    if not typer.confirm("Go on?", err=True):
        raise UserError("not agreed to; nothing was changed")


def agree_to_destroy(environment: str, *, yes: bool, confirmed: str | None, stranger: bool) -> None:
    """As `agree`, by the environment's name, typed or given; `yes` is enough where this machine brought it up."""
    wrong = UserError("that is not its name; nothing was changed")
    if confirmed is not None:
        if confirmed != environment:
            raise wrong
        return
    if yes and stranger:
        raise UserError(
            f"{environment} was brought up from another machine or state folder, so --yes is not enough; nothing was "
            "changed.\nIf it is to go all the same: "
            f"groundwork destroy {environment} --confirm {environment}"
        )
    if yes:
        return
    _need_person()
    if stranger:
        typer.echo(f"{environment} was brought up from another machine or state folder.", err=True)
    if typer.prompt(f"Type {environment} to destroy it", err=True, default="", show_default=False) != environment:
        raise wrong


def _need_person() -> None:
    if not sys.stdin.isatty():
        raise UserError("nobody is there to agree (stdin is no terminal); nothing was changed. Give --yes to go on")
