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


def agree_by_name(environment: str, yes: bool) -> None:
    """As `agree`, by typing the environment's name."""
    if yes:
        return
    _need_person()
    if typer.prompt(f"Type {environment} to destroy it", err=True, default="", show_default=False) != environment:
        raise UserError("that is not its name; nothing was changed")


def _need_person() -> None:
    if not sys.stdin.isatty():
        raise UserError("nobody is there to agree (stdin is no terminal); nothing was changed. Give --yes to go on")
