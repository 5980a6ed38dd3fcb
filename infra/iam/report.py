"""What is said and written about the access that a graph takes."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.graph import Graph
from infra.graph.tree import short
from infra.iam import ATTACHED, Access, Document
from infra.iam.boundary import boundary
from infra.iam.grants import Grant, text
from infra.policy.documents import documents


def trusts(graph: Graph) -> Mapping[str, Document]:
    """The trust policies of the roles that pipelines take on, by the role's name."""
    return {
        str(document.resource.inputs.get("name") or document.resource.name): document.body
        for document in documents(graph)
        if document.is_federated
    }


def files(graph: Graph, access: Access) -> dict[str, Document]:
    """Every policy by the name of its file."""
    numbered = {
        f"{purpose}-{number}.json": document
        for purpose, documents_ in (("deploy", access.deploy), ("preview", access.preview))
        for number, document in enumerate(documents_, start=1)
    }
    trusted = {f"trust-{role}.json": document for role, document in trusts(graph).items()}
    return {**numbered, **trusted, "boundary.json": boundary()}


def as_json(graph: Graph, access: Access) -> dict[str, Any]:
    """Everything, for a script."""
    return {
        "stack": graph.stack,
        "deploy": access.deploy,
        "preview": access.preview,
        "trust": trusts(graph),
        "boundary": boundary(),
        "resources": [
            {
                "type": resource.type,
                "name": resource.name,
                "urn": resource.urn,
                "grants": [
                    {
                        "for": grant.phase,
                        "actions": grant.actions,
                        "resources": grant.resources,
                        "conditions": text(grant.conditions),
                    }
                    for grant in access.grants[resource.urn]
                ],
            }
            for resource in graph
            if resource.urn in access.grants
        ],
    }


def lines(graph: Graph, access: Access) -> Iterator[str]:
    """What each resource takes, then how it fits into policies."""
    for resource in graph:
        if grants := access.grants.get(resource.urn):
            yield f"{short(resource.type)} {resource.name}"
            yield from (f"  {line}" for line in _of_resource(grants))
    for purpose, found in (("deploy", access.deploy), ("preview", access.preview)):
        sizes = ", ".join(str(len(json.dumps(document, separators=(",", ":")))) for document in found)
        yield f"{purpose}: {len(found)} policies of {sizes} characters"
        if len(found) > ATTACHED:
            yield f"note: a role takes {ATTACHED} policies until AWS raises the quota (L-0DA4ABF3)"
    for role in trusts(graph):
        yield f"trust: of the role {role}"


def _of_resource(grants: tuple[Grant, ...]) -> Iterator[str]:
    together: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for grant in grants:
        conditions = ", ".join(f"{key} is {' or '.join(found)}" for _, key, found in grant.conditions)
        together.setdefault((grant.phase, grant.resources, conditions), []).extend(grant.actions)
    for (phase, resources, conditions), actions in together.items():
        yield f"{phase}: {', '.join(actions)}"
        yield f"  on {', '.join(resources)}{f' if {conditions}' if conditions else ''}"
