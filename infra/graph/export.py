"""A graph as JSON, and back."""

from collections.abc import Mapping
from typing import Any

from infra.errors import UserError
from infra.graph.model import MASK, Graph, Resource, Secret
from infra.graph.secrecy import masked


def to_json(graph: Graph) -> dict[str, Any]:
    """`{"resources": […]}`, secret values replaced by `MASK`."""
    return {
        "resources": [
            {
                "urn": resource.urn,
                "type": resource.type,
                "name": resource.name,
                "parent": resource.parent,
                "custom": resource.custom,
                "inputs": masked(resource.inputs),
                "outputs": masked(resource.outputs),
                "dependencies": list(resource.dependencies),
                "protect": resource.protect,
            }
            for resource in graph
        ]
    }


def from_json(data: Any, source: str) -> Graph:
    """The graph that `to_json` wrote; its secrets are `Secret(MASK)`. `source` names the file in errors."""
    try:
        resources = tuple(
            Resource(
                urn=item["urn"],
                type=item["type"],
                name=item["name"],
                parent=item["parent"],
                custom=item["custom"],
                inputs=unmasked(item["inputs"]),
                outputs=unmasked(item["outputs"]),
                dependencies=tuple(item["dependencies"]),
                protect=item["protect"],
            )
            for item in data["resources"]
        )
    except (KeyError, TypeError) as error:
        raise UserError(
            f"{source} is not a graph as `groundwork graph STACK --json` prints it: {error} is missing"
        ) from None
    return Graph(stack_of(resources), resources)


def stack_of(resources: tuple[Resource, ...]) -> str:
    """The stack that URNs name."""
    return resources[0].urn.split(":")[2] if resources else ""


def unmasked(value: Any) -> Any:
    """Marked values as the secrets that they stand for."""
    if value == MASK:
        return Secret(MASK)
    if isinstance(value, Mapping):
        return {key: unmasked(item) for key, item in value.items()}
    return [unmasked(item) for item in value] if isinstance(value, list) else value
