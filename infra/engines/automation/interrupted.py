"""What a killed run leaves in a state: creations that nobody knows the end of."""

from collections.abc import Mapping
from typing import Any

_KUBERNETES = "kubernetes:"
_PATCHES = "Patch"


def interrupted_resources(deployment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Resources that may or may not exist, as they were about to be made."""
    operations = deployment.get("pending_operations") or []
    pending = {o["resource"]["urn"]: o["resource"] for o in operations if o["type"] == "creating"}
    return list(pending.values())


def interrupted_creations(deployment: Mapping[str, Any]) -> list[str]:
    """Their URNs."""
    return [resource["urn"] for resource in interrupted_resources(deployment)]


def settled(deployment: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The deployment without interrupted creations, and the URNs that it took over from them.

    Those that a later run has made are simply forgotten. The others become resources of the stack: an object of
    Kubernetes is found by its name, whether its creation was answered or not, and deleting what is not there succeeds.
    So they go when they are declared no more, and no object is left behind. What can't be found by a name stays
    pending: Pulumi asks for it at the next refresh.
    """
    resources = list(deployment.get("resources") or [])
    known = {resource["urn"] for resource in resources}
    taken: list[str] = []
    lost: set[str] = set()
    for resource in interrupted_resources(deployment):
        identity = _identity(resource)
        if resource["urn"] in known:
            continue
        if identity is None:
            lost.add(resource["urn"])
            continue
        known.add(resource["urn"])
        taken.append(resource["urn"])
        resources.append({**resource, "id": identity, "outputs": resource.get("inputs", {})})
    pending = [o for o in deployment.get("pending_operations") or [] if o["resource"]["urn"] in lost]
    return {**deployment, "resources": resources, "pending_operations": pending or None}, taken


def _identity(resource: Mapping[str, Any]) -> str | None:
    """The id that the provider gives an object: `namespace/name`, or the name alone. None where it can't be told."""
    if not resource["type"].startswith(_KUBERNETES) or resource["type"].endswith(_PATCHES):
        return None
    metadata = (resource.get("inputs") or {}).get("metadata")
    if not isinstance(metadata, Mapping) or not isinstance(metadata.get("name"), str):
        return None
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if isinstance(namespace, str) else str(metadata["name"])
