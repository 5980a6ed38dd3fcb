"""The Kubernetes objects of a graph, as an engine would apply them."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.errors import UserError
from infra.graph.model import Graph, Resource, Secret
from infra.graph.secrecy import bare, masked

# The groups that an API server of Kubernetes 1.36 brings itself, and their kinds that live in no namespace.
OWN_GROUPS = frozenset(
    {
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "core",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "IPAddress",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersionMigration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
_BEFORE_ALL_OTHERS = {"Namespace": 0, "CustomResourceDefinition": 1}
_NOT_OBJECTS = ("kubernetes:helm.sh/", "kubernetes:yaml:", "kubernetes:yaml/", "kubernetes:kustomize:")


@dataclass(frozen=True, slots=True)
class KubernetesObject:
    """One object, and the resource that declares it. `manifest` shows secrets only if they were asked for."""

    resource: Resource
    manifest: Mapping[str, Any] = field(repr=False)

    @property
    def kind(self) -> str:
        return str(self.manifest["kind"])

    @property
    def api_version(self) -> str:
        return str(self.manifest["apiVersion"])

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def namespace(self) -> str | None:
        """None for objects of the cluster."""
        namespace: str | None = self.manifest["metadata"].get("namespace")
        return namespace


def objects(graph: Graph, *, show_secrets: bool = False) -> list[KubernetesObject]:
    """Every Kubernetes object, each after what it depends on, namespaces and definitions as early as can be.

    Objects without a namespace get the provider's, else `default`. In a Secret the keys stay visible and only their
    values are masked. Raises `UserError` for what is no object by itself: a chart's release, a patch.
    """
    by_urn = {resource.urn: resource for resource in graph}
    scopes = dict(_custom_scopes(graph))
    return [
        KubernetesObject(resource, _manifest(resource, by_urn, scopes, show_secrets))
        for resource in in_dependency_order(graph)
        if is_object(resource)
    ]


def is_object(resource: Resource) -> bool:
    """Whether the resource is one Kubernetes object."""
    if not resource.custom or not resource.type.startswith("kubernetes:"):
        return False
    if resource.type.startswith(_NOT_OBJECTS) or resource.type.endswith("Patch"):
        raise UserError(
            f"{resource.name} ({resource.type}) is not one Kubernetes object; only the pulumi engine can apply it"
        )
    return True


def in_dependency_order(graph: Graph) -> Iterator[Resource]:
    """Every resource after those it depends on, its parent and its provider; otherwise in the order of the graph."""
    resources = list(graph)
    index = {resource.urn: number for number, resource in enumerate(resources)}
    waiting: list[int] = []
    needed_by: list[list[int]] = [[] for _ in resources]
    for number, resource in enumerate(resources):
        needs = {index[urn] for urn in _needs(resource) if urn in index}
        waiting.append(len(needs))
        for need in needs:
            needed_by[need].append(number)
    ready = [(_rank(resources[number]), number) for number, count in enumerate(waiting) if not count]
    heapq.heapify(ready)
    while ready:
        _, number = heapq.heappop(ready)
        yield resources[number]
        for other in needed_by[number]:
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(ready, (_rank(resources[other]), other))


def _needs(resource: Resource) -> Iterator[str]:
    yield from resource.dependencies
    if resource.parent:
        yield resource.parent
    if resource.provider:
        yield resource.provider


def _rank(resource: Resource) -> int:
    # What is no object stands in no object's way.
    if not resource.type.startswith("kubernetes:"):
        return 0
    return _BEFORE_ALL_OTHERS.get(resource.type.rpartition(":")[2], 2)


def _manifest(
    resource: Resource, by_urn: Mapping[str, Resource], scopes: Mapping[tuple[str, str], str], show_secrets: bool
) -> dict[str, Any]:
    version, _, kind = resource.type.removeprefix("kubernetes:").rpartition(":")
    group = version.partition("/")[0]
    inputs = dict(resource.inputs)
    builtin = "Cluster" if kind in CLUSTER_SCOPED else "Namespaced"
    namespaced = (builtin if group in OWN_GROUPS else scopes.get((group, kind))) == "Namespaced"
    manifest: dict[str, Any] = {
        "apiVersion": inputs.pop("apiVersion", version.removeprefix("core/")),
        "kind": inputs.pop("kind", kind),
        "metadata": _metadata(resource, by_urn, inputs.pop("metadata", {}), namespaced),
    }
    for key, value in inputs.items():
        if kind == "Secret" and key in ("data", "stringData"):
            value = _each_secret(value)
        manifest[key] = value
    shown = bare(manifest) if show_secrets else masked(manifest)
    return dict(shown)


def _metadata(resource: Resource, by_urn: Mapping[str, Resource], given: Any, namespaced: bool) -> dict[str, Any]:
    if isinstance(given, Secret) or any(isinstance(given.get(key), Secret) for key in ("name", "namespace")):
        raise UserError(
            f"{resource.name} ({resource.type}): its name or namespace is made from a secret; use a plain one"
        )
    metadata = dict(given)
    if "name" not in metadata:
        stored = resource.outputs.get("metadata")
        metadata["name"] = stored["name"] if isinstance(stored, Mapping) else resource.name
    if namespaced and not metadata.get("namespace"):
        provider = by_urn.get(resource.provider or "")
        metadata["namespace"] = (provider.inputs.get("namespace") if provider else None) or "default"
    return metadata


def _each_secret(value: Any) -> Any:
    """Every value of a Secret's map as a secret of its own, whether the program said so or not."""
    values = bare(value)
    return {key: Secret(item) for key, item in values.items()} if isinstance(values, Mapping) else Secret(values)


def _custom_scopes(graph: Graph) -> Iterator[tuple[tuple[str, str], str]]:
    """(group, kind) → scope of the kinds that the graph itself defines. Of others, only their own manifest tells."""
    for resource in graph:
        if resource.type.endswith(":CustomResourceDefinition"):
            spec = bare(resource.inputs["spec"])
            yield (spec["group"], spec["names"]["kind"]), spec["scope"]
