"""Terraform's addresses: `output.vpc_id`, `module.vpc.aws_subnet.private[0].id`, `aws_subnet.private[*].id`."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.errors import UserError
from infra.settings.words import nearest
from infra.terraform.state import Instance, State, Steps

_TOKEN = re.compile(r'\.?([A-Za-z_][-\w]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\[(\*)\]')
_EVERY = "*"
_SECRETIVE = re.compile(r"password|secret|token|private_key|access_key", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A value of a state, and where it stands. Its repr doesn't show it."""

    address: str
    value: Any = field(repr=False)
    instance: Instance | None = None
    """The resource that the value belongs to; none for an output."""


def find(state: State, address: str) -> Found:
    """The value at an address; with `[*]`, the list of all that it means.

    Raises `UserError` where the state has no such thing, or where it is sensitive.
    """
    steps = _steps(address)
    if _EVERY in steps:
        found = list(every(state, address))
        if not found:
            raise UserError(f"the state has nothing at {address}{_near(state, address)}")
        return Found(address, [item.value for item in found])
    if steps[0] == "output":
        return _output(state, address, steps)
    return _attribute(state, address, steps)


def every(state: State, address: str) -> Iterator[Found]:
    """What an address with one `[*]` means, each with its own address."""
    before, _, after = address.partition("[*]")
    if "[*]" in after:
        raise UserError(f"{address} has more than one `[*]`")
    if before.startswith("output."):
        listed = find(state, before)
        keys = listed.value if isinstance(listed.value, Mapping) else range(len(listed.value))
        indices = [json.dumps(key) for key in keys]
    else:
        pattern = re.compile(rf"{re.escape(before)}\[(.+)\]$")
        indices = [match[1] for instance in state.instances if (match := pattern.match(instance.address))]
        if not indices and any(instance.address == before for instance in state.instances):
            raise UserError(f"{before} is one resource, without an index: leave out the `[*]`")
    for index in indices:
        yield find(state, f"{before}[{index}]{after}")


def _output(state: State, address: str, steps: Steps) -> Found:
    name = steps[1] if len(steps) > 1 else ""
    output = state.outputs.get(str(name))
    if output is None:
        raise UserError(f"the state has no output `{name}`{_near(state, address)}")
    if output.sensitive:
        raise _refused(address)
    return Found(address, _into(output.value, steps[2:], address))


def _attribute(state: State, address: str, steps: Steps) -> Found:
    # The longest of the instances that the address begins with: `x.a` and `x.a[0]` are never both there.
    fitting = [instance for instance in state.instances if _steps(instance.address) == steps[: _length(instance)]]
    if not fitting:
        raise UserError(f"the state has nothing at {address}{_near(state, address)}")
    instance = max(fitting, key=_length)
    rest = steps[_length(instance) :]
    if not rest:
        raise UserError(f"{address} is a whole resource: name one of its attributes, like {address}.id")
    hidden = any(rest[: len(path)] == path or path[: len(rest)] == rest for path in instance.sensitive)
    if hidden or any(isinstance(step, str) and _SECRETIVE.search(step) for step in rest):
        raise _refused(address)
    return Found(address, _into(instance.attributes, rest, address), instance)


def _length(instance: Instance) -> int:
    return len(_steps(instance.address))


def _into(value: Any, steps: Steps, address: str) -> Any:
    for step in steps:
        try:
            value = value[step]
        except (IndexError, KeyError, TypeError):
            raise UserError(f"the state has nothing at {address}: there is no `{step}`") from None
    if value is None:
        raise UserError(f"{address} is null in this state")
    return value


def _steps(address: str) -> Steps:
    steps: list[str | int] = []
    position = 0
    while position < len(address):
        match = _TOKEN.match(address, position)
        if not match or (position > 0 and match[1] and address[position] != "."):
            break
        name, index, key, star = match.groups()
        steps.append(name if name else int(index) if index else json.loads(key) if key else star)
        position = match.end()
    if not steps or position < len(address):
        raise UserError(
            f"`{address}` is no address in a Terraform state: write output.NAME, or TYPE.NAME.ATTRIBUTE as Terraform "
            "does, like module.vpc.aws_vpc.this[0].id"
        )
    return tuple(steps)


def _near(state: State, address: str) -> str:
    known = [f"output.{name}" for name, output in state.outputs.items() if not output.sensitive]
    meant = address
    if not address.startswith("output."):
        known = [instance.address for instance in state.instances]
        meant = address.rpartition(".")[0]
    near = nearest(meant, known)
    return f"; did you mean `{near}`?" if near else f"; it has {', '.join(sorted(known)[:12]) or 'none'}"


def _refused(address: str) -> UserError:
    return UserError(
        f"{address} is sensitive, and no secret belongs into a stack file in clear: where a setting needs it, "
        "`pulumi config set --secret groundwork:NAME` takes it"
    )
