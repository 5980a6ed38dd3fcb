"""The Kubernetes objects that a graph declares, as Helm will apply them."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.graph.kubernetes import objects
from infra.graph.model import Graph, Resource, Secret

OWNER_NAME = "meta.helm.sh/release-name"
OWNER_NAMESPACE = "meta.helm.sh/release-namespace"
MANAGED_BY = "app.kubernetes.io/managed-by"


@dataclass(frozen=True)
class Ownership:
    """The Helm release that owns an environment's objects."""

    release: str
    namespace: str

    def mark(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """The manifest with the label and annotations that Helm puts on what it applies."""
        metadata = dict(manifest["metadata"])
        metadata["labels"] = {**(metadata.get("labels") or {}), MANAGED_BY: "Helm"}
        metadata["annotations"] = {
            **(metadata.get("annotations") or {}),
            OWNER_NAME: self.release,
            OWNER_NAMESPACE: self.namespace,
        }
        return {**manifest, "metadata": metadata}

    def owns(self, live: Mapping[str, Any]) -> bool:
        """Whether an object of the cluster is this release's."""
        annotations = live["metadata"].get("annotations") or {}
        return annotations.get(OWNER_NAME) == self.release and annotations.get(OWNER_NAMESPACE) == self.namespace


@dataclass(frozen=True)
class Declared:
    """One object and where it comes from. The manifest holds secrets in clear: it is never printed."""

    manifest: Mapping[str, Any] = field(repr=False)
    component: str
    type: str
    urn: str | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return key_of(self.manifest)

    def __str__(self) -> str:
        return title(self.manifest)


def key_of(manifest: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """What tells one object from all others, whatever the version of its API: group, kind, namespace and name."""
    group = manifest["apiVersion"].rpartition("/")[0]
    metadata = manifest["metadata"]
    return group, manifest["kind"], metadata.get("namespace") or "", metadata["name"]


def title(manifest: Mapping[str, Any]) -> str:
    """For a person: `Deployment mlops-tracking/mlflow`."""
    metadata = manifest["metadata"]
    namespace = metadata.get("namespace")
    return f"{manifest['kind']} {namespace + '/' if namespace else ''}{metadata['name']}"


def declared(graph: Graph, ownership: Ownership) -> list[Declared]:
    """Every Kubernetes object of the graph, in the order of its dependencies, secrets in clear."""
    by_urn = {resource.urn: resource for resource in graph}
    return [
        Declared(
            ownership.mark(_plain(item.manifest)),
            _component(item.resource, by_urn),
            item.resource.type,
            item.resource.urn,
        )
        for item in objects(graph, show_secrets=True)
    ]


def _component(resource: Resource, by_urn: Mapping[str, Resource]) -> str:
    top = resource
    while top.parent and (parent := by_urn.get(top.parent)):
        top = parent
    return top.name


def _plain(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """A Secret's `stringData` as `data`: a key that leaves `stringData` would stay in the cluster for ever."""
    text = manifest.get("stringData")
    if manifest["kind"] != "Secret" or not text:
        return manifest
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in text.items()}
    rest = {key: value for key, value in manifest.items() if key != "stringData"}
    return {**rest, "data": {**(manifest.get("data") or {}), **encoded}}


def secret_texts(graph: Graph) -> list[str]:
    """Every secret of the graph that could show up in a message, longest first."""
    found: set[str] = set()

    def collect(value: Any, secret: bool) -> None:
        if isinstance(value, Secret):
            collect(value.value, True)
        elif isinstance(value, Mapping):
            for item in value.values():
                collect(item, secret)
        elif isinstance(value, list | tuple):
            for item in value:
                collect(item, secret)
        elif secret and isinstance(value, str) and len(value) >= _TELLING:
            found.add(value)
            found.add(base64.b64encode(value.encode()).decode())

    for resource in graph:
        collect(resource.inputs, False)
    return sorted(found, key=len, reverse=True)


_TELLING = 8
"""Shorter texts (user names, `true`) would tear holes into messages and protect nothing."""


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets."""
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return text
