"""What a deploying role needs for exactly one graph: a plain function over it and a written table."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.errors import RunFailed
from infra.graph import Graph
from infra.iam.documents import ATTACHED, Document, policies
from infra.iam.grants import TAG, Grant, Granting
from infra.iam.places import Places
from infra.iam.table import table
from infra.policy.documents import documents

__all__ = ["ATTACHED", "TAG", "Access", "Document", "Grant", "access"]

_ALWAYS = Grant("read", ("sts:GetCallerIdentity",), ("*",))
"""The provider asks whose credentials it has, and refuses those of another account."""


@dataclass(frozen=True)
class Access:
    """What the roles that preview and deploy a graph must be allowed."""

    grants: Mapping[str, tuple[Grant, ...]]
    """By the URN of the resource that needs them."""

    @property
    def deploy(self) -> list[Document]:
        """Policies of the role that creates, changes and deletes."""
        return policies([_ALWAYS, *(grant for grants in self.grants.values() for grant in grants)])

    @property
    def preview(self) -> list[Document]:
        """Policies of the role that only looks: what `pulumi preview --refresh` asks AWS."""
        reads = (grant for grants in self.grants.values() for grant in grants if grant.phase == "read")
        return policies([_ALWAYS, *reads])


def access(graph: Graph, environment: str) -> Access:
    """What it takes, resource by resource. Raises `RunFailed` for a type that the table doesn't know."""
    resources = [resource for resource in graph if resource.custom and resource.type.startswith("aws:")]
    unknown = sorted({resource.type for resource in resources} - table().keys())
    if unknown:
        raise RunFailed(f"no row of infra/iam/needs.yaml says which actions these take: {', '.join(unknown)}")
    granting = Granting(environment, Places(graph), _boundary(graph))
    return Access({r.urn: tuple(dict.fromkeys(granting.of(r, table()[r.type]))) for r in resources})


def _boundary(graph: Graph) -> str | None:
    """The policy that bounds the platform's roles: a deployer may make none without it."""
    of_pipelines = {document.resource.urn for document in documents(graph) if document.is_federated}
    roles = (r for r in graph if r.type == "aws:iam/role:Role" and r.urn not in of_pipelines)
    return next(
        (str(role.inputs["permissionsBoundary"]) for role in roles if role.inputs.get("permissionsBoundary")), None
    )
