"""How resources of a stack are called before a person."""

from collections.abc import Mapping
from typing import Any

STACK = "pulumi:pulumi:Stack"


def short_name(urn: str) -> str:
    """The name that the program gave."""
    return urn.rpartition("::")[2]


def kind(type_: str) -> str:
    """`Deployment` of `kubernetes:apps/v1:Deployment`."""
    return type_.rpartition(":")[2]


def title(urn: str, inputs: Mapping[str, Any]) -> str:
    """An object's own name, with its namespace; the resource's name where it is none of Kubernetes."""
    metadata = inputs.get("metadata")
    if not isinstance(metadata, Mapping) or not isinstance(metadata.get("name"), str):
        return short_name(urn)
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if isinstance(namespace, str) else str(metadata["name"])


def component(urn: str, parents: Mapping[str, str | None]) -> str:
    """The name of the topmost resource above it, the stack itself apart."""
    top = urn
    while (parent := parents.get(top)) and f"::{STACK}::" not in parent:
        top = parent
    return short_name(top)


HOLDS_DATA = frozenset(
    {
        "aws:backup/vault:Vault",
        "aws:ecr/repository:Repository",
        "aws:kms/key:Key",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "kubernetes:core/v1:PersistentVolumeClaim",
    }
)
"""Types whose resources can't be had back once they are deleted. A key is worth what it encrypted."""


def holds_data(type_: str) -> bool:
    """Whether data goes with a resource of this type."""
    return type_ in HOLDS_DATA
