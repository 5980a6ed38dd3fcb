"""Whether Terraform's states still say what the stack file took from them."""

from collections.abc import Iterator

from infra.doctor.model import Check, Verdict
from infra.errors import UserError
from infra.settings import Stack
from infra.settings.capabilities import TerraformSource
from infra.settings.shape import value_at
from infra.terraform.address import find
from infra.terraform.sources import read
from infra.terraform.state import State

_AREA = "terraform"


def examine(stack: Stack, *, offline: bool) -> Iterator[Check]:
    """Reads each source again and compares."""
    for name, source in stack.settings.terraform.sources.items():
        if source.location is None:
            message = "it came through a pipe: only a pipe can show it again"
            remedy = f"terraform output -json | groundwork terraform read - {stack.name} --name {name} --check"
            yield Check(_AREA, name, Verdict.UNKNOWN, message, remedy)
            continue
        if offline and "://" in source.location:
            yield Check(_AREA, name, Verdict.UNKNOWN, "offline")
            continue
        try:
            state = read(source.location, stack.path.parent)
        except UserError as error:
            yield Check(_AREA, name, Verdict.WARNING, f"the source can't be read: {error}")
        else:
            yield from _compared(stack, name, source, state)


def _compared(stack: Stack, name: str, source: TerraformSource, state: State) -> Iterator[Check]:
    again = f"groundwork terraform read '{source.location}' {stack.name}"
    if source.lineage and state.lineage != source.lineage:
        message = f"another state is there now: lineage {state.lineage}, not {source.lineage}"
        yield Check(_AREA, name, Verdict.PROBLEM, message, f"{again} --name {name}")
        return
    moved = list(_moved(stack, source, state))
    for key, message in moved:
        yield Check(_AREA, key, Verdict.PROBLEM, message, again)
    if not moved:
        count = f"{len(source.values)} values are as they were"
        later = source.serial is not None and state.serial != source.serial
        yield Check(
            _AREA, name, Verdict.OK, f"{count}; serial {state.serial}, read at {source.serial}" if later else count
        )


def _moved(stack: Stack, source: TerraformSource, state: State) -> Iterator[tuple[str, str]]:
    for key, address in source.values.items():
        here = value_at(stack.settings, key)
        try:
            there = find(state, address).value
        except UserError as error:
            yield key, f"its source is gone: {error}"
            continue
        if (list(here) if isinstance(here, tuple) else here) != there:
            yield key, f"the source has moved on: {address} is another value now"
