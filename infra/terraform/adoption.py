"""What it takes for Terraform's resources to come under Pulumi as they are."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.graph.model import Graph, Resource
from infra.graph.secrecy import masked
from infra.terraform.comparing import Comparison
from infra.terraform.matching import Matches, Open, Pair, match
from infra.terraform.state import Instance, State

_PROVIDER = "pulumi:providers:aws"


@dataclass(frozen=True)
class Adoption:
    """What can be taken over, what can't and why, and what is made anew."""

    graph: Graph
    matches: Matches

    @property
    def ready(self) -> tuple[Pair, ...]:
        """Resources that come over as they are, or are updated in place afterwards."""
        return tuple(pair for pair in self.matches.pairs if not pair.blocking and _import_id(pair))

    @property
    def held(self) -> tuple[Pair, ...]:
        """Resources that Pulumi would replace. They are not taken over."""
        return tuple(pair for pair in self.matches.pairs if pair.blocking)

    @property
    def anew(self) -> tuple[Open, ...]:
        """Resources of the stack that the state doesn't have, or that can't be told from others."""
        return self.matches.open

    def import_file(self) -> dict[str, Any]:
        """What `pulumi import --file` reads: components and provider first, so that every parent is there.

        The format is that of Pulumi's CLI (pkg/cmd/pulumi/operations/import.go).
        """
        names = _Names(self.graph)
        by_urn = {resource.urn: resource for resource in self.graph}
        needed: dict[str, Resource] = {}
        for pair in self.ready:
            for resource in _above(pair.resource, by_urn):
                needed.setdefault(resource.urn, resource)
        specs = [_frame(resource, names) for urn, resource in by_urn.items() if urn in needed]
        specs += [_spec(pair, names) for pair in self.ready]
        return {"resources": specs}

    def removed_blocks(self) -> str:
        """Terraform code that lets the resources go without destroying them."""
        whole, partly = self._let_go()
        blocks = [
            f"removed {{\n  from = {address}\n\n  lifecycle {{\n    destroy = false\n  }}\n}}\n" for address in whole
        ]
        if partly:
            lines = [f"#   terraform state rm {_quoted(address)}\n" for address in partly]
            blocks.append("# Only some of their instances go, which a `removed` block can't say:\n" + "".join(lines))
        return "\n".join(blocks)

    def forget_command(self) -> str:
        """The command that takes all of them out of Terraform's state."""
        return "terraform state rm " + " ".join(_quoted(pair.instance.address) for pair in self.ready)

    def _let_go(self) -> tuple[list[str], list[str]]:
        """Resources of which all instances go, and the single instances of others."""
        going = {pair.instance.address for pair in self.ready}
        staying = {_resource(instance) for instance in self.matches.left}
        staying |= {_resource(pair.instance) for pair in self.matches.pairs if pair.instance.address not in going}
        whole: dict[str, None] = {}
        partly: list[str] = []
        for pair in self.ready:
            address = _resource(pair.instance)
            # A `removed` block names no instances, neither of a resource nor of a module.
            if address in staying or "[" in address:
                partly.append(pair.instance.address)
            else:
                whole[address] = None
        return list(whole), partly


def adopt(graph: Graph, state: State, given: Mapping[str, str]) -> Adoption:
    """Finds a stack's AWS resources in a state. `given`: addresses by the resources' names."""
    return Adoption(graph, match(graph, state, given))


def explain(item: Comparison, instance: Instance) -> str:
    """A difference for a person; what is sensitive is not shown."""
    if item.same is None:
        return f"{item.path}: refers to what is made anew"
    hidden = any(path and path[0] == item.path.split(".")[0] for path in instance.sensitive)
    if hidden or any(word in item.path for word in ("password", "secret", "token")):
        return f"{item.path}: differs"
    return f"{item.path}: {_brief(item.there)} there, {_brief(masked(item.given))} here"


def report(adoption: Adoption) -> dict[str, Any]:
    """The adoption as data."""
    return {
        "adopt": [_pair_report(pair, pair.differences) for pair in adoption.ready],
        "held": [_pair_report(pair, pair.blocking) for pair in adoption.held],
        "new": [
            {"urn": left.resource.urn, "could_be": [instance.address for instance in left.fitting]}
            for left in adoption.anew
        ],
        "unknown": [resource.urn for resource in adoption.matches.unknown],
        "left": [instance.address for instance in adoption.matches.left],
    }


def _pair_report(pair: Pair, differences: Iterable[Comparison]) -> dict[str, Any]:
    return {
        "urn": pair.resource.urn,
        "address": pair.instance.address,
        "id": _import_id(pair),
        "differences": [explain(item, pair.instance) for item in differences],
    }


def _brief(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _import_id(pair: Pair) -> str | None:
    return pair.kind.import_id(pair.instance.attributes)


def _above(resource: Resource, by_urn: Mapping[str, Resource]) -> Iterator[Resource]:
    """The provider and all parents of a resource."""
    if provider := by_urn.get(resource.provider or ""):
        yield provider
    parent = by_urn.get(resource.parent or "")
    while parent:
        yield parent
        parent = by_urn.get(parent.parent or "")


def _frame(resource: Resource, names: "_Names") -> dict[str, Any]:
    """A component or provider as the file names it. Where the stack has it already, Pulumi takes that one."""
    spec: dict[str, Any] = {"type": resource.type, **names.of(resource)}
    if resource.type == _PROVIDER:
        return {**spec, "version": _provider_version(), "inputs": masked(resource.inputs)}
    return {**spec, "component": True, **names.parent(resource)}


def _spec(pair: Pair, names: "_Names") -> dict[str, Any]:
    resource = pair.resource
    spec = {"type": resource.type, **names.of(resource), "id": _import_id(pair), **names.parent(resource)}
    if resource.provider:
        spec["provider"] = names.by_urn[resource.provider]
    return {**spec, "version": _provider_version()}


def _provider_version() -> str:
    from importlib.metadata import version

    return version("pulumi_aws")


class _Names:
    """A name for each resource, unique in the whole file; Pulumi's own names are unique by type and parents."""

    def __init__(self, graph: Graph) -> None:
        self.by_urn: dict[str, str] = {}
        taken: set[str] = set()
        for resource in graph:
            name = resource.name
            while name in taken:
                name = f"{name}-{resource.type.rpartition(':')[2]}"
            taken.add(name)
            self.by_urn[resource.urn] = name

    def of(self, resource: Resource) -> dict[str, str]:
        name = self.by_urn[resource.urn]
        return {"name": name} if name == resource.name else {"name": name, "logicalName": resource.name}

    def parent(self, resource: Resource) -> dict[str, str]:
        return {"parent": self.by_urn[resource.parent]} if resource.parent in self.by_urn else {}


def _resource(instance: Instance) -> str:
    """The address without the instance's own index."""
    module = f"{instance.module}." if instance.module else ""
    return f"{module}{instance.type}.{instance.name}"


def _quoted(address: str) -> str:
    return f"'{address}'" if "[" in address else address
