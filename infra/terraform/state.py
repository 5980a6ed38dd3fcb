"""Terraform's state as data, from any text in which Terraform and OpenTofu print it.

The formats: state files of version 4, `terraform output -json` and `terraform show -json` (Terraform's own
documentation of its JSON output formats; the state file is as `internal/states/statefile/version4.go` writes it).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.errors import UserError

Steps = tuple[str | int, ...]
"""A way into a value: attribute names and keys as text, indices as numbers."""


@dataclass(frozen=True)
class Output:
    """An output of the root module."""

    value: Any = field(repr=False)
    sensitive: bool = False


@dataclass(frozen=True)
class Instance:
    """One resource or data source, with its index where it has one."""

    address: str
    """Terraform's own: `module.vpc.aws_subnet.private[0]`, `data.aws_region.current`."""
    type: str
    name: str
    managed: bool
    attributes: Mapping[str, Any] = field(repr=False)
    sensitive: tuple[Steps, ...] = ()
    """The ways to what is sensitive in the attributes."""

    @property
    def module(self) -> str:
        """`module.vpc`, or nothing in the root module."""
        return self.address.rpartition(f"{'' if self.managed else 'data.'}{self.type}.{self.name}")[0].rstrip(".")


@dataclass(frozen=True)
class State:
    """What one state holds. Outputs alone have neither serial nor lineage."""

    outputs: Mapping[str, Output]
    instances: tuple[Instance, ...] = ()
    serial: int | None = None
    lineage: str | None = None


def parse(text: str, source: str) -> State:
    """The state in a JSON text; `source` names the text in errors. Raises `UserError` where it is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError(
            f"{source} is not JSON: give a state file, or what `terraform output -json` or `terraform show -json` print"
        ) from None
    try:
        return _state(data, source)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{source} is not a Terraform state: {error} is not as Terraform writes it") from None


def _state(data: Any, source: str) -> State:
    if not isinstance(data, Mapping):
        raise UserError(f"{source} is not a Terraform state: it is no object")
    if "encrypted_data" in data:
        raise UserError(
            f"{source} is an encrypted state, which only OpenTofu can read: "
            "`tofu state pull | groundwork terraform read - STACK`"
        )
    if "backend" in data and not data.get("resources") and not data.get("outputs"):
        raise UserError(f"{source} only says where the state is: {_backend(data['backend'])}")
    if "format_version" in data:
        values = data.get("values") or {}
        return State(_outputs(values.get("outputs") or {}), tuple(_shown(values.get("root_module") or {})))
    if "version" in data and "lineage" in data:
        if data["version"] != 4:
            raise UserError(
                f"{source} is a state of version {data['version']}; version 4 is read. Terraform 0.12 or newer "
                "upgrades it: `terraform apply -refresh-only`"
            )
        return State(
            _outputs(data.get("outputs") or {}), tuple(_stored(data)), int(data["serial"]), str(data["lineage"])
        )
    if all(isinstance(item, Mapping) and {"sensitive", "value"} <= item.keys() for item in data.values()):
        return State(_outputs(data))
    raise UserError(
        f"{source} is JSON, but neither a state file nor what `terraform output -json` or `terraform show -json` print"
    )


def _backend(backend: Mapping[str, Any]) -> str:
    """Where a state is, in words, from what `terraform init` keeps in `.terraform/terraform.tfstate`."""
    config = backend.get("config") or {}
    if backend.get("type") == "s3" and config.get("bucket") and config.get("key"):
        region = f"?region={config['region']}" if config.get("region") else ""
        return f"give s3://{config['bucket']}/{config['key']}{region}"
    return f"in its backend of type `{backend.get('type')}`: `terraform state pull | groundwork terraform read - STACK`"


def _outputs(outputs: Mapping[str, Any]) -> dict[str, Output]:
    return {name: Output(item["value"], bool(item.get("sensitive"))) for name, item in outputs.items()}


def _stored(data: Mapping[str, Any]) -> Iterator[Instance]:
    """The instances of a state file. A deposed one is the old half of a replacement, and no longer meant."""
    for resource in data.get("resources") or ():
        managed = resource["mode"] == "managed"
        base = ".".join(
            part
            for part in (resource.get("module"), None if managed else "data", resource["type"], resource["name"])
            if part
        )
        for instance in resource["instances"]:
            if not instance.get("deposed") and instance.get("attributes") is not None:
                index = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
                hidden = tuple(_path(path) for path in instance.get("sensitive_attributes") or ())
                yield Instance(
                    base + index, resource["type"], resource["name"], managed, instance["attributes"], hidden
                )


def _path(path: Sequence[Mapping[str, Any]]) -> Steps:
    """`[{"type": "get_attr", "value": "input"}, {"type": "index", "value": {"value": 0, …}}]` as steps."""
    return tuple(step["value"]["value"] if isinstance(step["value"], Mapping) else step["value"] for step in path)


def _shown(module: Mapping[str, Any]) -> Iterator[Instance]:
    """The instances in one module of `show -json`, and in those below it."""
    for resource in module.get("resources") or ():
        yield Instance(
            resource["address"],
            resource["type"],
            resource["name"],
            resource["mode"] == "managed",
            resource.get("values") or {},
            tuple(_marked(resource.get("sensitive_values") or {})),
        )
    for child in module.get("child_modules") or ():
        yield from _shown(child)


def _marked(node: Any, path: Steps = ()) -> Iterator[Steps]:
    """The ways to every `true` in a tree of marks."""
    if node is True:
        yield path
    elif isinstance(node, Mapping):
        for key, item in node.items():
            yield from _marked(item, (*path, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _marked(item, (*path, index))
