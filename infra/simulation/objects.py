"""The objects of a graph, made fit for a control plane that has neither the cloud's controllers nor its disks."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from infra.engines.manifests import Declared
from infra.graph.kubernetes import OWN_GROUPS

_CLASS, _CLAIM = "StorageClass", "PersistentVolumeClaim"
_DEFINITION = "CustomResourceDefinition"


def without_disks(items: Iterable[Declared], storage_class: str) -> list[Declared]:
    """The same, but claims of storage classes that the graph declares ask for the simulated one."""
    items = list(items)
    declared = {item.manifest["metadata"]["name"] for item in items if item.manifest["kind"] == _CLASS}
    return [
        replace(item, manifest=_on(item.manifest, declared, storage_class))
        for item in items
        if item.manifest["kind"] != _CLASS
    ]


def _on(manifest: Mapping[str, Any], declared: set[str], storage_class: str) -> Mapping[str, Any]:
    spec = manifest.get("spec") or {}
    if manifest["kind"] == _CLAIM and spec.get("storageClassName") in declared:
        return {**manifest, "spec": {**spec, "storageClassName": storage_class}}
    if manifest["kind"] == "StatefulSet" and spec.get("volumeClaimTemplates"):
        templates = [_on({"kind": _CLAIM, **claim}, declared, storage_class) for claim in spec["volumeClaimTemplates"]]
        return {**manifest, "spec": {**spec, "volumeClaimTemplates": templates}}
    return manifest


def missing_definitions(items: Iterable[Declared]) -> list[dict[str, Any]]:
    """Definitions without a schema for the kinds that neither Kubernetes nor the graph defines."""
    known: set[tuple[str, str]] = set()
    wanted: dict[tuple[str, str], dict[str, Any]] = {}
    for item in items:
        manifest = item.manifest
        group, _, version = manifest["apiVersion"].rpartition("/")
        if manifest["kind"] == _DEFINITION:
            known.add((manifest["spec"]["group"], manifest["spec"]["names"]["kind"]))
        elif group and group not in OWN_GROUPS:
            namespaced = bool(manifest["metadata"].get("namespace"))
            wanted[group, manifest["kind"]] = _definition(group, version, manifest["kind"], namespaced)
    return [definition for key, definition in wanted.items() if key not in known]


def _definition(group: str, version: str, kind: str, namespaced: bool) -> dict[str, Any]:
    plural = f"{kind.lower()}es" if kind.endswith("s") else f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": _DEFINITION,
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "scope": "Namespaced" if namespaced else "Cluster",
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                    },
                }
            ],
        },
    }
